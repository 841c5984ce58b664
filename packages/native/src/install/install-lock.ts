/**
 * @module
 * A lock, so that one process at a time works on an install. `proper-lockfile` makes a folder `PATH.lock` and touches
 * it while it holds the lock. The lock of a dead process goes stale, and the next process takes it over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { codeOf } from './run-tool.js';

const POLL_MS = 150;
const STALE_MS = 10_000;

/**
 * Waits for the lock of `folder`, then runs `work` while holding it.
 *
 * @param work gets a signal that aborts when `signal` does, or when the lock is lost
 */
export async function withInstallLock<T>(
  folder: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const either = signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]);
  const options = { realpath: false, stale: STALE_MS, onCompromised: (error: Error) => lost.abort(error) };
  let release: (() => Promise<void>) | undefined;
  while (release === undefined) {
    either.throwIfAborted();
    release = await lock(folder, options).catch((error: unknown) => {
      if (codeOf(error) !== 'ELOCKED') throw error;
      return undefined;
    });
    if (release === undefined) await sleep(POLL_MS, undefined, { signal: either });
  }
  try {
    return await work(either);
  } finally {
    await release().catch(() => undefined); // a lost lock needs no release, and cannot be released
  }
}
