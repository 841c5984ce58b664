/**
 * @module
 * Simulated observers. What they see is a teacher's distance; what they say is noisy, as people are. Of two copies at
 * distances d0 and d1 they take the second for nearer with probability
 *
 *     1 / (1 + (d1 / d0)^(1/noise)),
 *
 * a logistic function of the logarithm of the ratio: with noise 0.4, twice the distance loses 85 % of the votes. Two
 * images at distance d look the same to them with probability 1 / (1 + (d / threshold)^(1/noise)).
 */
import type { Random } from 'lpips-pictures';

/** How observers vote. */
export interface Observers {
  /** scale of the logistic, above 0; 0 = they always see the truth, and toss a coin at ties */
  readonly noise: number;
  /** distance that half of them notice */
  readonly threshold: number;
}

/** Votes per item, as BAPPS has them. */
export const VOTES = { train: 2, val: 5, jnd: 3 } as const;

/** Probability that an observer takes the copy at `d1` for nearer than the one at `d0`. */
export function preference(d0: number, d1: number, noise: number): number {
  return logistic(logRatio(d0, d1), noise);
}

/** Probability that two images at a distance look the same to an observer. */
export function sameness(distance: number, { noise, threshold }: Observers): number {
  return logistic(logRatio(threshold, distance), noise);
}

/** The share of `votes` observers who say yes, each with a probability. */
export function drawVotes(probability: number, votes: number, random: Random): number {
  let yes = 0;
  for (let vote = 0; vote < votes; vote++) if (random.uniform() < probability) yes++;
  return yes / votes;
}

/** log(a / b), 0 where both are 0. */
function logRatio(a: number, b: number): number {
  if (a === b) return 0;
  return Math.log(a) - Math.log(b);
}

function logistic(value: number, noise: number): number {
  if (noise === 0) return (Math.sign(value) + 1) / 2;
  return 1 / (1 + Math.exp(-value / noise));
}
