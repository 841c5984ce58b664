/**
 * @module
 * Intervals of judgements that depend on each other, differences on the same draws, and votes by rater.
 */
import { parseVotes, twoAfcTable } from 'bapps-train';
import { at } from 'lpips-core';
import { seededRandom } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { estimateDifference } from '../../src/scores/bootstrap.js';
import { talliedScore, tallyOf } from '../../src/scores/rater-votes.js';
import type { JudgedDistortion } from '../../src/scores/score-table.js';

const DRAWS = { draws: 400, seed: 2 };
/** By how much a width of 400 draws may miss the one that theory gives. */
const TOLERANCE = 0.15;

/** 20 references with 10 triplets each, on all of which the metric is right, or on none. */
function wholeReferences(): JudgedDistortion {
  const references = Array.from({ length: 200 }, (_, i) => `r${Math.floor(i / 10)}`);
  const judge = references.map((name) => (Number(name.slice(1)) % 2 === 0 ? 0 : 1));
  const distances = new Map([['m', { d0: judge.map(() => 1), d1: judge.map(() => 2) }]]);
  return { distortion: 'a', judge, distances, references };
}

function widthOf(table: ReturnType<typeof twoAfcTable>): number {
  const { low, high } = at(at(table.rows, 0).scores, 0);
  return high - low;
}

describe('intervals by reference', () => {
  it('are √10 times as wide where ten triplets of a reference are judged alike', () => {
    const single = widthOf(twoAfcTable([wholeReferences()], DRAWS));
    const table = twoAfcTable([wholeReferences()], { ...DRAWS, cluster: 'reference' });
    expect(widthOf(table) / single / Math.sqrt(10)).toBeGreaterThan(1 - TOLERANCE);
    expect(widthOf(table) / single / Math.sqrt(10)).toBeLessThan(1 + TOLERANCE);
    expect(table.cluster).toEqual({ by: 'reference', count: 20 });
  });

  it('draw a reference in all distortions at once', () => {
    const [a, b] = [wholeReferences(), { ...wholeReferences(), distortion: 'b' }];
    const { rows } = twoAfcTable([a, b], { ...DRAWS, cluster: 'reference' });
    const { scores, mean } = at(rows, 0);
    expect(mean.high - mean.low).toBeCloseTo(at(scores, 0).high - at(scores, 0).low, 12);
  });

  it('need references', () => {
    const { references: _, ...data } = wholeReferences();
    expect(() => twoAfcTable([data], { cluster: 'reference' })).toThrow(
      'twoAfcTable: expected 200 references, one for each item, for a, got none.',
    );
  });
});

describe('a difference', () => {
  it('has a narrower interval than its scores, where both metrics err on the same triplets', () => {
    const random = seededRandom(5);
    const judge = Array.from({ length: 300 }, () => Math.round(random.uniform()));
    const near = judge.map(() => random.uniform());
    const other = near.map((value, i) => (i % 30 === 0 ? 1 - value : value));
    const half = judge.map(() => 0.5);
    const distances = new Map([
      ['m', { d0: near, d1: half }],
      ['n', { d0: other, d1: half }],
    ]);
    const table = twoAfcTable([{ distortion: 'a', judge, distances }], { ...DRAWS, compared: ['m', 'n'] });
    const difference = at(table.differences ?? [], 0);
    expect([difference.name, difference.from]).toEqual(['n', 'm']);
    const { score, low, high } = at(difference.scores, 0);
    expect(score).toBeCloseTo(
      at(at(table.rows, 1).scores, 0).score - at(at(table.rows, 0).scores, 0).score,
      12,
    );
    expect(high - low).toBeLessThan(widthOf(table) / 2);
    expect(low).toBeLessThanOrEqual(score);
    expect(high).toBeGreaterThanOrEqual(score);
  });

  it('tells how often the draws do not bear it out', () => {
    const [a, b] = [Float64Array.of(3, 1, 2, 2), Float64Array.of(1, 2, 2, 1)];
    expect(estimateDifference(2, 1, a, b).reversed).toBe(0.5); // by 2, −1, 0, 1
    expect(estimateDifference(1, 1, a, b).reversed).toBe(1);
  });
});

