/**
 * @module
 * Registers the matchers with vitest: `import 'lpips-matchers/vitest'` in a test or among `setupFiles`.
 */
import * as vitest from 'vitest';
import { afterAll, expect, type RunnerTestCase, type RunnerTestFile, type RunnerTestSuite } from 'vitest';
import { placeComparison, placeSnapshot, type RunningTest, runningTest } from './beside-test-file.js';
import type { SnapshotName } from './file-names.js';
import {
  type LookMatchers,
  type LookOptions,
  type SnapshotOptions,
  snapshotArguments,
} from './matcher-types.js';
import { matchSnapshot, type UpdateRules } from './perceptual-snapshot.js';
import { lookOptions, snapshotOptions } from './project-defaults.js';
import { type FinishedTest, sweepTestFile } from './sweep-test-file.js';
import { matchReference } from './to-look-like.js';

export { configurePerceptual } from './project-defaults.js';

type MatcherState = ReturnType<typeof expect.getState>;
type SnapshotState = MatcherState['snapshotState'];

declare module 'vitest' {
  interface Matchers<T> extends LookMatchers {}
}

const RULES: Readonly<Record<SnapshotState['snapshotUpdateState'], UpdateRules>> = {
  all: { missing: 'write', different: 'write' },
  new: { missing: 'write', different: 'keep' },
  none: { missing: 'fail', different: 'keep' },
};

/** Test files in which a matcher was called, and the state of their snapshots. */
const files = new WeakMap<object, SnapshotState>();
/** Test files whose end has come. */
const swept = new WeakSet<object>();

expect.extend({
  async toLookLike(this: MatcherState, image: unknown, reference: unknown, options?: LookOptions) {
    const kept = placeComparison(testOf(this));
    return await matchReference(image, reference, lookOptions(options), isNegated(this), kept);
  },
  async toMatchPerceptualSnapshot(
    this: MatcherState,
    image: unknown,
    nameOrOptions?: SnapshotName | SnapshotOptions,
    options?: SnapshotOptions,
  ) {
    const { snapshotState, task } = this;
    const test = testOf(this);
    const { name, options: own } = snapshotArguments(nameOrOptions, options);
    const all = snapshotOptions(own);
    const request = {
      ...placeSnapshot(test, name, all.snapshotDir),
      isNot: isNegated(this),
      rules: RULES[snapshotState.snapshotUpdateState],
      updateFlag: 'vitest --update',
    };
    const { status, ...result } = await matchSnapshot(image, request, all);
    snapshotState[status].increment(task?.id ?? test.testName);
    return result;
  },
});

// Without `isolate`, this module is loaded for the first test file alone: the matchers ask for the end of the others.
// Vitest reads fixtures from the parameters of a function, and a bound one shows none.
if (expect.getState().currentTestName === undefined) afterAll(finishOne.bind(undefined));

/** Without `.not`, vitest leaves `isNot` undefined, although its type is boolean. */
function isNegated({ isNot }: MatcherState): boolean {
  return isNot === true;
}

function testOf({ testPath, currentTestName, snapshotState, task }: MatcherState): RunningTest {
  if (task) expectEnd(task.file, snapshotState);
  const { retryCount = 0, repeatCount = 0 } = task?.result ?? {};
  return runningTest({
    runner: 'vitest',
    testPath,
    testName: currentTestName,
    textSnapshots: snapshotState.snapshotPath,
    identity: task?.id,
    attempt: `${repeatCount}.${retryCount}`,
  });
}

function expectEnd(file: RunnerTestFile, snapshotState: SnapshotState): void {
  if (!files.has(file)) hooksOf(file)?.afterAll.push(() => finish(file));
  files.set(file, snapshotState);
}

/** Finishes the test file of a suite, which vitest 4.1 hands over behind a context, and 4.0 alone. */
async function finishOne(...given: readonly unknown[]): Promise<void> {
  const suites = given.filter((one): one is RunnerTestSuite => {
    return typeof one === 'object' && one !== null && 'file' in one;
  });
  if (suites[0]) await finish(suites[0].file);
}

/** Hooks of a test file, which vitest 4.1 gives. */
function hooksOf(
  file: RunnerTestFile,
): { afterAll: { push(hook: () => Promise<void>): unknown } } | undefined {
  const { TestRunner }: { TestRunner?: Pick<typeof vitest.TestRunner, 'getSuiteHooks'> } = vitest;
  return TestRunner?.getSuiteHooks(file);
}

/** Adds what is obsolete to what vitest has found itself, which it names, fails on in CI, and counts as removed. */
async function finish(file: RunnerTestFile): Promise<void> {
  if (swept.has(file)) return;
  swept.add(file);
  // The type of the second says nothing of a file in which no test has run.
  const snapshotState: SnapshotState | undefined = files.get(file) ?? expect.getState().snapshotState;
  const obsolete = await sweepTestFile({
    testPath: file.filepath,
    tests: testsIn(file),
    isUpdating: snapshotState?.snapshotUpdateState === 'all',
    ...(snapshotState && { textSnapshots: snapshotState.snapshotPath }),
  });
  const unchecked: unknown = snapshotState && Reflect.get(snapshotState, '_uncheckedKeys');
  if (unchecked instanceof Set) for (const name of obsolete) unchecked.add(name);
}

/** Full names are joined as vitest joins them. */
function testsIn({ tasks }: RunnerTestSuite | RunnerTestFile, above = ''): FinishedTest[] {
  return tasks.flatMap((task) => {
    const name = above + task.name;
    return task.type === 'suite' ? testsIn(task, `${name} > `) : [{ name, outcome: outcomeOf(task) }];
  });
}

function outcomeOf({ mode, result }: RunnerTestCase): FinishedTest['outcome'] {
  if (mode !== 'run') return 'skipped';
  if (result?.state === 'fail') return 'failed';
  return result?.state === 'pass' ? 'passed' : 'skipped';
}
