/**
 * @module
 * Names of tensors in a sentence.
 */

/** Names that a sentence lists. */
const LISTED_NAMES = 5;

/** All of a few names, else the first and how many there are. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, LISTED_NAMES).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
