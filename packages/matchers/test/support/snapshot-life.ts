/**
 * @module
 * What vitest and jest have in common beyond a single comparison: pictures that come and go, names that tests have not
 * given, snapshots that no test asks for any more, options of the project.
 */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageFiles } from './image-files.js';
import { type RunnerProject, runnerProject } from './runner-project.js';
import { RUN_TIMEOUT_MS } from './runner-suite.js';

/** A runner, and how it is used. */
export interface LifeRunner {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** First lines of a test file. */
  readonly head: string;
  /** A run that may write nothing. */
  readonly frozen: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> };
  /** Which runs fail where a snapshot is obsolete, a text snapshot too: all that do not update, or only frozen ones. */
  readonly failsOnObsolete: 'always' | 'frozen';
  readonly updating: readonly string[];
  /** What the summary says of one obsolete snapshot, and of one that is removed. */
  readonly obsolete: RegExp;
  readonly removed: RegExp;
}

const DIFFS = '__perceptual_diffs__/page.test.js';
const SHOTS = '__snapshots__/page.test.js';

/** Registers the tests of a runner. */
export function suiteOfLife(runner: LifeRunner): void {
  let project: RunnerProject;
  const run = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    project.run(runner.program, [...runner.args, ...args], env);
  const tests = (bodies: Readonly<Record<string, string>>, more = '') => {
    const each = Object.entries(bodies).map(
      ([name, body]) => `test(${JSON.stringify(name)}, async () => { ${body} });\n`,
    );
    return project.write('page.test.js', runner.head + more + each.join(''));
  };
  const look = (image: string, rest = "toLookLike('reference.png')") =>
    `await expect('${image}.png').${rest};`;

  describe(`the life of pictures and snapshots in ${runner.name}`, { timeout: RUN_TIMEOUT_MS }, () => {
    beforeAll(async () => {
      project = await runnerProject({ ...(await imageFiles()), ...runner.files });
    });
    afterAll(() => project.dispose());

    it('keeps both images and a picture of both where sizes differ, and names them', async () => {
      await tests(
        { x: look('small'), y: look('small') },
        `describe('in', () => { test('z', async () => { ${look('small')} }); });\n`,
      );
      const { code, output } = await run();
      expect(code, output).toBe(1);
      for (const kind of ['expected', 'actual', 'diff']) {
        expect(output).toContain(`${DIFFS}/comparisons/x-1-${kind}.png`);
        expect(project.has(`${DIFFS}/comparisons/x-1-${kind}.png`), kind).toBe(true);
      }
      expect(output).toMatch(/comparisons\/in-z-(?:[0-9a-f]{8}-)?1-diff\.png/);
      expect(
        (await readdir(project.at(`${DIFFS}/comparisons`))).filter((file) => /^in-z-.*json$/.test(file)),
      ).toHaveLength(1);
      expect(await project.read(`${DIFFS}/comparisons/x-1-actual.png`)).toEqual(
        await project.read('small.png'),
      );
    });

    it('removes pictures of a test that passes with fewer comparisons, and of one that is gone, but not of a skipped one', async () => {
      await tests({ x: look('smooth') }, `test.skip('y', async () => { ${look('small')} });\n`);
      expect((await run()).code).toBe(0);
      expect(project.has(`${DIFFS}/comparisons/x-1-diff.png`)).toBe(false);
      expect(project.has(`${DIFFS}/comparisons/y-1-diff.png`)).toBe(true);
      await tests({ x: look('smooth') });
      expect((await run()).code).toBe(0);
      expect(project.has(`${DIFFS}`)).toBe(false);
    });

    it('names snapshots after their test and counts them, beside one that the test has named like that', async () => {
      const automatic = `${look('image', 'toMatchPerceptualSnapshot()')} ${look('missing', "toMatchPerceptualSnapshot({ preset: 'strict' })")}`;
      await tests({
        'takes two': `${automatic} ${look('small', "toMatchPerceptualSnapshot('takes-two-1')")}`,
      });
      const first = await run();
      expect(first.code, first.output).toBe(0);
      expect(await project.read(`${SHOTS}/takes-two.1.png`)).toEqual(await project.read('image.png'));
      expect(await project.read(`${SHOTS}/takes-two.2.png`)).toEqual(await project.read('missing.png'));
      expect(await project.read(`${SHOTS}/takes-two-1.png`)).toEqual(await project.read('small.png'));
      const again = await run(runner.frozen.args, runner.frozen.env);
      expect(again.code, again.output).toBe(0);
    });

    it('says that a snapshot is obsolete which no test asks for, unless a test is skipped or fails', async () => {
      const kept = look('image', 'toMatchPerceptualSnapshot()');
      await tests({
        'takes two': kept,
        other: look('small', "toMatchPerceptualSnapshot(['takes-two-1.png'])"),
      });
      const { code, output } = await run();
      expect(code, output).toBe(runner.failsOnObsolete === 'always' ? 1 : 0);
      expect(output).toMatch(runner.obsolete);
      expect(output).toContain('page.test.js/takes-two.2.png');
      const frozen = await run(runner.frozen.args, runner.frozen.env);
      expect(frozen.code, frozen.output).toBe(1);
      expect(project.has(`${SHOTS}/takes-two.2.png`)).toBe(true);
      const filtered = await run(['-t', 'takes two', ...runner.updating]);
      expect(filtered.code, filtered.output).toBe(0);
      expect(filtered.output).not.toMatch(runner.removed);
      expect(project.has(`${SHOTS}/takes-two.2.png`)).toBe(true);
      const none = await run(['-t', 'no such test', ...runner.updating]);
      expect(none.output).not.toMatch(/TypeError|failed/);
      expect(project.has(`${SHOTS}/takes-two.2.png`)).toBe(true);
    });

    it('removes it in a run that updates, with that of a test file which is gone', async () => {
      await project.write('__snapshots__/gone.test.js/old.png', await project.read('image.png'));
      await project.write('__snapshots__/mine/old.png', await project.read('image.png'));
      await project.write('__perceptual_diffs__/gone.test.js/snapshots/old.perceptual.json', '{}');
      const seen = await run();
      expect(seen.output).toContain('gone.test.js/old.png');
      const { code, output } = await run(runner.updating);
      expect(code, output).toBe(0);
      expect(output).toMatch(runner.removed);
      expect(project.has(`${SHOTS}/takes-two.2.png`)).toBe(false);
      expect(project.has(`${SHOTS}/takes-two.1.png`)).toBe(true);
      expect(project.has('__snapshots__/gone.test.js')).toBe(false);
      expect(project.has('__perceptual_diffs__/gone.test.js')).toBe(false);
      expect(project.has('__snapshots__/mine/old.png')).toBe(true);
      const clean = await run(runner.frozen.args, runner.frozen.env);
      expect([clean.code, runner.obsolete.test(clean.output)], clean.output).toEqual([0, false]);
    });

    it('takes options of the project, over which those of a call stand', async () => {
      await project.remove('__snapshots__');
      const smooth = look('smooth');
      await tests({
        strict: smooth.replace(').toLookLike', ').not.toLookLike'),
        page: look('smooth', "toLookLike('reference.png', { preset: 'page' })"),
        kept: look('image', "toMatchPerceptualSnapshot('home')"),
      });
      const { code, output } = await run([], { PERCEPTUAL: '1' });
      expect(code, output).toBe(0);
      expect(project.has('shots/home.png')).toBe(true);
    });
  });
}
