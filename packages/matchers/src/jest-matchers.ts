/**
 * @module
 * The matchers for jest, which `jest.cts` loads outside the sandbox of the test file.
 */
import { placeComparison, placeSnapshot, type RunningTest, runningTest } from './beside-test-file.js';
import type { SnapshotName } from './file-names.js';
import { type LookOptions, type SnapshotOptions, snapshotArguments } from './matcher-types.js';
import { matchSnapshot, type SnapshotStatus, type UpdateRules } from './perceptual-snapshot.js';
import { lookOptions, snapshotOptions } from './project-defaults.js';
import { type FinishedTest, sweepTestFile } from './sweep-test-file.js';
import { type MatcherResult, matchReference } from './to-look-like.js';

export { configurePerceptual } from './project-defaults.js';

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

/** A test of jest-circus. */
interface CircusTest {
  readonly type: 'test';
  readonly name: string;
  readonly mode?: string | null;
  readonly status?: string | null;
  readonly errors: readonly unknown[];
}

/** A `describe` of jest-circus, or all of a test file. */
export interface CircusBlock {
  readonly type: 'describeBlock';
  readonly name: string;
  readonly children: readonly (CircusTest | CircusBlock)[];
}

const RULES: Readonly<Record<string, UpdateRules>> = {
  all: { missing: 'write', different: 'write' },
  new: { missing: 'write', different: 'keep' },
  none: { missing: 'fail', different: 'keep' },
};

/** Test files whose end has come: `jest.resetModules` lets it come twice. */
const swept = new WeakSet<CircusBlock>();

/** As in `LookMatchers`, called by `expect.extend`. */
export async function toLookLike(
  this: JestState,
  image: unknown,
  reference: unknown,
  options?: LookOptions,
): Promise<MatcherResult> {
  const files = placeComparison(testOf(this));
  return await matchReference(image, reference, lookOptions(options), this.isNot === true, files);
}

/** As in `LookMatchers`, called by `expect.extend`. */
export async function toMatchPerceptualSnapshot(
  this: JestState,
  image: unknown,
  nameOrOptions?: SnapshotName | SnapshotOptions,
  options?: SnapshotOptions,
): Promise<MatcherResult> {
  const { snapshotState, isNot = false } = this;
  const { name, options: own } = snapshotArguments(nameOrOptions, options);
  const all = snapshotOptions(own);
  const request = {
    ...placeSnapshot(testOf(this), name, all.snapshotDir),
    isNot,
    rules: updateRules(snapshotState),
    updateFlag: 'jest --updateSnapshot',
  };
  const { status, ...result } = await matchSnapshot(image, request, all);
  count(this, status);
  return result;
}

/**
 * Ends a test file: its obsolete snapshots are added to those that jest has found, which it names and counts as removed.
 *
 * @param root the block around all tests of the file, as jest-circus has it; with another runner nothing is obsolete
 */
export async function finishTestFile(
  { testPath, snapshotState }: JestState,
  root: CircusBlock | undefined,
): Promise<void> {
  if (testPath === undefined || root === undefined || swept.has(root)) return;
  swept.add(root);
  const textSnapshots = textSnapshotsOf(snapshotState);
  const obsolete = await sweepTestFile({
    testPath,
    tests: testsIn(root, ''),
    isUpdating: modeOf(snapshotState) === 'all',
    ...(textSnapshots !== undefined && { textSnapshots }),
  });
  const unchecked: unknown = snapshotState && Reflect.get(snapshotState, '_uncheckedKeys');
  // A set of jest's own realm, which `instanceof` would not know.
  if (isAddable(unchecked)) for (const name of obsolete) unchecked.add(name);
}

function isAddable(value: unknown): value is { add(name: string): unknown } {
  return typeof value === 'object' && value !== null && 'add' in value && typeof value.add === 'function';
}

/** Full names are joined by spaces, as jest's are. */
function testsIn({ children }: CircusBlock, above: string): FinishedTest[] {
  return children.flatMap((child): FinishedTest[] => {
    const name = `${above} ${child.name}`.trim();
    if (child.type === 'describeBlock') return testsIn(child, name);
    const isOver = child.status === 'done' && child.mode !== 'skip' && child.mode !== 'todo';
    const outcome = !isOver ? 'skipped' : child.errors.length > 0 ? 'failed' : 'passed';
    return [{ name, outcome }];
  });
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
  return RULES[String(modeOf(snapshotState))] ?? { missing: 'fail', different: 'keep' };
}

function modeOf(snapshotState: object | undefined): unknown {
  return snapshotState && Reflect.get(snapshotState, '_updateSnapshot');
}

function textSnapshotsOf(snapshotState: object | undefined): string | undefined {
  const path: unknown = snapshotState && Reflect.get(snapshotState, '_snapshotPath');
  return typeof path === 'string' ? path : undefined;
}

function testOf({ testPath, currentTestName, currentTestIdentity, snapshotState }: JestState): RunningTest {
  const identity = currentTestIdentity?.();
  const isEntry = typeof identity === 'object' && identity !== null && 'invocations' in identity;
  return runningTest({
    runner: 'jest',
    testPath,
    testName: currentTestName,
    textSnapshots: textSnapshotsOf(snapshotState),
    identity,
    attempt: isEntry ? Number(identity.invocations) : 0,
  });
}
