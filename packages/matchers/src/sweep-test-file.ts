/**
 * @module
 * What is left to do for vitest and jest when the tests of a file are over: pictures of failures that are none any more go,
 * and snapshots that no test has asked for are obsolete. A snapshot does not say which test it belongs to, so it is judged
 * only where every test of its file has run and passed.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import {
  DIFFS_FOLDER,
  diffsOf,
  isOfThisRun,
  snapshotFolder,
  type TestFileLog,
  takeLog,
} from './beside-test-file.js';
import { removeFailure, stemOf } from './failures/failure-files.js';
import { parseRecord, RECORD_SUFFIX } from './failures/failure-record.js';

/** A test of the file. */
export interface FinishedTest {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
}

/** A test file whose tests are over. */
export interface FinishedTestFile {
  readonly testPath: string;
  readonly textSnapshots?: string;
  readonly tests: readonly FinishedTest[];
  /** Whether the run updates snapshots, which removes the obsolete ones. */
  readonly isUpdating: boolean;
}

/** What a file is called that holds tests, so that a folder of this name held its snapshots. */
const TEST_FILE = /[.-](?:test|spec)\.[cm]?[jt]sx?$/;

/**
 * Removes pictures that nothing stands for, and with `isUpdating` obsolete snapshots.
 *
 * @returns names of the obsolete snapshots, for the runner's summary
 */
export async function sweepTestFile(file: FinishedTestFile): Promise<string[]> {
  const log = takeLog(file.testPath);
  await sweepPictures(file, log);
  if (file.tests.every(({ outcome }) => outcome === 'skipped')) return [];
  const obsolete = [
    ...(file.tests.every(({ outcome }) => outcome === 'passed') ? await obsoleteSnapshots(file, log) : []),
    ...(await snapshotsWithoutTestFile(file)),
  ];
  const folder = dirname(snapshotFolder(file));
  const names = obsolete.map((path) => relative(folder, path));
  if (file.isUpdating) {
    for (const path of obsolete) await rm(path, { force: true });
    const above = new Set(names.map((name) => name.split(sep)[0] ?? name));
    for (const name of above) await removeEmptyFolders(join(folder, name));
  }
  return names.map((name) => name.replaceAll(sep, '/'));
}

async function sweepPictures({ testPath, tests }: FinishedTestFile, log: TestFileLog): Promise<void> {
  const all = join(dirname(testPath), DIFFS_FOLDER);
  for (const record of await filesBelow(diffsOf(testPath), RECORD_SUFFIX)) {
    const name = await testOf(record);
    const outcomes = tests.filter((test) => test.name === name).map(({ outcome }) => outcome);
    const isStanding = outcomes.includes('failed') ? isOfThisRun(log, record) : outcomes.includes('skipped');
    if (!isStanding) await removeFailure(stemOf(record));
  }
  await removeEmptyFolders(diffsOf(testPath));
  for (const folder of await foldersIn(all)) {
    if (existsSync(join(dirname(testPath), folder))) continue;
    for (const record of await filesBelow(join(all, folder), RECORD_SUFFIX))
      await removeFailure(stemOf(record));
    await removeEmptyFolders(join(all, folder));
  }
}

async function obsoleteSnapshots(file: FinishedTestFile, { snapshots }: TestFileLog): Promise<string[]> {
  const kept = await filesBelow(snapshotFolder(file), '.png');
  return kept.filter((path) => !snapshots.has(path));
}

/** Snapshots of test files that are gone from the same folder. The first file there that has some names them, once. */
async function snapshotsWithoutTestFile(file: FinishedTestFile): Promise<string[]> {
  const { testPath } = file;
  const folder = snapshotFolder(file);
  if (folder !== join(dirname(testPath), '__snapshots__', basename(testPath))) return [];
  const folders = (await foldersIn(dirname(folder))).filter((name) => TEST_FILE.test(name)).sort();
  const isThere = (name: string) => existsSync(join(dirname(testPath), name));
  if (folders.find(isThere) !== basename(testPath)) return [];
  const gone = folders.filter((name) => !isThere(name));
  return (await Promise.all(gone.map((name) => filesBelow(join(dirname(folder), name), '.png')))).flat();
}

async function testOf(record: string): Promise<string | undefined> {
  try {
    return parseRecord(await readFile(record, 'utf8'), record).test;
  } catch {
    return undefined; // by another version, or half of one
  }
}

/** Paths of the files in a folder and below it whose names end in a certain way, in order. */
async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Removes a folder and those in it, where they hold no file. */
async function removeEmptyFolders(folder: string): Promise<void> {
  for (const name of await foldersIn(folder)) await removeEmptyFolders(join(folder, name));
  await rmdir(folder).catch(() => undefined); // it holds something, or another worker was faster
}
