/**
 * @module
 * The matchers for jest, which `jest.cts` loads outside the sandbox of the test file.
 */
import {
  comparisonFailureFiles,
  type RunningTest,
  runningTest,
  snapshotFailureFiles,
  snapshotPath,
} from './beside-test-file.js';
import type { LookOptions } from './look-options.js';
import type { SnapshotOptions } from './matcher-types.js';
import { matchSnapshot, type SnapshotStatus, type UpdateRules } from './perceptual-snapshot.js';
import { type MatcherResult, matchReference } from './to-look-like.js';

/** The part of what jest tells a matcher that is used here. */
export interface JestState {
  readonly isNot?: boolean;
  readonly testPath?: string;
  readonly currentTestName?: string;
  /** By which jest tells tests apart whose names agree. Since jest 30.5. */
  readonly currentTestIdentity?: () => unknown;
  /** Counts of the summary. Its mode and path are private, and are read by their names. */
  readonly snapshotState?: { added: number; updated: number; matched: number; unmatched: number };
}

const RULES: Readonly<Record<string, UpdateRules>> = {
  all: { missing: 'write', different: 'write' },
  new: { missing: 'write', different: 'keep' },
  none: { missing: 'fail', different: 'keep' },
};

/** As in `LookMatchers`, called by `expect.extend`. */
export async function toLookLike(
  this: JestState,
  image: unknown,
  reference: unknown,
  options?: LookOptions,
): Promise<MatcherResult> {
  const files = comparisonFailureFiles(testOf(this));
  return await matchReference(image, reference, options, this.isNot === true, files);
}

/** As in `LookMatchers`, called by `expect.extend`. */
export async function toMatchPerceptualSnapshot(
  this: JestState,
  image: unknown,
  name: string,
  options?: SnapshotOptions,
): Promise<MatcherResult> {
  const { snapshotState, isNot = false } = this;
  const test = testOf(this);
  const request = {
    name,
    path: snapshotPath(test, name, options?.snapshotDir),
    isNot,
    rules: updateRules(snapshotState),
    updateFlag: 'jest --updateSnapshot',
    files: snapshotFailureFiles(test, name),
  };
  const { status, ...result } = await matchSnapshot(image, request, options);
  count(this, status);
  return result;
}

/** Counts a snapshot as jest does, so that `jest.retryTimes` takes back what an attempt counted before the next one. */
function count({ snapshotState, currentTestIdentity }: JestState, status: SnapshotStatus): void {
  if (!snapshotState) return;
  const increment: unknown = Reflect.get(snapshotState, '_incrementSnapshotCount');
  if (typeof increment === 'function') increment.call(snapshotState, status, currentTestIdentity?.());
  else snapshotState[status]++;
}

/** The rules of jest's mode, `_updateSnapshot`. Where a future version has no such mode, nothing is written. */
function updateRules(snapshotState: object | undefined): UpdateRules {
  const mode: unknown = snapshotState && Reflect.get(snapshotState, '_updateSnapshot');
  return RULES[String(mode)] ?? { missing: 'fail', different: 'keep' };
}

function testOf({ testPath, currentTestName, snapshotState }: JestState): RunningTest {
  const path: unknown = snapshotState && Reflect.get(snapshotState, '_snapshotPath');
  return runningTest(testPath, currentTestName, path);
}
