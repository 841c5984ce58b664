/**
 * @module
 * Where vitest and jest keep the files of a test. Snapshots are in a folder in the runner's own `__snapshots__`, and
 * pictures of failures in `__perceptual_diffs__` beside the test file. Both have a folder for each test file.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { cannot, invalid } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import type { FailureFiles } from './to-look-like.js';

/** What the runner knows about the test that is running. */
export interface RunningTest {
  /** Path of its file. */
  readonly testPath: string;
  /** Its full name. */
  readonly testName: string;
  /** Path of the text snapshots of the file, where the runner states one. */
  readonly textSnapshots?: string;
}

/** Folder of the pictures, beside a test file. */
const DIFFS_FOLDER = '__perceptual_diffs__';
/** Longest name of a picture without its digest, in characters: 4 bytes each at most, of 255 that file systems take. */
const LONGEST_NAME = 50;
/** Hexadecimal digits that tell apart tests whose names have the same words. */
const DIGEST_LENGTH = 8;

/** How many comparisons each test has made so far, which numbers their pictures. */
const comparisons = new Map<string, number>();

/**
 * @param textSnapshots path of the text snapshots of the file, where the runner states one
 * @throws LpipsError outside a test
 */
export function runningTest(
  testPath: string | undefined,
  testName: string | undefined,
  textSnapshots: unknown,
): RunningTest {
  if (testPath === undefined || testName === undefined) {
    throw cannot(
      'lpips-matchers',
      'compare images',
      'no test is running',
      'Call the matchers inside a test.',
    );
  }
  return { testPath, testName, ...(typeof textSnapshots === 'string' && { textSnapshots }) };
}

/** Path of a snapshot. */
export function snapshotPath(
  { testPath, textSnapshots }: RunningTest,
  name: string,
  snapshotDir: string | undefined,
): string {
  const stem = checkSnapshotName(name);
  if (snapshotDir !== undefined) return join(resolve(snapshotDir), `${stem}.png`);
  const folder = textSnapshots
    ? textSnapshots.replace(/\.snap$/, '')
    : join(dirname(testPath), '__snapshots__', basename(testPath));
  return join(folder, `${stem}.png`);
}

/** Where a snapshot that fails leaves its files. */
export function snapshotFailureFiles({ testPath }: RunningTest, name: string): FailureFiles {
  return failureFiles(testPath, checkSnapshotName(name));
}

/** Where the next comparison of a test leaves its files if it fails. */
export function comparisonFailureFiles({ testPath, testName }: RunningTest): FailureFiles {
  const key = `${testPath}\n${testName}`;
  const count = (comparisons.get(key) ?? 0) + 1;
  comparisons.set(key, count);
  return failureFiles(testPath, `${fileNameOf(testName)}-${count}`);
}

/**
 * @returns the name without `.png`
 * @throws LpipsError unless it is a relative path that stays in its folder
 */
export function checkSnapshotName(name: unknown): string {
  const stem = typeof name === 'string' ? name.replace(/\.png$/i, '') : '';
  const isInside = stem
    .split(/[/\\]/)
    .every((part) => /^[^<>:"|?*\p{Cc}]+$/u.test(part) && part !== '.' && part !== '..');
  if (isInside) return stem;
  const requirement = 'a file name, such as home or pages/home,';
  throw invalid('toMatchPerceptualSnapshot', requirement, 'name', JSON.stringify(name) ?? String(name));
}

function failureFiles(testPath: string, stem: string): FailureFiles {
  const folder = join(dirname(testPath), DIFFS_FOLDER, basename(testPath));
  const pathOf = (kind: string) => join(folder, `${stem}-${kind}.png`);
  const write = async (path: string, png: Uint8Array): Promise<string> => {
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, png);
    return path;
  };
  return {
    keepDifference: (picture) => write(pathOf('diff'), picture),
    keepActual: (png) => write(pathOf('actual'), png),
    clear: async () => {
      await Promise.all(['diff', 'actual'].map((kind) => rm(pathOf(kind), { force: true })));
    },
  };
}

/** Words with hyphens between them. A name that is made of more, or too long, gets a digest, so that no other test has it. */
function fileNameOf(testName: string): string {
  const words = testName.normalize('NFC');
  const plain = words
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, LONGEST_NAME);
  if (plain === words.replaceAll(' ', '-') && !words.includes('-')) return plain;
  const digest = createHash('sha256').update(words).digest('hex').slice(0, DIGEST_LENGTH);
  return `${plain || 'test'}-${digest}`;
}
