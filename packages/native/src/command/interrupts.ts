/**
 * @module
 * What happens when the user interrupts an install: the work is aborted and cleans up, then the signal ends the
 * process as it would have done at once.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work` with a signal that aborts when this process is told to stop. Afterwards the process stops. */
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
      process.removeAllListeners(received); // the lock's listener too, which would catch the signal once more
      process.kill(process.pid, received);
    }
  }
}
