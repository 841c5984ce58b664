/**
 * @module
 * The triplets of a run by what they are for: those of the splits, or of parts that keep every reference in one of them.
 */
import { cannot, invalid } from 'lpips-core';
import type { Split, Triplet } from '../data-set/layout.js';
import { type DistortionFolder, scanTriplets } from '../data-set/scan-data-set.js';
import { referenceOf } from '../extraction/digest-items.js';
import { type ExtractionManifest, readExtractionManifest } from '../extraction/extraction-manifest.js';
import { PooledItems, type PooledView } from '../extraction/open-extraction.js';
import { SelectedItems, type Selection } from '../extraction/select-items.js';
import { type Dealt, type HoldOut, type Role, rolesOf } from './hold-out.js';
import { choosesEpoch, type RunOptions } from './run-training.js';

type Options = Pick<RunOptions, 'distortions' | 'holdOut' | 'keep' | 'patience' | 'onWarning'>;

/** Triplets to learn from, to score after each epoch, and for the final score. */
export interface Parts<Items> {
  readonly train: Items;
  readonly held: Items | undefined;
  readonly test: Items | undefined;
}

/**
 * Opens the vectors of an extraction.
 *
 * @returns the parts, and a function that closes their files
 * @throws LpipsError naming a shard that is missing or damaged, or where there are too few references
 */
export async function openParts(
  folder: string,
  options: Options,
): Promise<Parts<PooledView> & { readonly manifest: ExtractionManifest; readonly close: () => void }> {
  const { distortions, holdOut } = options;
  const manifest = await readExtractionManifest(folder);
  const isThere = (split: Split) =>
    manifest.groups.some((group) => group.task === '2afc' && group.split === split);
  if (holdOut) checkHoldOut(holdOut, isThere('test'), folder);
  const opened: PooledItems[] = [];
  const close = () => {
    for (const items of opened) items.close();
  };
  const open = async (split: Split, some?: readonly string[]): Promise<PooledItems> => {
    const items = await PooledItems.open(folder, { split, ...(some && { distortions: some }) });
    opened.push(items);
    return items;
  };
  try {
    if (holdOut === undefined) {
      const train = await open('train', distortions);
      const held = isThere('val') ? await open('val') : undefined;
      const test = isThere('test') ? await open('test') : undefined;
      return { manifest, train, held, test, close };
    }
    const sources: { split: Split; items: PooledItems }[] = [];
    for (const split of ['train', 'val'] as const) {
      if (isThere(split)) sources.push({ split, items: await open(split) });
    }
    const dealt = sources.flatMap(({ split, items }) => dealtOf(split, items));
    const roles = rolesOf(dealt, holdOut, choosesEpoch(options));
    tellUnused(roles, options);
    const part = (role: Role): PooledView | undefined => {
      let start = 0;
      const selections = sources.map(({ items }): Selection => {
        const before = start;
        start += items.count;
        const isWanted = (item: number, distortion: string) =>
          roles[before + item] === role && (role !== 'train' || isAmong(distortion, distortions));
        return { items, isWanted };
      });
      const selected = new SelectedItems(selections);
      return selected.count === 0 ? undefined : selected;
    };
    const train = part('train');
    if (!train) throw nothingToLearn(folder);
    return { manifest, train, held: part('val'), test: part('test'), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Lists the triplets of a data set.
 *
 * @throws LpipsError naming a file that is missing or damaged, or where there are too few references
 */
export async function listParts(
  data: string,
  splits: readonly Split[],
  options: Options,
): Promise<Parts<DistortionFolder<Triplet>[]>> {
  const { distortions, holdOut } = options;
  const scan = async (split: Split) => (splits.includes(split) ? await scanTriplets(data, split) : []);
  if (holdOut === undefined) {
    const train = await scanTriplets(data, 'train', distortions ? { distortions } : {});
    return { train, held: await scan('val'), test: await scan('test') };
  }
  checkHoldOut(holdOut, splits.includes('test'), data);
  const dealt: (Dealt & { readonly item: Triplet })[] = [];
  for (const split of ['train', 'val'] as const) {
    for (const { distortion, items } of await scan(split)) {
      for (const item of items) dealt.push({ split, distortion, reference: referenceOf(item), item });
    }
  }
  const roles = rolesOf(dealt, holdOut, choosesEpoch(options));
  tellUnused(roles, options);
  const part = (role: Role) => {
    const wanted = dealt.filter(
      ({ distortion }, index) =>
        roles[index] === role && (role !== 'train' || isAmong(distortion, distortions)),
    );
    const names = [...new Set(wanted.map(({ distortion }) => distortion))].sort();
    return names.map((distortion) => ({
      distortion,
      items: wanted.filter((one) => one.distortion === distortion).map(({ item }) => item),
    }));
  };
  const train = part('train');
  if (train.length === 0) throw nothingToLearn(data);
  return { train, held: part('val'), test: part('test') };
}

function dealtOf(split: Split, { groups, references }: PooledItems): Dealt[] {
  return groups.flatMap(({ distortion, first, count }) =>
    references.slice(first, first + count).map((reference) => ({ split, distortion, reference })),
  );
}

/** @throws LpipsError where the data set has a test split already */
function checkHoldOut(holdOut: HoldOut, hasTest: boolean, source: string): void {
  if ('folds' in holdOut || !hasTest) return;
  const why = `${source} has 2afc/test already`;
  throw cannot(
    'train',
    'set triplets of val aside',
    why,
    'Leave --test-share out: the final score is on test.',
  );
}

function tellUnused(roles: readonly Role[], { onWarning }: Options): void {
  const unused = roles.filter((role) => role === 'unused').length;
  if (unused === 0) return;
  onWarning?.(
    `${unused} triplets of train are left out, since they show references that are set aside for the test.`,
  );
}

function isAmong(distortion: string, distortions: readonly string[] | undefined): boolean {
  return distortions?.includes(distortion) ?? true;
}

function nothingToLearn(source: string): Error {
  return invalid(
    'train',
    'triplets to learn from',
    source,
    'none',
    'Name other distortions, or choose fewer folds.',
  );
}
