/**
 * @module
 * Which triplet or pair a rater is asked about next. Every item is asked about by as many people as were wanted, and nobody
 * twice about the same. Votes under way count, so that several raters at once do not all get the last one.
 */
import { at } from 'lpips-core';
import type { Random } from 'lpips-pictures';
import type { TrialItem } from '../votes/trial-items.js';
import type { VoteLog } from '../votes/vote-log.js';

/** How much is to be learned from a vote on an item, or undefined where that is not known. */
export type Uncertainty = (item: string) => number | undefined;

/** What decides about the next item. */
export interface Choice {
  readonly items: readonly TrialItem[];
  readonly log: VoteLog;
  /** People wanted for each item. */
  readonly wanted: number;
  /** How many people are looking at an item now. */
  readonly underWay: (item: string) => number;
}

/** Items on which a rater may be asked, now. */
export function openItems(rater: string, { items, log, wanted, underWay }: Choice): TrialItem[] {
  return items.filter(({ id }) => log.count(id) + underWay(id) < wanted && !log.hasVoted(rater, id));
}

/**
 * The next item of a rater: at random among those that the fewest people were asked about. With an uncertainty, the one with
 * the most of it, and at random as long as none is known.
 *
 * @returns undefined where nothing is left for this rater
 */
export function chooseItem(
  rater: string,
  choice: Choice,
  random: Random,
  uncertainty?: Uncertainty,
): TrialItem | undefined {
  const open = openItems(rater, choice);
  const worth = uncertainty && open.map(({ id }) => uncertainty(id) ?? Number.NEGATIVE_INFINITY);
  const values =
    worth?.some(Number.isFinite) === true
      ? worth
      : open.map(({ id }) => -(choice.log.count(id) + choice.underWay(id)));
  const most = Math.max(...values);
  const best = open.filter((_, index) => at(values, index) === most);
  return best[Math.floor(random.uniform() * best.length)];
}
