/**
 * @module
 * Registers the matchers with Playwright Test: `import 'lpips-matchers/playwright'` in a test or a fixture file.
 */
import { join } from 'node:path';
import { type ExpectMatcherState, expect, type TestInfo, test } from '@playwright/test';
import { cannot, invalid } from 'lpips-core';
import { type FailureFiles, type FailureOwner, failureFiles } from './failures/failure-files.js';
import { automaticFileName, type SnapshotName, snapshotFileName } from './file-names.js';
import { type LookMatchers, snapshotArguments } from './matcher-types.js';
import { applicableOptions, type PageLookOptions, takeShot } from './page-screenshot.js';
import { matchSnapshot, type UpdateRules } from './perceptual-snapshot.js';
import { overProject } from './project-defaults.js';
import { type MatcherResult, matchReference, refusalsAsFailures } from './to-look-like.js';

/** Options of all matchers of a project, under `use` in the configuration. */
export interface PerceptualUse {
  readonly perceptual?: PageLookOptions;
}

declare global {
  namespace PlaywrightTest {
    interface Matchers<R, T = unknown> extends LookMatchers<PageLookOptions, PageLookOptions> {}
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

/** How many comparisons each test has made so far, and how many snapshots without a name it has taken. */
const counts = new WeakMap<TestInfo, { comparisons: number; automatic: number }>();

expect.extend({
  async toLookLike(this: ExpectMatcherState, image: unknown, reference: unknown, options?: PageLookOptions) {
    const info = test.info();
    const { isNot, timeout } = this;
    const files = outputFiles(info, `comparisons/${++countsOf(info).comparisons}`);
    return await refusalsAsFailures('expect(image).toLookLike(reference)', isNot, async () => {
      const shot = await takeShot(
        'toLookLike',
        image,
        overProject(options, projectOptions(info, image)),
        timeout,
      );
      return await matchReference(shot.image, reference, shot.options, isNot, files);
    });
  },
  async toMatchPerceptualSnapshot(
    this: ExpectMatcherState,
    image: unknown,
    nameOrOptions?: SnapshotName | PageLookOptions,
    options?: PageLookOptions,
  ) {
    const info = test.info();
    const { isNot, timeout } = this;
    if (info.project.ignoreSnapshots) return { pass: !isNot, message: () => '' };
    const { name, options: own } = snapshotArguments(nameOrOptions, options);
    const call = 'expect(image).toMatchPerceptualSnapshot()';
    return await refusalsAsFailures<MatcherResult & { shouldNotRetryTest?: boolean }>(
      call,
      isNot,
      async () => {
        const all = overProject(own, projectOptions(info, image));
        refuseFolder(all);
        const shot = await takeShot('toMatchPerceptualSnapshot', image, all, timeout);
        const rules = RULES[info.config.updateSnapshots];
        const request = {
          ...placeSnapshot(info, name),
          isNot,
          rules,
          updateFlag: 'playwright test --update-snapshots',
        };
        const { status, ...result } = await matchSnapshot(shot.image, request, shot.options);
        // A retry would find the snapshot that the first attempt wrote, and pass.
        return status === 'added' && rules.missing === 'write and fail'
          ? { ...result, shouldNotRetryTest: true }
          : result;
      },
    );
  },
});

function refuseFolder(options: PageLookOptions): void {
  const snapshotDir: unknown = Reflect.get(Object(options), 'snapshotDir');
  if (snapshotDir === undefined) return;
  const advice = 'Set snapshotDir or snapshotPathTemplate in the configuration of Playwright.';
  const what = `keep a snapshot in snapshotDir ${JSON.stringify(snapshotDir)}`;
  throw cannot('toMatchPerceptualSnapshot', what, 'Playwright decides where snapshots lie', advice);
}

function projectOptions({ project }: TestInfo, image: unknown): PageLookOptions {
  const perceptual: unknown = Reflect.get(project.use, 'perceptual');
  if (perceptual === undefined) return {};
  if (typeof perceptual === 'object' && perceptual !== null && !Array.isArray(perceptual)) {
    return applicableOptions(image, perceptual);
  }
  throw invalid('playwright.config', 'an object', 'use.perceptual', typeof perceptual);
}

function countsOf(info: TestInfo): { comparisons: number; automatic: number } {
  const counted = counts.get(info) ?? { comparisons: 0, automatic: 0 };
  counts.set(info, counted);
  return counted;
}

/** A snapshot where Playwright keeps those of `toHaveScreenshot`. */
function placeSnapshot(info: TestInfo, name: SnapshotName | undefined) {
  const title = info.titlePath.slice(1).join(' ');
  const file =
    name === undefined ? automaticFileName(title, ++countsOf(info).automatic) : snapshotFileName(name);
  // A list of names is taken as it is, while Playwright makes one hyphen of each other character in a single name.
  const path = asScreenshot(info).snapshotPath('.', `${file}.png`, { kind: 'screenshot' });
  const shownName = typeof name === 'string' ? name : (name ?? []).join('/');
  const snapshot = { name: shownName === '' ? file : shownName, path };
  return { name: shownName, path, files: outputFiles(info, `snapshots/${file}`, snapshot) };
}

/** Its types know a kind for a single name alone, its code for a list too. */
function asScreenshot(info: TestInfo): {
  snapshotPath(folder: string, file: string, options: { readonly kind: 'screenshot' }): string;
} {
  return info as never;
}

/** Files in the output folder of the test, attached to its report. By their names the report shows the three as one. */
function outputFiles(info: TestInfo, stem: string, snapshot?: FailureOwner['snapshot']): FailureFiles {
  const owner: FailureOwner = {
    runner: 'playwright',
    test: info.titlePath.slice(1).join(' › '),
    testFile: info.file,
    ...(snapshot && { snapshot }),
  };
  const files = failureFiles(info.outputPath(stem), owner);
  return {
    keep: async (pictures, reason) => {
      const kept = await files.keep(pictures, reason);
      for (const [kind, path] of Object.entries(kept)) {
        await info.attach(`${stem}-${kind}.png`, { path, contentType: 'image/png' });
      }
      return kept;
    },
    clear: async () => {
      await files.clear();
      // Playwright empties its folder before a run, but each retry has a folder of its own.
      for (const folder of earlierFolders(info)) await failureFiles(join(folder, stem), owner).clear();
    },
  };
}

/** Output folders of the attempts before this one. */
function earlierFolders({ outputDir, retry }: TestInfo): string[] {
  const first = outputDir.replace(/-retry\d+$/, '');
  return Array.from({ length: retry }, (_, attempt) => (attempt === 0 ? first : `${first}-retry${attempt}`));
}
