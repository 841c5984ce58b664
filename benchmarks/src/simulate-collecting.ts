/**
 * @module
 * Raters who are simulated, and the order in which they are asked. They look at a few features of the net alone: the heads by
 * which they see are 0 but for one channel in twenty, drawn at random, as where pictures of one kind are judged by people who
 * know them. Heads that begin uniform learn from their votes, and are scored on held-out triplets.
 */
import { HeadsCommittee, type ItemPool, type PoolVote, preference, twoAfcScore } from 'bapps-train';
import { at } from 'lpips-core';
import { type Random, seededRandom, seedOf, shuffle } from 'lpips-pictures';

/** Which triplets are asked about first. */
export const ORDERS = ['random', 'uncertain'] as const;
export type Order = (typeof ORDERS)[number];

/** What is simulated. */
export interface Simulation {
  readonly pool: ItemPool;
  readonly seed: number;
  /** Votes between two trainings. */
  readonly round: number;
  /** Votes on each triplet, at most. */
  readonly perItem: number;
}

/** A score of the heads that have learned from so many votes. */
export interface CurvePoint {
  readonly votes: number;
  /** Held-out 2AFC, in [0, 1]. */
  readonly score: number;
}

/** Share of the channels that raters look at. */
const SEEN = 0.05;
/** Noise of their votes, as in `bapps synthesize`. */
const NOISE = 0.4;

/**
 * Lets raters vote round by round until every triplet of `train` has all of its votes.
 *
 * @returns a point for each round
 */
export async function simulateCollecting(
  order: Order,
  { pool, seed, round, perItem }: Simulation,
): Promise<CurvePoint[]> {
  const random = seededRandom(seedOf(seed, 'raters', order));
  const rowsOf = (split: string) =>
    [...pool.ids.keys()].filter((row) => pool.ids[row]?.startsWith(`2afc/${split}/`));
  const [train, held] = [rowsOf('train'), rowsOf('val')];
  const shares = preferencesOf(pool, seed);
  const judge = held.map((row) => at(shares, row)); // as of infinitely many raters
  const votes: PoolVote[] = [];
  const counts = new Map<number, number>();
  const points: CurvePoint[] = [];
  while (votes.length < train.length * perItem) {
    const open = train.filter((row) => (counts.get(row) ?? 0) < perItem);
    for (const row of await nextRows(order, open, { pool, votes, counts, random, seed }, round)) {
      const turn = counts.get(row) ?? 0;
      // The same in every order, so that the orders differ in nothing but their order.
      const drawn = seededRandom(seedOf(seed, 'vote', row, turn)).uniform();
      votes.push({ row, yes: drawn < at(shares, row) });
      counts.set(row, turn + 1);
    }
    const inOneOrder = [...votes].sort((a, b) => a.row - b.row);
    const trained = await HeadsCommittee.train(pool, inOneOrder, { seed, members: 1, resample: false });
    points.push({ votes: votes.length, score: twoAfcScore({ ...trained.distances(held), judge }) });
  }
  return points;
}

/** The fewest votes from which on every score of a curve is within `margin` of `goal`. */
export function votesToReach(curve: readonly CurvePoint[], goal: number, margin: number): number {
  const short = curve.findLastIndex(({ score }) => score < goal - margin);
  return curve[short + 1]?.votes ?? Number.POSITIVE_INFINITY;
}

/** The mean of curves of the same votes. */
export function meanCurve(curves: readonly (readonly CurvePoint[])[]): CurvePoint[] {
  return at(curves, 0).map(({ votes }, place) => {
    const scores = curves.map((curve) => at(curve, place).score);
    return { votes, score: scores.reduce((sum, score) => sum + score, 0) / scores.length };
  });
}

interface Collected {
  readonly pool: ItemPool;
  readonly votes: readonly PoolVote[];
  readonly counts: ReadonlyMap<number, number>;
  readonly random: Random;
  readonly seed: number;
}

/** At random among those with the fewest votes, or those on which heads disagree most that learned from the votes so far. */
async function nextRows(
  order: Order,
  open: readonly number[],
  { pool, votes, counts, random, seed }: Collected,
  count: number,
): Promise<number[]> {
  const mixed = shuffle(random, open);
  if (order === 'random' || votes.length === 0) {
    return mixed.sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0)).slice(0, count);
  }
  const committee = await HeadsCommittee.train(pool, votes, {
    seed: seedOf(seed, 'committee', votes.length),
  });
  const values = committee.disagreement(mixed);
  const places = [...mixed.keys()].sort((a, b) => at(values, b) - at(values, a));
  return places.slice(0, count).map((place) => at(mixed, place));
}

/** For every triplet, the probability that a rater prefers p1. */
function preferencesOf(pool: ItemPool, seed: number): number[] {
  const random = seededRandom(seedOf(seed, 'eyes'));
  const heads = pool.manifest.channels.flatMap((channels) =>
    Array.from({ length: channels }, () => (random.uniform() < SEEN ? 1 / channels : 0)),
  );
  return [...pool.ids.keys()].map((row) => {
    const moments = pool.read([row]);
    const distance = (pair: number) =>
      heads.reduce(
        (sum, weight, channel) => sum + weight * at(moments, 2 * pair * heads.length + channel),
        0,
      );
    return preference(distance(0), distance(1), NOISE);
  });
}
