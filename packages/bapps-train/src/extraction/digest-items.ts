/**
 * @module
 * Digests of items: their names, their judgements, and every byte of their images. On a local disk they take no longer than
 * the sizes of the files would.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { at } from 'lpips-core';
import { groupName, type Pair, type Triplet } from '../data-set/layout.js';
import { faultOf } from '../files/read-file.js';
import { readRegularFileSync } from '../files/regular-file.js';
import { MOST_IMAGE_BYTES } from './decode-levels.js';
import { imagesOf, judgementOf, type ListedGroup } from './list-items.js';

/** Items between two moments at which other work may go on. */
const ITEMS_AT_ONCE = 250;

/**
 * The sha256 of some items, in their order.
 *
 * @throws LpipsError naming an image that cannot be read
 */
export function digestOfItems(items: readonly (Triplet | Pair)[]): string {
  const hash = createHash('sha256');
  for (const item of items) {
    hash.update(`${JSON.stringify([item.name, judgementOf(item)])}\n`);
    for (const path of imagesOf(item)) {
      const bytes = readImage(path);
      hash.update(`${bytes.length}\n`).update(bytes);
    }
  }
  return hash.digest('hex');
}

/**
 * The digests of items, so many of them at a time.
 *
 * @throws LpipsError as `digestOfItems`
 */
export async function contentsOf(
  items: readonly (Triplet | Pair)[],
  itemsPerDigest: number,
): Promise<string[]> {
  const digests: string[] = [];
  for (let start = 0; start < items.length; start += itemsPerDigest) {
    digests.push(digestOfItems(items.slice(start, start + itemsPerDigest)));
    await setImmediate();
  }
  return digests;
}

/**
 * The sha256 of whole groups.
 *
 * @throws LpipsError as `digestOfItems`
 */
export async function digestOfGroups(groups: readonly ListedGroup[]): Promise<string> {
  const hash = createHash('sha256');
  for (const group of groups) {
    const contents = await contentsOf(group.entries, ITEMS_AT_ONCE);
    hash.update(`${JSON.stringify([groupName(group), ...contents])}\n`);
  }
  return hash.digest('hex');
}

/** Digits of the digest of a reference, of which a data set has a hundred thousand. */
const REFERENCE_DIGITS = 16;

/**
 * The first digits of the sha256 of an item's reference (p0 of a pair): items that show the same one have the same.
 *
 * @throws LpipsError if it cannot be read
 */
export function referenceOf(item: Triplet | Pair): string {
  const bytes = readImage(at(imagesOf(item), 0));
  return createHash('sha256').update(bytes).digest('hex').slice(0, REFERENCE_DIGITS);
}

function readImage(path: string): Buffer {
  try {
    return readRegularFileSync(path, MOST_IMAGE_BYTES);
  } catch (error) {
    throw faultOf(path, error, { where: 'extract', what: 'an image', mostBytes: MOST_IMAGE_BYTES });
  }
}
