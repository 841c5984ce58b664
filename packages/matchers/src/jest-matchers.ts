/**
 * @module
 * The matchers for jest, which `jest.cts` loads outside the sandbox of the test file.
 */
import {
  comparisonFailureFiles,
  type RunningTest,
  snapshotFailureFiles,
  snapshotPath,
} from './beside-test-file.js';
import type { LookOptions } from './look-options.js';
import type { SnapshotOptions } from './matcher-types.js';
import { matchSnapshot, type UpdateRules } from './perceptual-snapshot.js';
import { type MatcherResult, matchReference } from './to-look-like.js';

/** What jest tells a matcher, as far as it is used. */
export interface JestState {
  readonly isNot?: boolean;
  readonly testPath?: string;
  readonly currentTestName?: string;
  /** Counts of the summary. Its mode and path have no public name: they are read where they are. */
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
  const files = comparisonFailureFiles(runningTest(this));
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
  const test = runningTest(this);
  const request = {
    name,
    path: snapshotPath(test, name, options?.snapshotDir),
    isNot,
    rules: updateRules(snapshotState),
    updateFlag: 'jest --updateSnapshot',
    files: snapshotFailureFiles(test, name),
  };
  const { status, ...result } = await matchSnapshot(image, request, options);
  if (snapshotState) snapshotState[status]++;
  return result;
}

/** Jest's mode, `_updateSnapshot`. Where a future version has none, nothing is written. */
function updateRules(snapshotState: object | undefined): UpdateRules {
  const mode: unknown = snapshotState && Reflect.get(snapshotState, '_updateSnapshot');
  return RULES[String(mode)] ?? { missing: 'fail', different: 'keep' };
}

function runningTest({ testPath, currentTestName, snapshotState }: JestState): RunningTest {
  if (testPath === undefined || currentTestName === undefined) {
    throw new Error('lpips-matchers: the matchers are called inside a test.');
  }
  const path: unknown = snapshotState && Reflect.get(snapshotState, '_snapshotPath');
  return {
    testPath,
    testName: currentTestName,
    ...(typeof path === 'string' && { textSnapshots: path }),
  };
}
