/**
 * @module
 * What a comparing command leaves out of a folder: noted on stderr, and in the JSON.
 */
import { join } from 'node:path';
import type { Terminal } from '../command-line/terminal.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import type { LeftOut } from '../images/list-images.js';
import { tellNote } from './report.js';

/** A note names so many files for each reason. */
const MOST_NAMED = 5;
/** And there are so many notes. */
const MOST_LINES = 10;

/** Paths in place of names. */
export function pathsOf(folder: string, leftOut: readonly LeftOut[]): LeftOutPath[] {
  return leftOut.map(({ name, reason }) => ({ path: join(folder, name), reason }));
}

/** The files of each reason in a line, without the note's end. */
export function describeLeftOut(leftOut: readonly LeftOutPath[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { path, reason } of leftOut) byReason.set(reason, [...(byReason.get(reason) ?? []), path]);
  return [...byReason].map(([reason, paths]) => {
    const named = paths.slice(0, MOST_NAMED).join(', ');
    const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
    return `${named}${more} ${paths.length === 1 ? 'is' : 'are'} left out: ${reason.replace(/\.$/, '')}`;
  });
}

/** Notes what is left out, a line for each reason. */
export function tellLeftOut(terminal: Terminal, leftOut: readonly LeftOutPath[]): void {
  const lines = describeLeftOut(leftOut);
  for (const line of lines.slice(0, MOST_LINES)) tellNote(terminal, line);
  const more = lines.length - MOST_LINES;
  if (more > 0) tellNote(terminal, `and more is left out for ${more} other reasons: --json has them all`);
}
