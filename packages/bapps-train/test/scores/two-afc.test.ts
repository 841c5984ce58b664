import { at, LpipsError } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import {
  agreementCredits,
  humanCredits,
  mean,
  oracleCredits,
  twoAfcCredits,
  twoAfcScore,
  votesBehind,
} from '../../src/scores/two-afc.js';

describe('twoAfcScore', () => {
  it('credits each of 4 triplets with the share of people that the metric agrees with, and a tie with a half', () => {
    const triplets = { d0: [0.1, 0.5, 0.3, 0.2], d1: [0.2, 0.4, 0.3, 0.9], judge: [0.2, 0.9, 1, 1] };
    expect([...twoAfcCredits(triplets)]).toEqual([0.8, 0.9, 0.5, 0]);
    expect(twoAfcScore(triplets)).toBeCloseTo((0.8 + 0.9 + 0.5 + 0) / 4, 15);
  });

  it('of distances in reverse is one minus the score', () => {
    const triplets = { d0: [0.1, 0.5, 0.3], d1: [0.2, 0.4, 0.7], judge: [0.2, 0.9, 0.4] };
    const { d0, d1, judge } = triplets;
    expect(twoAfcScore({ d0: d1, d1: d0, judge })).toBeCloseTo(1 - twoAfcScore(triplets), 15);
  });

  it('lies between chance and the oracle for a metric that sides with the majority, and human below the oracle', () => {
    const judge = [0, 0.2, 0.5, 0.6, 1];
    const oracle = twoAfcScore({ d0: judge, d1: judge.map((share) => 1 - share), judge });
    expect(oracle).toBeCloseTo(mean(oracleCredits(judge)), 15);
    expect([...humanCredits(judge)]).toEqual([1, 0.04 + 0.8 ** 2, 0.5, 0.36 + 0.4 ** 2, 1]);
    humanCredits(judge).forEach((credit, index) => {
      expect(credit).toBeLessThanOrEqual(at(oracleCredits(judge), index) + 1e-15);
    });
  });

  it.each([
    [{ d0: [1], d1: [2], judge: [] }, 'twoAfcScore: expected at least one judgement for judge, got none.'],
    [{ d0: [1], d1: [2], judge: [1.2] }, 'twoAfcScore: expected shares in [0, 1] for judge[0], got 1.2.'],
    [
      { d0: [1, 2], d1: [2], judge: [1] },
      'twoAfcScore: expected 1 distances, as there are judgements, for d0, got 2.',
    ],
    [
      { d0: [1], d1: [Number.NaN], judge: [1] },
      'twoAfcScore: expected numbers for d1[0], got NaN. Did the training diverge? Look at the weights.',
    ],
  ])('refuses %j in one sentence', (triplets, message) => {
    expect(() => twoAfcScore(triplets)).toThrow(new LpipsError(message));
  });
});

describe('agreementCredits', () => {
  it('is the share of pairs among the voters who voted alike: each of 0 to n votes of n, for n = 2, 3, 5', () => {
    for (const votes of [2, 3, 5]) {
      for (let k = 0; k <= votes; k++) {
        const voters = Array.from({ length: votes }, (_, voter) => voter < k);
        const pairs = voters.flatMap((one, i) => voters.slice(i + 1).map((other) => one === other));
        const alike = pairs.filter(Boolean).length / pairs.length;
        expect(at(agreementCredits([k / votes], votes), 0)).toBeCloseTo(alike, 14);
      }
    }
  });

  it("lies below the paper's human score, unless all agree", () => {
    const judge = [0, 0.2, 0.4, 1];
    const [pairs, human] = [agreementCredits(judge, 5), humanCredits(judge)];
    expect(Array.from(pairs, (credit, index) => credit < at(human, index))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('refuses fewer than two votes', () => {
    expect(() => agreementCredits([1], 1)).toThrow(
      new LpipsError('agreementCredits: expected a number of at least 2 for votes, got 1.'),
    );
  });
});

describe('votesBehind', () => {
  it.each([
    [[[0, 1, 1]], 1],
    [[[0, 0.5, 1]], 2],
    [[[0.5], [1 / 3]], 6],
    [[Float32Array.of(0.2, 0.4), [1, 0.8]], 5],
    [[[0.123456, 0.5]], undefined],
  ])('of %j is %s', (judges, votes) => {
    expect(votesBehind(judges)).toBe(votes);
  });
});
