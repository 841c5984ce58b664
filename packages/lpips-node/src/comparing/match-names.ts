/**
 * @module
 * Which image of one folder belongs to which of another: by the whole name, or by the name without its extension.
 */
import { extname } from 'node:path';

/** What two names must have in common. */
export const MATCHES = ['name', 'stem'] as const;

export type Match = (typeof MATCHES)[number];

/** How the names of two folders go together. */
export interface MatchedNames {
  /** In the order of the images. */
  readonly pairs: readonly (readonly [image: string, reference: string])[];
  /** Names that have no counterpart. */
  readonly images: readonly string[];
  readonly references: readonly string[];
  /** Names that have several counterparts, or share theirs: none is compared. */
  readonly ambiguous: {
    readonly images: readonly string[];
    readonly references: readonly string[];
  };
}

/** Pairs the names of two folders. */
export function matchNames(
  images: readonly string[],
  references: readonly string[],
  match: Match,
): MatchedNames {
  const keyOf = match === 'name' ? (name: string) => name : stemOf;
  const [ofImages, ofReferences] = [grouped(images, keyOf), grouped(references, keyOf)];
  const pairs: [string, string][] = [];
  const ambiguous = { images: [] as string[], references: [] as string[] };
  const alone: string[] = [];
  for (const [key, own] of ofImages) {
    const others = ofReferences.get(key) ?? [];
    const [image, reference] = [own[0], others[0]];
    if (image === undefined || reference === undefined) alone.push(...own);
    else if (own.length === 1 && others.length === 1) pairs.push([image, reference]);
    else {
      ambiguous.images.push(...own);
      ambiguous.references.push(...others);
    }
  }
  return {
    pairs,
    images: alone,
    references: references.filter((name) => !ofImages.has(keyOf(name))),
    ambiguous,
  };
}

/** What two names agree in but for one difference, from the smallest difference to the largest. */
const DIFFERENCES: readonly (readonly [
  difference: string,
  keyOf: (name: string) => string,
  advice: string,
])[] = [
  ['their Unicode form', (name) => name.normalize('NFC'), 'Rename one of them.'],
  ['upper and lower case', (name) => name.normalize('NFC').toLowerCase(), 'Rename one of them.'],
  ['their extension', (name) => stemOf(name).normalize('NFC').toLowerCase(), 'Pass --match stem.'],
  ['a suffix', (name) => withoutSuffix(stemOf(name)).normalize('NFC').toLowerCase(), 'Rename one of them.'],
];

/**
 * Looks among names without a counterpart for two that probably belong together.
 *
 * @returns a sentence or two, or an empty text where none are alike
 */
export function suggestMatch({ images, references }: Pick<MatchedNames, 'images' | 'references'>): string {
  for (const [difference, keyOf, advice] of DIFFERENCES) {
    const byKey = new Map(references.map((name) => [keyOf(name), name]));
    const alike = images.filter((name) => byKey.has(keyOf(name)));
    const [image] = alike;
    if (image === undefined) continue;
    const reference = byKey.get(keyOf(image)) ?? '';
    const more = alike.length === 1 ? '' : `, and ${alike.length - 1} more pairs,`;
    return `${image} and ${reference}${more} differ in ${difference} alone. ${advice}`;
  }
  return '';
}

function grouped(names: readonly string[], keyOf: (name: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(keyOf(name), [...(groups.get(keyOf(name)) ?? []), name]);
  return groups;
}

function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

/** `photo_restored` and `photo-x4` without what their makers added. Digits alone, as in `frame_12`, are no suffix. */
function withoutSuffix(stem: string): string {
  const [suffix = ''] = /[ ._-][^ ._/\\-]+$/.exec(stem) ?? [];
  return /\p{L}/u.test(suffix) ? stem.slice(0, stem.length - suffix.length) : stem;
}
