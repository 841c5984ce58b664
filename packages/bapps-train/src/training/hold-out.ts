/**
 * @module
 * Which triplets are learned from, which choose the epoch, and which are kept for the final score, where that is not what the
 * folders of the data set say. A reference is in one part alone, with all triplets that show it: a metric that has learned
 * from a reference would be flattered by its other copies.
 *
 * References are dealt at random, those of the same distortions in turn, so that the parts have about as many of each.
 */
import { at, invalid } from 'lpips-core';
import type { Split } from '../data-set/layout.js';
import { randomOrder, randomStream } from './random-streams.js';

/** A part of the references of the held-out triplets chooses nothing, and is for the final score alone. */
interface TestShare {
  /** In (0, 1). */
  readonly testShare: number;
}

/** Cross-validation: the references of train and val are dealt into folds, one of which is held out. */
interface Fold {
  /** From 1. */
  readonly fold: number;
  readonly folds: number;
}

/** How triplets are held out, and the seed by which references are dealt. */
export type HoldOut = (TestShare | Fold) & { readonly seed: number };

/** A triplet, as far as it matters here. */
export interface Dealt {
  readonly split: Split;
  readonly distortion: string;
  /** Digest of the reference image. */
  readonly reference: string;
}

/** What a triplet is for: to learn from, to choose the epoch by, for the final score, or for nothing. */
export type Role = Split | 'unused';

/**
 * The role of every triplet.
 *
 * With a test share, triplets of val whose reference is drawn are for the final score; triplets of train that show such a
 * reference are not used. With folds, one is for the final score; if an epoch has to be chosen, the next one chooses it, else
 * the same fold is scored after each epoch.
 *
 * @param chooses whether held-out triplets choose the epoch
 * @throws LpipsError where there are too few references
 */
export function rolesOf(triplets: readonly Dealt[], holdOut: HoldOut, chooses: boolean): Role[] {
  return 'folds' in holdOut ? rolesInFold(triplets, holdOut, chooses) : rolesOfShare(triplets, holdOut);
}

/** In words, so that the checkpoint of another run is recognised. */
export function describeHoldOut(holdOut: HoldOut): string {
  const part =
    'folds' in holdOut ? `fold ${holdOut.fold} of ${holdOut.folds}` : `test share ${holdOut.testShare}`;
  return `${part} by seed ${holdOut.seed}`;
}

function rolesOfShare(triplets: readonly Dealt[], { testShare, seed }: TestShare & { seed: number }): Role[] {
  const held = triplets.filter(({ split }) => split === 'val');
  const order = referencesInTurn(held, seed);
  // Spread over the order, so that each kind of distortion gives its share.
  const isDrawn = (place: number) => Math.floor((place + 1) * testShare) > Math.floor(place * testShare);
  const drawn = new Set(order.filter((_, place) => isDrawn(place)));
  if (drawn.size === 0 || drawn.size === order.length) {
    const requirement = 'a share that leaves references on both sides';
    const got = `${testShare}, which is ${drawn.size} of ${order.length} references in 2afc/val`;
    throw invalid('train', requirement, 'the test share', got, 'Choose another share, or hold out more.');
  }
  return triplets.map(({ split, reference }): Role => {
    if (!drawn.has(reference)) return split;
    return split === 'val' ? 'test' : split === 'train' ? 'unused' : split;
  });
}

function rolesInFold(
  triplets: readonly Dealt[],
  { fold, folds, seed }: Fold & { seed: number },
  chooses: boolean,
): Role[] {
  const pool = triplets.filter(({ split }) => split !== 'test');
  const order = referencesInTurn(pool, seed);
  if (order.length < folds) {
    const got = `${order.length}`;
    throw invalid('train', `at least ${folds} references`, 'the folds', got, 'Choose fewer folds.');
  }
  const foldOf = new Map(order.map((reference, place) => [reference, place % folds]));
  const test = fold - 1;
  const val = chooses ? fold % folds : undefined;
  return triplets.map(({ split, reference }): Role => {
    if (split === 'test') return 'unused';
    const own = foldOf.get(reference);
    if (own === test) return chooses ? 'test' : 'val';
    return own === val ? 'val' : 'train';
  });
}

/**
 * The references at random, those of the same distortions one after the other.
 *
 * @returns each of them once
 */
function referencesInTurn(triplets: readonly Dealt[], seed: number): string[] {
  const distortionsOf = new Map<string, Set<string>>();
  for (const { reference, distortion } of triplets) {
    const known = distortionsOf.get(reference) ?? new Set();
    distortionsOf.set(reference, known.add(distortion));
  }
  const sorted = [...distortionsOf].sort(([a], [b]) => (a < b ? -1 : 1));
  const shuffled = [...randomOrder(sorted.length, randomStream(seed, 'hold-out'))].map((place) =>
    at(sorted, place),
  );
  const kinds = new Map<string, string[]>();
  for (const [reference, distortions] of shuffled) {
    const kind = [...distortions].sort().join('\n');
    const alike = kinds.get(kind) ?? [];
    alike.push(reference);
    kinds.set(kind, alike);
  }
  return [...kinds.keys()].sort().flatMap((kind) => kinds.get(kind) ?? []);
}
