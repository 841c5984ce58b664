/**
 * @module
 * Simulated observers. They see the distance of a teacher, and vote with noise, as people do. Of two copies at
 * distances d0 and d1 they vote for the second as the nearer one with probability
 *
 *     1 / (1 + (d1 / d0)^(1/noise)),
 *
 * a logistic function of the logarithm of the ratio: with noise 0.4, twice the distance loses 85 % of the votes. Two
 * images at distance d look the same to them with probability 1 / (1 + (d / threshold)^(1/noise)).
 */
import { checkNumber } from 'lpips-core';
import type { Random } from 'lpips-pictures';
import { checkRecord } from '../check-arguments.js';

/** How observers vote. */
export interface Observers {
  /** Scale of the logistic, ≥ 0. 0 = they always vote for the nearer copy, and toss a coin at ties. */
  readonly noise: number;
  /** Distance that half of them notice. */
  readonly threshold: number;
}

/** Votes for each item, as in BAPPS. */
export const VOTES = { train: 2, val: 5, jnd: 3 } as const;

/**
 * Probability that an observer votes for the copy at `d1` as the nearer one.
 *
 * @throws LpipsError for arguments that are no numbers
 */
export function preference(d0: number, d1: number, noise: number): number {
  for (const [name, value] of Object.entries({ d0, d1, noise })) checkNumber('preference', name, value);
  return logistic(logRatio(d0, d1), noise);
}

/**
 * Probability that two images at a distance look the same to an observer.
 *
 * @throws LpipsError for arguments that are no numbers
 */
export function sameness(distance: number, observers: Observers): number {
  checkRecord('sameness', 'observers', observers, ['noise', 'threshold']);
  const { noise, threshold } = observers;
  for (const [name, value] of Object.entries({ distance, noise, threshold })) {
    checkNumber('sameness', name, value);
  }
  return logistic(logRatio(threshold, distance), noise);
}

/**
 * Draws the share of `votes` observers who say yes, each with this probability.
 *
 * @throws LpipsError for arguments of another kind
 */
export function drawVotes(probability: number, votes: number, random: Random): number {
  checkNumber('drawVotes', 'probability', probability);
  checkNumber('drawVotes', 'votes', votes, { least: 1, isWhole: true });
  checkRecord('drawVotes', 'random', random, ['uniform']);
  let yes = 0;
  for (let vote = 0; vote < votes; vote++) if (random.uniform() < probability) yes++;
  return yes / votes;
}

/** log(a / b); 0 if both are 0. */
function logRatio(a: number, b: number): number {
  if (a === b) return 0;
  return Math.log(a) - Math.log(b);
}

function logistic(value: number, noise: number): number {
  if (noise === 0) return (Math.sign(value) + 1) / 2;
  return 1 / (1 + Math.exp(-value / noise));
}
