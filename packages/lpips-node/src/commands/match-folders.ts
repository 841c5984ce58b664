/**
 * @module
 * The images of a folder, each with the one of the same name in another.
 */
import { join } from 'node:path';
import { invalid } from 'lpips-core';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { type Match, matchNames, suggestMatch } from '../comparing/match-names.js';
import { surveyFolder } from '../images/list-images.js';
import { describeLeftOut, pathsOf } from './left-out.js';

/** Two folders, and how their images are matched. */
export interface FoldersToMatch {
  readonly dir: string;
  readonly referenceDir: string;
  readonly match: Match;
  /** Whether folders inside are entered. */
  readonly recursive: boolean;
}

/** The images of two folders that belong together. */
export interface MatchedFolders {
  /** Names in the folders. */
  readonly pairs: readonly (readonly [image: string, reference: string])[];
  /** Images that only one folder has. */
  readonly missing: readonly string[];
  readonly leftOut: LeftOutPath[];
  readonly suggestion: string;
}

/**
 * The names of the images that belong together, in natural order, and the paths of all others.
 *
 * @param command which refuses, as its user types it
 * @throws LpipsError where none belong together
 */
export async function matchFolders(
  command: string,
  { dir, referenceDir, match, recursive }: FoldersToMatch,
): Promise<MatchedFolders> {
  const images = await surveyFolder(dir, { recursive });
  const references = await surveyFolder(referenceDir, { recursive });
  const matched = matchNames(images.images, references.images, match);
  const reason = 'several images have this name but for the extension';
  const ambiguous = (names: readonly string[]) => names.map((name) => ({ name, reason }));
  const leftOut = [
    ...pathsOf(dir, [...images.leftOut, ...ambiguous(matched.ambiguous.images)]),
    ...pathsOf(referenceDir, [...references.leftOut, ...ambiguous(matched.ambiguous.references)]),
  ];
  const suggestion = suggestMatch(matched);
  if (matched.pairs.length === 0) {
    const got = `none of ${images.images.length} and ${references.images.length} images`;
    const requirement = `images of the same names as in ${referenceDir}`;
    const sentences = describeLeftOut(leftOut).map((line) => `${line}.`);
    if (suggestion !== '') sentences.unshift(suggestion);
    const advice = sentences.length > 0 ? sentences.join(' ') : 'Rename them, or check the folders.';
    throw invalid(command, requirement, dir, got, advice);
  }
  const missing = [
    ...matched.images.map((name) => join(dir, name)),
    ...matched.references.map((name) => join(referenceDir, name)),
  ];
  return { pairs: matched.pairs, missing, leftOut, suggestion };
}
