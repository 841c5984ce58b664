/**
 * @module
 * Names of files for whatever tests and snapshots are called. A plain name is its own file. Any other, which a file system
 * could refuse or take for another one, becomes its words and a digest of the whole name. No plain name ends like that, so
 * two names never share a file, on file systems that ignore case too.
 */
import { createHash } from 'node:crypto';
import { invalid } from 'lpips-core';

/** Most characters of the words before a digest: 4 bytes each at most, of 255 that file systems take. */
const MOST_WORDS = 50;
/** Most bytes of a plain name, which leaves room for what stands behind it. */
const MOST_BYTES = 200;
/** Hexadecimal digits of a digest. */
const DIGEST_LENGTH = 8;

/** Names that Windows keeps for devices, whatever follows their first dot. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)/iu;
/** Separators, what Windows forbids, and what is not printed as itself. */
const FORBIDDEN = /[<>:"|?*/\\\p{C}\p{Zl}\p{Zp}]/u;
/** How the names of digests and of automatic snapshots end. */
const RESERVED_END = /-[0-9a-f]{8}$|\.\d+$/u;

/** Name of a snapshot: file names with `/` between them, or a list of them. With or without `.png` at the end. */
export type SnapshotName = string | readonly string[];

/**
 * The path of a snapshot below its folder, without `.png`.
 *
 * @throws LpipsError unless the name has one part or more, none of which is empty, `.` or `..`
 */
export function snapshotFileName(name: unknown): string {
  const parts = partsOf(name);
  const isInside = parts.length > 0 && parts.every((part) => !['', '.', '..'].includes(part));
  if (isInside) return parts.map(fileNameOf).join('/');
  const requirement = 'a file name, such as home or pages/home,';
  throw invalid('toMatchPerceptualSnapshot', requirement, 'name', JSON.stringify(name) ?? String(name));
}

/** The path of the snapshot that a test takes without a name, as `snapshotFileName` gives it. `count` begins with 1. */
export function automaticFileName(testName: string, count: number): string {
  return `${testFileName(testName)}.${count}`;
}

/** What the files of a test are called: its words with hyphens between them, where that is its whole name. */
export function testFileName(testName: string): string {
  const name = testName.includes('-') ? '' : testName.replaceAll(' ', '-');
  return name === wordsOf(testName) && isPlain(name) ? name : withDigest(testName);
}

function fileNameOf(part: string): string {
  return isPlain(part) ? part : withDigest(part);
}

function isPlain(name: string): boolean {
  return (
    name !== '' &&
    !FORBIDDEN.test(name) &&
    !DEVICE.test(name) &&
    !RESERVED_END.test(name) &&
    !/^[ .]|[ .]$/u.test(name) &&
    name === name.normalize('NFC') &&
    name === name.toUpperCase().toLowerCase() &&
    Buffer.byteLength(name) <= MOST_BYTES
  );
}

function withDigest(name: string): string {
  // In UTF-16, halves of surrogate pairs are told apart too.
  const digest = createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex');
  return `${wordsOf(name) || 'name'}-${digest.slice(0, DIGEST_LENGTH)}`;
}

function wordsOf(name: string): string {
  const words = name
    .normalize('NFC')
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return Array.from(words).slice(0, MOST_WORDS).join(''); // no half of a surrogate pair
}

function partsOf(name: unknown): readonly string[] {
  if (typeof name === 'string') return withoutExtension(name).split(/[/\\]/);
  if (!Array.isArray(name) || !name.every((part): part is string => typeof part === 'string')) return [];
  return name.map((part, index) => (index === name.length - 1 ? withoutExtension(part) : part));
}

function withoutExtension(name: string): string {
  return name.replace(/\.png$/i, '');
}
