/**
 * @module
 * One writer per file, across processes. `proper-lockfile` makes a folder `PATH.lock`, which is atomic on every file
 * system, network ones too. It touches the folder while the lock is held, so the lock of a dead process goes stale and
 * another process takes it over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { codeOf } from '../errors/foreign-error.js';
import { removeIfLink } from './own-file.js';

const POLL_MS = 150;

/** Age at which a lock that nobody touches is stale. */
export const STALE_MS = 10_000;

/**
 * Waits for the lock of `path`, which one call of one process holds at a time, and runs `work` under it.
 *
 * @param work gets a signal that aborts when `signal` does, or when the lock is lost
 */
export async function withFileLock<T>(
  path: string,
  work: (signal: AbortSignal) => Promise<T>,
  { signal, staleMs = STALE_MS }: { signal?: AbortSignal; staleMs?: number } = {},
): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(path, staleMs, lost, signal);
  try {
    return await work(signal ? AbortSignal.any([signal, lost.signal]) : lost.signal);
  } finally {
    // A lost lock cannot be released, and need not be.
    await release().catch(() => undefined);
  }
}

async function acquire(
  path: string,
  staleMs: number,
  lost: AbortController,
  signal: AbortSignal | undefined,
): Promise<() => Promise<void>> {
  for (;;) {
    signal?.throwIfAborted();
    await removeIfLink(`${path}.lock`); // its target's age would be taken for the lock's
    try {
      return await lockfile.lock(path, {
        realpath: false,
        stale: staleMs,
        onCompromised: (error) => lost.abort(error),
      });
    } catch (error) {
      if (codeOf(error) !== 'ELOCKED') throw error;
    }
    await sleep(POLL_MS, undefined, { ...(signal && { signal }) });
  }
}
