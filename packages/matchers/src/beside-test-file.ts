/**
 * @module
 * Where vitest and jest keep the files of a test. Snapshots are in a folder in the runner's own `__snapshots__`, and
 * pictures of failures in `__perceptual_diffs__` beside the test file. Both have a folder for each test file.
 */
import { basename, dirname, join, resolve } from 'node:path';
import { cannot } from 'lpips-core';
import { type FailureFiles, failureFiles, stemOf } from './failures/failure-files.js';
import { RECORD_SUFFIX } from './failures/failure-record.js';
import { automaticFileName, type SnapshotName, snapshotFileName, testFileName } from './file-names.js';

/** What the runner knows about the test that is running. */
export interface RunningTest {
  readonly runner: string;
  /** Path of its file. */
  readonly testPath: string;
  /** Its full name. */
  readonly testName: string;
  /** Path of the text snapshots of the file, where the runner states one. */
  readonly textSnapshots?: string;
  /** What the runner tells tests apart by whose names agree. */
  readonly identity?: unknown;
  /** Which try of the test this is, where the runner tries again. Default 0. */
  readonly attempt?: number | string;
}

/** A snapshot of a running test. */
export interface PlacedSnapshot {
  /** What the test calls it; empty where it has no name of its own. */
  readonly name: string;
  readonly path: string;
  readonly files: FailureFiles;
}

/** What the matchers were asked for in a test file, up to now. */
export interface TestFileLog {
  /** Paths of the snapshots. */
  readonly snapshots: Set<string>;
  /** Paths with which the files of comparisons begin. */
  readonly stems: Set<string>;
  readonly tests: Map<string, NamesakeTests>;
}

/** Tests of one name, in the order in which they came. */
type NamesakeTests = {
  readonly identity: unknown;
  attempt: number | string;
  comparisons: number;
  automatic: number;
}[];

/** Folder of the pictures, beside a test file. */
export const DIFFS_FOLDER = '__perceptual_diffs__';

const logs = new Map<string, TestFileLog>();

/** @throws LpipsError outside a test */
export function runningTest(
  state: Omit<RunningTest, 'testPath' | 'testName' | 'textSnapshots'> & {
    readonly testPath: string | undefined;
    readonly testName: string | undefined;
    readonly textSnapshots: unknown;
  },
): RunningTest {
  const { testPath, testName, textSnapshots, ...rest } = state;
  if (testPath === undefined || testName === undefined) {
    throw cannot(
      'lpips-matchers',
      'compare images',
      'no test is running',
      'Call the matchers inside a test.',
    );
  }
  return { ...rest, testPath, testName, ...(typeof textSnapshots === 'string' && { textSnapshots }) };
}

/** Where the next comparison of a test leaves its files if it fails. */
export function placeComparison(test: RunningTest): FailureFiles {
  const { log, counts, testName } = entryOf(test);
  counts.comparisons++;
  const stem = join(diffsOf(test.testPath), 'comparisons', `${testFileName(testName)}-${counts.comparisons}`);
  log.stems.add(stem);
  return failureFiles(stem, ownerOf(test));
}

/**
 * Where a snapshot lies, and where its failure leaves its files.
 *
 * @param name undefined for the next automatic one of the test
 * @throws LpipsError for a name that is none
 */
export function placeSnapshot(
  test: RunningTest,
  name: SnapshotName | undefined,
  snapshotDir: string | undefined,
): PlacedSnapshot {
  const { log, counts, testName } = entryOf(test);
  const file = name === undefined ? automaticFileName(testName, ++counts.automatic) : snapshotFileName(name);
  const folder = snapshotDir === undefined ? snapshotFolder(test) : resolve(snapshotDir);
  const path = join(folder, `${file}.png`);
  const shownName = typeof name === 'string' ? name : (name ?? []).join('/');
  const stem = join(diffsOf(test.testPath), 'snapshots', file);
  log.snapshots.add(path);
  log.stems.add(stem);
  const snapshot = { name: shownName === '' ? basename(file) : shownName, path };
  return { name: shownName, path, files: failureFiles(stem, { ...ownerOf(test), snapshot }) };
}

/** Folder of the snapshots of a test file. */
export function snapshotFolder({ testPath, textSnapshots }: Pick<RunningTest, 'testPath' | 'textSnapshots'>) {
  return textSnapshots
    ? textSnapshots.replace(/\.snap$/, '')
    : join(dirname(testPath), '__snapshots__', basename(testPath));
}

/** Folder of the pictures of a test file. */
export function diffsOf(testPath: string): string {
  return join(dirname(testPath), DIFFS_FOLDER, basename(testPath));
}

/** Takes out what is known of a test file, when its tests are over. */
export function takeLog(testPath: string): TestFileLog {
  const log = logOf(testPath);
  logs.delete(testPath);
  return log;
}

/** Whether a record is one that this run wrote. */
export function isOfThisRun({ stems }: TestFileLog, record: string): boolean {
  return record.endsWith(RECORD_SUFFIX) && stems.has(stemOf(record));
}

function logOf(testPath: string): TestFileLog {
  const log = logs.get(testPath) ?? { snapshots: new Set(), stems: new Set(), tests: new Map() };
  logs.set(testPath, log);
  return log;
}

/** Counts of a test. They begin anew with each attempt. A second test of the same name gets another one for its files. */
function entryOf({ testPath, testName, identity, attempt = 0 }: RunningTest) {
  const log = logOf(testPath);
  const namesakes: NamesakeTests = log.tests.get(testName) ?? [];
  log.tests.set(testName, namesakes);
  let counts = namesakes.find((one) => one.identity === identity);
  if (!counts) {
    counts = { identity, attempt, comparisons: 0, automatic: 0 };
    namesakes.push(counts);
  }
  if (counts.attempt !== attempt) Object.assign(counts, { attempt, comparisons: 0, automatic: 0 });
  const place = namesakes.indexOf(counts);
  return { log, counts, testName: place === 0 ? testName : `${testName}\0${place}` };
}

function ownerOf({ runner, testName, testPath }: RunningTest) {
  return { runner, test: testName, testFile: testPath };
}
