/**
 * @module
 * How soon a process ends at a signal, on a machine where others compute too.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** A signal must have stopped a computation of many seconds within so many starts of Node.js, which take a fraction of one each. */
export const AT_ONCE = 20;

/** Sends a signal, and waits for the end. @returns how long that took, in starts of Node.js at the same time */
export async function startsUntilEnd(child: ChildProcess, signal: NodeJS.Signals): Promise<number> {
  const sent = performance.now();
  const elapsed = () => performance.now() - sent;
  const ended = once(child, 'close').then(elapsed);
  const started = promisify(execFile)(process.execPath, ['--eval', '']).then(elapsed);
  child.kill(signal);
  return (await ended) / (await started);
}
