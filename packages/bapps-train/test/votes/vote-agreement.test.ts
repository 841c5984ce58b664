import { describe, expect, it } from 'vitest';
import { excludedRaters, summarizeRaters, withoutRaters } from '../../src/votes/rater-summary.js';
import { agreementByGroup } from '../../src/votes/vote-agreement.js';
import { VoteLog } from '../../src/votes/vote-log.js';
import type { Answer, VoteRecord } from '../../src/votes/vote-records.js';

const time = '2026-01-31T09:00:00.000Z';
const vote = (rater: string, name: string, answer: Answer, more: Partial<VoteRecord> = {}): VoteRecord => ({
  kind: 'vote',
  item: `2afc/val/blur/${name}`,
  answer,
  rater,
  time,
  ...more,
});

/** Triplet 1: p1 p1 p0. Triplet 2: p0 p0. Triplet 3: p1. */
const VOTES = [
  vote('ann', '1', 'p1', { first: 'p1', ms: 1000 }),
  vote('bob', '1', 'p1', { first: 'p0', ms: 2000 }),
  vote('cat', '1', 'p0', { first: 'p0', ms: 400 }),
  vote('ann', '2', 'p0', { first: 'p1', ms: 3000 }),
  vote('bob', '2', 'p0', { first: 'p0', ms: 5000 }),
  vote('cat', '3', 'p1', { first: 'p1', ms: 600 }),
];

describe('agreementByGroup', () => {
  it('is that of two different people, and the paper’s, by hand', () => {
    const [group] = agreementByGroup(
      ['2afc/val/blur/1', '2afc/val/blur/2', '2afc/val/blur/3', '2afc/val/blur/4'],
      new VoteLog(VOTES).tallies(),
    );
    // Two of three say p1: one pair of three agrees; (2/3)² + (1/3)² = 5/9. Two of two: all do, 1.
    expect(group).toEqual({
      group: '2afc/val/blur',
      items: 4,
      judged: 3,
      votes: 6,
      twoPeople: expect.closeTo((1 / 3 + 1) / 2, 12) as number,
      paper: expect.closeTo((5 / 9 + 1) / 2, 12) as number,
    });
  });

  it('counts shares as votes of different people', () => {
    const shares = {
      kind: 'shares',
      item: '2afc/val/blur/9',
      votes: 5,
      yes: 4,
      source: 'a.csv',
      time,
    } as const;
    const [group] = agreementByGroup([], new VoteLog([shares]).tallies());
    // 4 of 5: (4 · 3 + 1 · 0) / (5 · 4); 0.8² + 0.2².
    expect(group?.twoPeople).toBeCloseTo(0.6, 12);
    expect(group?.paper).toBeCloseTo(0.68, 12);
    expect(group?.items).toBeUndefined();
  });

  it('is unknown where nobody was asked twice', () => {
    const [group] = agreementByGroup([], new VoteLog([vote('ann', '1', 'p0')]).tallies());
    expect([group?.twoPeople, group?.paper]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('summarizeRaters', () => {
  const checks = [
    vote('ann', '1', 'p0', { kind: 'catch', known: 'p0', ms: 1000 }),
    vote('cat', '2', 'p1', { kind: 'catch', known: 'p0', ms: 0 }),
    vote('cat', '1', 'p0', { kind: 'catch', known: 'p0', ms: 0 }),
    vote('dan', '1', 'p1', { kind: 'practice', known: 'p0', ms: 9 }),
  ];
  const records = [...VOTES, ...checks, vote('ann', '1', 'p0')];
  const summaries = summarizeRaters(new VoteLog(records));

  it('counts agreement, catch trials, sides and time of each by hand; the first vote on an item counts', () => {
    expect(summaries).toEqual([
      // With bob on 1 and 2, against cat on 1. Left: of p1|p0 p1, of p1|p0 p0 not.
      {
        rater: 'ann',
        votes: 2,
        catches: { part: 1, whole: 1 },
        agreement: { part: 2, whole: 3 },
        left: { part: 1, whole: 2 },
        medianMs: 2000,
        totalMs: 5000,
      },
      {
        rater: 'bob',
        votes: 2,
        catches: { part: 0, whole: 0 },
        agreement: { part: 2, whole: 3 },
        left: { part: 1, whole: 2 },
        medianMs: 3500,
        totalMs: 7000,
      },
      {
        rater: 'cat',
        votes: 2,
        catches: { part: 1, whole: 2 },
        agreement: { part: 0, whole: 2 },
        left: { part: 2, whole: 2 },
        medianMs: 500,
        totalMs: 1000,
      },
    ]);
  });

  it.each([
    [{ catchBelow: 0.8 }, ['cat']],
    [{ catchBelow: 0.5 }, []],
    [{ catchBelow: 1, raters: ['bob'] }, ['bob', 'cat']],
  ])('leaves out by %j: %j', (exclusion, excluded) => {
    expect(excludedRaters(summaries, exclusion)).toEqual(excluded);
    const left = new VoteLog(withoutRaters(records, excluded));
    expect(left.votes.some(({ rater }) => excluded.includes(rater))).toBe(false);
  });
});
