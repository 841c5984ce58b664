/**
 * @module
 * Registers the matchers with vitest: `import 'lpips-matchers/vitest'` in a test or among `setupFiles`.
 */
import { expect } from 'vitest';
import {
  comparisonFailureFiles,
  type RunningTest,
  runningTest,
  snapshotFailureFiles,
  snapshotPath,
} from './beside-test-file.js';
import type { LookOptions } from './look-options.js';
import type { LookMatchers, SnapshotOptions } from './matcher-types.js';
import { matchSnapshot, type UpdateRules } from './perceptual-snapshot.js';
import { matchReference } from './to-look-like.js';

type MatcherState = ReturnType<typeof expect.getState>;

declare module 'vitest' {
  interface Matchers<T> extends LookMatchers {}
}

const RULES: Readonly<Record<MatcherState['snapshotState']['snapshotUpdateState'], UpdateRules>> = {
  all: { missing: 'write', different: 'write' },
  new: { missing: 'write', different: 'keep' },
  none: { missing: 'fail', different: 'keep' },
};

expect.extend({
  async toLookLike(this: MatcherState, image: unknown, reference: unknown, options?: LookOptions) {
    const files = comparisonFailureFiles(testOf(this));
    return await matchReference(image, reference, options, isNegated(this), files);
  },
  async toMatchPerceptualSnapshot(
    this: MatcherState,
    image: unknown,
    name: string,
    options?: SnapshotOptions,
  ) {
    const { snapshotState, task } = this;
    const test = testOf(this);
    const request = {
      name,
      path: snapshotPath(test, name, options?.snapshotDir),
      isNot: isNegated(this),
      rules: RULES[snapshotState.snapshotUpdateState],
      updateFlag: 'vitest --update',
      files: snapshotFailureFiles(test, name),
    };
    const { status, ...result } = await matchSnapshot(image, request, options);
    snapshotState[status].increment(task?.id ?? test.testName);
    return result;
  },
});

/** Without `.not`, vitest leaves `isNot` undefined, although its type is boolean. */
function isNegated({ isNot }: MatcherState): boolean {
  return isNot === true;
}

function testOf({ testPath, currentTestName, snapshotState }: MatcherState): RunningTest {
  return runningTest(testPath, currentTestName, snapshotState.snapshotPath);
}
