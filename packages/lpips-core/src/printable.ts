/**
 * @module
 * Text from files, archives and servers as it may be shown to people: a name cannot move the cursor, end a line or turn the
 * direction of writing, and so cannot pass for text of this project.
 */

/** Control characters, ends of lines, halves of surrogate pairs, and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Most characters of a message: a screen of 80 columns has fewer than 24 lines of it. */
const LONGEST = 1600;
/** What is kept of the end of a longer one. */
const END = 400;

/** @returns the text with `\x1b` or `\u202e` in place of each character that is not shown as itself */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** @returns the text as `printable` gives it, without its middle where it is longer than a screen */
export function printableMessage(text: string): string {
  const shown = printable(text);
  return shown.length <= LONGEST ? shown : `${shown.slice(0, LONGEST - END)} … ${shown.slice(-END)}`;
}