describe('votes by rater', () => {
  const votes = [
    [
      { rater: 0, isP1: true },
      { rater: 1, isP1: true },
      { rater: 2, isP1: false },
    ],
    [{ rater: 2, isP1: true }],
  ];

  it('count as often as their raters are drawn, and nobody agrees with himself', () => {
    const tally = tallyOf(votes);
    const once = tally(Uint16Array.of(1, 1, 1));
    expect(talliedScore('metric', [1, 0])(once)).toBeCloseTo((2 / 3 + 0) / 2, 12);
    expect(talliedScore('metric', [0.5, 0.5])(once)).toBeCloseTo(0.5, 12);
    expect(talliedScore('human')(once)).toBeCloseTo((5 / 9 + 1) / 2, 12);
    expect(talliedScore('oracle')(once)).toBeCloseTo((2 / 3 + 1) / 2, 12);
    expect(talliedScore('agreement')(once)).toBeCloseTo(1 / 3, 12); // one pair of three; the second triplet has none
    const twice = tally(Uint16Array.of(2, 1, 0));
    expect(talliedScore('agreement')(twice)).toBe(1);
    expect(talliedScore('metric', [0, 1])(twice)).toBe(0); // nobody who was drawn voted on the second
  });

  it('give the score of the shares, and an interval of raters', () => {
    const judge = [2 / 3, 1];
    const distances = new Map([['m', { d0: [2, 2], d1: [1, 1] }]]);
    const table = twoAfcTable([{ distortion: 'a', judge, distances, votes }], { ...DRAWS, cluster: 'rater' });
    expect(table.cluster).toEqual({ by: 'rater', count: 3 });
    const { score, low, high } = at(at(table.rows, 0).scores, 0);
    expect(score).toBeCloseTo(5 / 6, 12);
    expect(low).toBeLessThan(0.8);
    expect(high).toBe(1);
  });

  it('tell how often two people agree, each triplet by its own number of them', () => {
    const distances = new Map([['m', { d0: [2, 2], d1: [1, 1] }]]);
    const judged = { distortion: 'a', judge: [2 / 3, 1], distances };
    const agreementIn = (table: ReturnType<typeof twoAfcTable>) =>
      table.rows.find(({ kind }) => kind === 'agreement')?.scores[0];
    for (const cluster of ['none', 'rater'] as const) {
      const table = twoAfcTable([{ ...judged, votes }], { ...DRAWS, cluster });
      expect(table.votes).toBe(2); // 3 and 1
      expect(agreementIn(table)?.score, cluster).toBeCloseTo(1 / 3, 12); // nobody but one saw the second
    }
    const { low, high } = agreementIn(twoAfcTable([{ ...judged, votes }], DRAWS)) ?? {};
    expect([low, high]).toEqual([expect.closeTo(1 / 3, 12), expect.closeTo(1 / 3, 12)]);
    const guessed = twoAfcTable([judged], DRAWS);
    expect([guessed.votes, agreementIn(guessed)?.score]).toEqual([3, expect.closeTo(2 / 3, 12)]);
    expect(twoAfcTable([{ ...judged, votes }], { ...DRAWS, votes: 6 }).votes).toBe(6);
    const alone = { ...judged, judge: [1, 1], votes: votes.map((some) => some.slice(0, 1)) };
    expect(agreementIn(twoAfcTable([alone], DRAWS))).toBeUndefined();
  });

  it('are read with the columns that people use, without trials of a known answer', () => {
    const text =
      'rater,item,answer,kind\na,2afc/val/blur/1,p1,vote\nb,2afc/val/blur/1,0,vote\nb,2afc/val/blur/2,p0,known\n';
    const { votesOn } = parseVotes(text, 'votes.csv');
    expect(votesOn('val', 'blur/1')).toEqual([
      { rater: 0, isP1: true },
      { rater: 1, isP1: false },
    ]);
    expect(votesOn('val', 'blur/2')).toEqual([]);
    expect(votesOn('train', 'blur/1')).toEqual([]);
    const short = parseVotes('triplet,rater,vote\nblur/1,a,1\n', 'votes.csv');
    expect(short.votesOn('train', 'blur/1')).toEqual([{ rater: 0, isP1: true }]);
  });

  it.each([
    [
      'triplet,vote\nx,p1\n',
      'parseVotes: expected the columns item, rater and answer for votes.csv, got triplet, vote. ' +
        '"item" may be called "triplet" and "answer" may be called "choice" or "vote".',
    ],
    [
      'item,rater,answer\nx,a,2\n',
      'parseVotes: expected p0 (or 0) or p1 (or 1) for answer of line 2 of votes.csv, got "2".',
    ],
    [
      'item,rater,answer\nx,a,1\nx,a,0\n',
      'parseVotes: expected one vote of a rater on an item for line 3 of votes.csv, got a second of a.',
    ],
    ['item,rater,answer\n', 'parseVotes: expected a header and lines for votes.csv, got no lines.'],
  ])('are refused by name: %j', (text, message) => {
    expect(() => parseVotes(text, 'votes.csv')).toThrow(message);
  });
});
