/**
 * @module
 * A model of many workers on one plan: each takes the next shard, reads its data from a storage that all share, computes, and
 * reports to a queue that serves one at a time. What is put in is measured or stated, and nothing else is assumed.
 */

/** A cluster and its work. */
export interface ClusterModel {
  /** Seconds of computation of shards, as measured. They are taken in turn. */
  readonly shardSeconds: readonly number[];
  readonly shards: number;
  /** Bytes that a shard reads. */
  readonly shardBytes: number;
  /** Bytes a second of the storage, shared by all that read at the time. */
  readonly storageBytesPerSecond: number;
  /** Seconds of the queue's server for a shard. */
  readonly queueSeconds: number;
  /** Seconds of a worker between two shards. */
  readonly gapSeconds: number;
}

/** What came of it. */
export interface SimulatedRun {
  /** Until the last shard is done. */
  readonly seconds: number;
  /** Shares of the time in which storage and queue were busy. */
  readonly storageBusy: number;
  readonly queueBusy: number;
}

/**
 * Simulates so many workers. Storage and queue serve in the order of arrival, one after the other at full speed, which takes as
 * long as sharing them does.
 */
export function simulate(model: ClusterModel, workers: number): SimulatedRun {
  const { shardSeconds, shards, shardBytes, storageBytesPerSecond, queueSeconds, gapSeconds } = model;
  const readSeconds = shardBytes / storageBytesPerSecond;
  const freeAt = Array.from({ length: workers }, () => 0);
  let [queueFree, storageFree, end] = [0, 0, 0];
  for (let shard = 0; shard < shards; shard++) {
    const next = freeAt.indexOf(Math.min(...freeAt));
    queueFree = Math.max(queueFree, freeAt[next] ?? 0) + queueSeconds;
    storageFree = Math.max(storageFree, queueFree) + readSeconds;
    const done = storageFree + (shardSeconds[shard % shardSeconds.length] ?? 0) + gapSeconds;
    freeAt[next] = done;
    end = Math.max(end, done);
  }
  return {
    seconds: end,
    storageBusy: (shards * readSeconds) / end,
    queueBusy: (shards * queueSeconds) / end,
  };
}

/** What keeps so many workers from being as many times as fast, in words. */
export function whatLimits(
  { storageBusy, queueBusy }: SimulatedRun,
  shards: number,
  workers: number,
): string {
  if (storageBusy > 0.9) return 'the storage';
  if (queueBusy > 0.9) return 'the queue';
  return shards < 10 * workers ? 'too few shards: workers wait for the last ones' : 'nothing yet';
}
