/**
 * @module
 * How far people agree on the items of each distortion. Items may have different numbers of votes: each is measured by its own,
 * and the mean is over those with two votes at least (see `scores/two-afc.ts` for both measures).
 */
import { at } from 'lpips-core';
import { agreementCredits, humanCredits, mean } from '../scores/two-afc.js';
import type { Tally } from './vote-log.js';

/** How the items of a distortion were judged. */
export interface GroupAgreement {
  /** `2afc/val/blur` */
  readonly group: string;
  /** Items that there are; undefined if the images are not at hand. */
  readonly items: number | undefined;
  /** Items with a vote at least. */
  readonly judged: number;
  readonly votes: number;
  /** How often two different people agree; NaN unless an item has two votes. */
  readonly twoPeople: number;
  /** The paper's p² + (1 − p)² on the same items. */
  readonly paper: number;
}

/**
 * Agreement by distortion, in the order of their names.
 *
 * @param items ids of all items that there are, judged or not; empty if they are not known
 * @param tallies votes by item
 */
export function agreementByGroup(
  items: readonly string[],
  tallies: ReadonlyMap<string, Tally>,
): GroupAgreement[] {
  const groups = [...new Set([...items, ...tallies.keys()].map(groupOf))].sort();
  return groups.map((group) => {
    const counts = [...tallies].filter(([item]) => groupOf(item) === group).map(([, tally]) => tally);
    const known = items.filter((item) => groupOf(item) === group).length;
    const shared = counts.filter(({ votes }) => votes >= 2);
    const share = ({ yes, votes }: Tally) => [yes / votes];
    return {
      group,
      items: items.length === 0 ? undefined : known,
      judged: counts.length,
      votes: counts.reduce((sum, { votes }) => sum + votes, 0),
      twoPeople: mean(
        Float64Array.from(shared, (tally) => at(agreementCredits(share(tally), tally.votes), 0)),
      ),
      paper: mean(Float64Array.from(shared, (tally) => at(humanCredits(share(tally)), 0))),
    };
  });
}

/** `2afc/val/blur` of `2afc/val/blur/000004` */
function groupOf(item: string): string {
  return item.slice(0, item.lastIndexOf('/'));
}
