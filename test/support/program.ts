/**
 * @module
 * Programs of the examples as processes of their own.
 */
import { execFile, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** What came of a run. */
export interface Ending {
  /** Exit code, −1 for a signal. */
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a Node.js program to its end. */
export function runProgram(path: string, args: readonly string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path, ...args], (fault, out, error) => {
      resolve({ code: typeof fault?.code === 'number' ? fault.code : fault ? -1 : 0, out, error });
    });
  });
}

/** Runs a Node.js program and kills it as soon as a file is there. */
export async function killOnceThere(file: string, program: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (child.exitCode === null && !(await stat(file).catch(() => undefined))) await wait(20);
  child.kill('SIGKILL');
  await ended;
}
