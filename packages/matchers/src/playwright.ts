/**
 * @module
 * Registers the matchers with Playwright Test: `import 'lpips-matchers/playwright'` in a test or a fixture file.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ExpectMatcherState, expect, type TestInfo, test } from '@playwright/test';
import { cannot } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import { checkSnapshotName } from './beside-test-file.js';
import type { LookOptions } from './look-options.js';
import type { LookMatchers, SnapshotOptions } from './matcher-types.js';
import { matchSnapshot, type UpdateRules } from './perceptual-snapshot.js';
import { type FailureFiles, matchReference } from './to-look-like.js';

declare global {
  namespace PlaywrightTest {
    interface Matchers<R, T = unknown> extends LookMatchers {}
  }
}

/** What `--update-snapshots` and `updateSnapshots` mean, as for Playwright's own snapshots. */
const RULES: Readonly<Record<TestInfo['config']['updateSnapshots'], UpdateRules>> = {
  all: { missing: 'write', different: 'write', alike: 'write' },
  changed: { missing: 'write', different: 'write' },
  missing: { missing: 'write', different: 'keep' },
  default: { missing: 'write and fail', different: 'keep' },
  none: { missing: 'fail', different: 'keep' },
};

/** How many comparisons each test has made so far, which numbers their pictures. */
const comparisons = new WeakMap<TestInfo, number>();

expect.extend({
  async toLookLike(this: ExpectMatcherState, image: unknown, reference: unknown, options?: LookOptions) {
    const info = test.info();
    const count = (comparisons.get(info) ?? 0) + 1;
    comparisons.set(info, count);
    return await matchReference(
      image,
      reference,
      options,
      this.isNot,
      outputFiles(info, `comparison-${count}`),
    );
  },
  async toMatchPerceptualSnapshot(
    this: ExpectMatcherState,
    image: unknown,
    name: string,
    options?: SnapshotOptions,
  ) {
    const info = test.info();
    const { isNot } = this;
    if (info.project.ignoreSnapshots) return { pass: !isNot, message: () => '' };
    if (options?.snapshotDir !== undefined) {
      const advice = 'Set snapshotDir or snapshotPathTemplate in the configuration of Playwright.';
      const what = `keep a snapshot in snapshotDir "${options.snapshotDir}"`;
      throw cannot('toMatchPerceptualSnapshot', what, 'Playwright decides where snapshots lie', advice);
    }
    const stem = checkSnapshotName(name);
    const rules = RULES[info.config.updateSnapshots];
    const request = {
      name,
      path: info.snapshotPath(`${stem}.png`, { kind: 'screenshot' }),
      isNot,
      rules,
      updateFlag: 'playwright test --update-snapshots',
      files: outputFiles(info, stem),
    };
    const { status, ...result } = await matchSnapshot(image, request, options);
    // A retry would find the snapshot that the first attempt wrote, and pass.
    return status === 'added' && rules.missing === 'write and fail'
      ? { ...result, shouldNotRetryTest: true }
      : result;
  },
});

/** Files in the output folder of the test, attached to its report. By their names the report shows the three as one. */
function outputFiles(info: TestInfo, stem: string): FailureFiles {
  const write = async (kind: 'expected' | 'actual' | 'diff', png: Uint8Array): Promise<string> => {
    const name = `${stem}-${kind}.png`;
    const path = info.outputPath(name);
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, png);
    await info.attach(name, { path, contentType: 'image/png' });
    return path;
  };
  return {
    keepDifference: async (picture, sources) => {
      const { expected, actual } = await sources();
      await write('expected', expected);
      await write('actual', actual);
      return await write('diff', picture);
    },
    keepActual: (png) => write('actual', png),
    clear: async () => {}, // Playwright empties the folder before each run
  };
}
