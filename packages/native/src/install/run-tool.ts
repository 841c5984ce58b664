/**
 * @module
 * Runs a program to its end and keeps what it printed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The `code` of a system error, such as `'ENOSPC'`, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** How a program ended. */
export interface ToolResult {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

export interface ToolOptions {
  readonly cwd?: string;
  /** Variables in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** @returns undefined if there is no such program */
export async function runTool(
  program: string,
  args: readonly string[],
  { cwd, env = {}, signal }: ToolOptions = {},
): Promise<ToolResult | undefined> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  });
  const parts: { out: Buffer[]; error: Buffer[] } = { out: [], error: [] };
  child.stdout.on('data', (chunk: Buffer) => parts.out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => parts.error.push(chunk));
  try {
    await once(child, 'close');
  } catch (error) {
    signal?.throwIfAborted();
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return undefined;
    throw error;
  }
  return {
    code: child.exitCode,
    killedBy: child.signalCode,
    out: Buffer.concat(parts.out).toString(),
    error: Buffer.concat(parts.error).toString(),
  };
}

/**
 * The first line of a tool's output that `pattern` matches, without what it matches; else the last line, else the
 * exit code.
 */
export function faultLine({ error, out, code }: ToolResult, pattern: RegExp): string {
  const lines = `${error}\n${out}`.split('\n').map((line) => line.trim());
  const line = lines.find((each) => pattern.test(each)) ?? lines.findLast((each) => each !== '');
  return line === undefined
    ? `exit code ${String(code)}`
    : line.replace(pattern, '').trim().replace(/\.$/, '');
}
