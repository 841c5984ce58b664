import { describe, expect, it } from 'vitest';
import { type ClusterModel, simulate, whatLimits } from '../src/cluster-model.js';

const MODEL: ClusterModel = {
  shardSeconds: [2],
  shards: 100,
  shardBytes: 10,
  storageBytesPerSecond: 1e9,
  queueSeconds: 0,
  gapSeconds: 0,
};

describe('the model of a cluster', () => {
  it('is as many times as fast as there are workers where nothing is shared', () => {
    expect(simulate(MODEL, 1).seconds).toBeCloseTo(200);
    expect(simulate(MODEL, 10).seconds).toBeCloseTo(20);
  });

  it('is no faster than the storage reads all shards', () => {
    const run = simulate({ ...MODEL, storageBytesPerSecond: 10 }, 50);
    expect(run.seconds).toBeCloseTo(102); // one second a shard, and the last one's computation
    expect(whatLimits(run, 100, 50)).toBe('the storage');
  });

  it('is no faster than the queue serves all shards', () => {
    const run = simulate({ ...MODEL, queueSeconds: 0.5 }, 50);
    expect(run.seconds).toBeCloseTo(52);
    expect(whatLimits(run, 100, 50)).toBe('the queue');
  });

  it('counts the time between two shards', () => {
    expect(simulate({ ...MODEL, gapSeconds: 1 }, 1).seconds).toBeCloseTo(300);
  });
});
