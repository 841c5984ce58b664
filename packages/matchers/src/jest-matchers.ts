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
import { matchSnapshot, type UpdateRules } from './perceptual-snapshot.js';
import { type MatcherResult, matchReference } from './to-look-like.js';

/** The part of what jest tells a matcher that is used here. */
export interface JestState {
  readonly isNot?: boolean;
  readonly testPath?: string;
  readonly currentTestName?: string;
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
  if (snapshotState) snapshotState[status]++;
  return result;
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
