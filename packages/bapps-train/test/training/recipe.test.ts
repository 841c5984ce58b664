import { readFileSync } from 'node:fs';
import { at, type Weight } from 'lpips-core';
import { expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { PooledHeads } from '../../src/networks/pooled-heads.js';
import { Adam } from '../../src/training/adam.js';
import { RankingNetwork } from '../../src/training/ranking-network.js';
import { clampAtZero, learningRateOf, OFFICIAL_RECIPE, totalEpochs } from '../../src/training/recipe.js';

/** Bar for float32 weights with float64 arithmetic against the official code in float64. */
const GOLDEN = 1e-6;

interface Golden {
  rankingLoss: {
    rankNet: Record<string, number[]>;
    rankNetShapes: Record<string, number[]>;
    d0: number[];
    d1: number[];
    judge: number[];
    loss: number;
    predicted: number[];
    grad: Record<string, number[]>;
  };
  adamSteps: {
    channels: number[];
    learningRate: number;
    headsBefore: number[][];
    rankNetBefore: Record<string, number[]>;
    batches: { v0: number[][][]; v1: number[][][]; judge: number[] }[];
    losses: number[];
    clampedInAll: number;
    headsAfter: number[][];
    rankNetAfter: Record<string, number[]>;
  };
}

function networkOf(values: Record<string, number[]>, shapes: Record<string, number[]>): RankingNetwork {
  const weights = Object.entries(values).map(([name, data]): [string, Weight] => [
    name,
    { shape: shapes[name] ?? [], data: Float32Array.from(data) },
  ]);
  return RankingNetwork.fromWeights(new Map(weights));
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (expected.length === 0 || actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Math.max(...Array.from(expected, (value, i) => Math.abs(at(actual, i) - value)));
}

describeWithShared('against the official training code in float64', ['goldens/training.json'], (path) => {
  const golden = (): Golden => JSON.parse(readFileSync(path('goldens/training.json'), 'utf8')) as Golden;

  it('gives the ranking loss and all its gradients: batch of 8', () => {
    const { rankNet, rankNetShapes, d0, d1, judge, loss, predicted, grad } = golden().rankingLoss;
    const ranking = networkOf(rankNet, rankNetShapes).rank(d0, d1, judge);
    expect(Math.abs(ranking.loss - loss)).toBeLessThan(GOLDEN);
    expect(largestDifference(ranking.predicted, predicted)).toBeLessThan(GOLDEN);
    const gradients = new Map([...ranking.weights, ['d0', ranking.d0], ['d1', ranking.d1]]);
    expect([...gradients.keys()].sort()).toEqual(Object.keys(grad).sort());
    for (const [name, expected] of Object.entries(grad)) {
      expect(largestDifference(gradients.get(name) ?? [], expected), name).toBeLessThan(GOLDEN);
    }
  });

  it('takes the same twelve Adam steps, heads of 4 and 3 channels clamped 12 times', () => {
    const it = golden().adamSteps;
    const network = networkOf(it.rankNetBefore, golden().rankingLoss.rankNetShapes);
    const heads = new PooledHeads(it.channels);
    heads.values.set(it.headsBefore.flat());
    const adam = new Adam(new Map([...heads.weights, ...network.weights]));
    const losses: number[] = [];
    let clamped = 0;
    for (const { v0, v1, judge } of it.batches) {
      const rows = [v0, v1].flatMap((taps) => judge.map((_, item) => taps.flatMap((tap) => tap[item] ?? [])));
      const pooled = Float32Array.from(rows.flat());
      const distances = heads.distances(pooled, rows.length);
      const ranking = network.rank(
        distances.subarray(0, judge.length),
        distances.subarray(judge.length),
        judge,
      );
      const dy = Float64Array.of(...ranking.d0, ...ranking.d1);
      adam.step(new Map([...heads.gradients(pooled, dy), ...ranking.weights]), it.learningRate);
      clamped += clampAtZero(heads.weights);
      losses.push(ranking.loss);
    }
    expect(largestDifference(losses, it.losses)).toBeLessThan(GOLDEN);
    expect(clamped).toBe(it.clampedInAll);
    expect(largestDifference(heads.values, it.headsAfter.flat())).toBeLessThan(GOLDEN);
    for (const [name, expected] of Object.entries(it.rankNetAfter)) {
      const actual = network.weights.get(name)?.data ?? [];
      expect(largestDifference(actual, expected), name).toBeLessThan(GOLDEN);
    }
  });
});

it('lowers the learning rate as the published loop does: at full rate for six of ten epochs', () => {
  const rates = Array.from(
    { length: totalEpochs(OFFICIAL_RECIPE) },
    (_, epoch) =>
      Math.round((learningRateOf(epoch, OFFICIAL_RECIPE) / OFFICIAL_RECIPE.learningRate) * 1e9) / 1e9,
  );
  expect(rates).toEqual([1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2]);
});
