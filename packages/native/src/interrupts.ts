/**
 * @module
 * Interrupting work that waits, such as a download or a compiler. The work is told first, so that it can stop what it
 * started and delete what it left. Then the signal takes its usual course.
 */
import { constants } from 'node:os';
import { kindOf } from './check-arguments.js';
import { invalid } from './errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with an AbortSignal that aborts when this process receives SIGINT, SIGTERM or SIGHUP. Once `work` has ended,
 * the process stops as that signal would have stopped it.
 *
 * @throws NativeError unless `work` is a function; otherwise what it throws
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (typeof work !== 'function') throw invalid('untilInterrupted', 'a function', 'work', kindOf(work));
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    received = signal;
    controller.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    if (received !== undefined) {
      process.removeAllListeners(received); // also those of file locks, which would outlive their lock
      endBySignal(received);
    }
  }
}

/** Exit codes of shells for a process that a signal ended are these and its number. */
const ENDED_BY_SIGNAL = 128;

/**
 * Ends this process as a signal does that nothing listens to.
 *
 * @throws NativeError unless it is SIGINT, SIGTERM or SIGHUP
 */
export function endBySignal(signal: NodeJS.Signals): void {
  if (!SIGNALS.some((known) => known === signal)) {
    const got = typeof signal === 'string' ? `"${signal}"` : kindOf(signal);
    throw invalid('endBySignal', `one of ${SIGNALS.join(', ')}`, 'signal', got);
  }
  try {
    process.kill(process.pid, signal);
  } catch {
    process.exit(ENDED_BY_SIGNAL + constants.signals[signal]); // Windows, where nobody can send SIGHUP
  }
}
