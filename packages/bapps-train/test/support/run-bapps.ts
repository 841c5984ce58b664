/**
 * @module
 * Runs `bapps`: in this process with a terminal that keeps what is written, or the built command, where it needs threads.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { testTerminal } from '../../../../test/support/test-terminal.js';
import { main } from '../../src/commands/main.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Threads that decode, as they are built: they cannot load TypeScript. */
export const BUILT_THREAD = {
  threads: 1,
  thread: { file: new URL('../../dist/extraction/decode-worker.js', import.meta.url), execArgv: [] },
};

/** Exit code and output of a command line, in this process. */
export async function bapps(...args: readonly string[]) {
  const { terminal, outcome } = testTerminal();
  const code = await main(args, terminal);
  return { code, ...outcome() };
}

/** The same of the built command. */
export function builtBapps(
  ...args: readonly string[]
): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { maxBuffer: 1 << 26 }, (fault, out, error) => {
      resolve({ code: typeof fault?.code === 'number' ? fault.code : fault ? -1 : 0, out, error });
    });
  });
}
