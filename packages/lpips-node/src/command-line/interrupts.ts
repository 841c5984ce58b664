/**
 * @module
 * Work that waits, as downloads and compilers do, ends in an orderly way when the user interrupts: what it started is
 * stopped and what it left is deleted, then the signal takes its usual course.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work` with a signal that aborts when this process is told to stop, which it then does. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
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
      process.removeAllListeners(received); // those of file locks too, which would outlive their lock
      process.kill(process.pid, received);
    }
  }
}
