/**
 * @module
 * The matchers in a runner, which is started on a small project: every kind of failure of `toLookLike`, and
 * the life of a snapshot.
 */
import { at } from 'lpips-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageFiles } from './image-files.js';
import { type RunnerProject, type RunOutcome, runnerProject } from './runner-project.js';

/** A runner, and how it is used. */
export interface Runner {
  readonly name: string;
  /** Path of its program in `node_modules`. */
  readonly program: string;
  /** Its configuration. */
  readonly files: Readonly<Record<string, string>>;
  /** First lines of a test file, after which `test` and `expect` are there. */
  readonly head: string;
  /** Name of a test file, by its stem. */
  readonly fileName: (stem: string) => string;
  /** Arguments that run one test file. */
  readonly args: (fileName: string) => readonly string[];
  /** Whether it starts slowly. Then the tests of code that all runners share are left out. Default `false`. */
  readonly isSlow?: boolean;
  /** Tests of LOOKS that it runs. Fewer are enough where it starts a new process after each failure. Default all. */
  readonly looks?: readonly (keyof typeof LOOKS)[];
  /** Heading of a failure in the output, with the name of the test. */
  readonly heading: RegExp;
  readonly snapshotFile: (fileName: string, name: string) => string;
  /** Path of the picture of the only comparison of a test. */
  readonly comparisonPicture: (fileName: string, test: string) => string;
  readonly snapshotPicture: (fileName: string, test: string, name: string) => string;
  /** A run that may write no snapshot, as on a server. */
  readonly frozen: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> };
  /** A run that writes what is missing and passes. */
  readonly writing?: readonly string[];
  /** A run that writes what is missing and fails, however often it tries again. Default: there is none. */
  readonly writingAndFailing?: readonly string[];
  readonly updating: readonly string[];
  /** What the message of a failed snapshot says. */
  readonly updateAdvice: string;
  /** Counts in the runner's own summary, where it has one. */
  readonly counts?: { readonly written: RegExp; readonly updated: RegExp; readonly failed: RegExp };
}

/** A run of a runner; `failures` are texts by the names of their tests. */
interface Outcome extends RunOutcome {
  readonly failures: ReadonlyMap<string, string>;
}

/**
 * Time that a runner may take on a busy machine: it starts a process and loads the metric in it. For the same reason the projects
 * give their own tests a minute or two, where a runner gives them five seconds.
 */
export const RUN_TIMEOUT_MS = 300_000;

/** Tests of `toLookLike`; those that pass, then those that fail. */
const LOOKS = {
  'looks smooth': "await expect('smooth.png').toLookLike('reference.png')",
  'takes bytes': "await expect(await readFile('smooth.png')).toLookLike(await readFile('reference.png'))",
  'rightly lacks it': "await expect('missing.png').not.toLookLike('reference.png')",
  'lacks an icon': "await expect('missing.png').toLookLike('reference.png')",
  'is not other': "await expect('smooth.png').not.toLookLike('reference.png')",
  'is strict': "await expect('smooth.png').toLookLike('reference.png', { threshold: 0 })",
  'is wrong': "await expect('smooth.png').toLookLike('reference.png', { threshold: -1 })",
  'has another size': "await expect('small.png').toLookLike('reference.png')",
  'has it with not': "await expect('small.png').not.toLookLike('reference.png')",
  'is broken': "await expect(await readFile('broken.png')).toLookLike('reference.png')",
  'is so with not': "await expect('broken.png').not.toLookLike('reference.png')",
} as const;
/** Messages of the tests that compare nothing, and of the strict one. */
const REFUSALS: Readonly<Record<string, string>> = {
  'is strict': 'above the threshold 0, the mean over the image',
  'is wrong': 'expected a number from 0 up for threshold, got -1.',
  'has another size': 'as the reference has, for the image, got 90x80.',
  'has it with not': 'as the reference has, for the image, got 90x80.',
  'is broken': 'for the image, got a damaged or incomplete file',
  'is so with not': 'for broken.png, got a damaged or incomplete file',
};
const PASSING: readonly string[] = ['looks smooth', 'takes bytes', 'rightly lacks it'];

/** Registers the tests of a runner. */
export function suiteOfRunner(runner: Runner): void {
  let project: RunnerProject;
  const looks = Object.entries(LOOKS).filter(
    ([name]) => !runner.looks || [...runner.looks].some((one) => one === name),
  );
  const start = async (
    stem: string,
    { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> => {
    const { code, output } = await project.run(
      runner.program,
      [...runner.args(runner.fileName(stem)), ...args],
      env,
    );
    return { code, output, failures: failuresOf(output, runner.heading) };
  };
  const testFile = (bodies: Readonly<Record<string, string>>): string => {
    const tests = Object.entries(bodies).map(
      ([name, body]) => `test('${name}', async () => { ${body}; });\n`,
    );
    return runner.head + tests.join('');
  };

  beforeAll(async () => {
    project = await runnerProject({
      ...(await imageFiles()),
      ...runner.files,
      [runner.fileName('looks')]: testFile(Object.fromEntries(looks)),
      [runner.fileName('snapshot')]: testFile({
        kept: "await expect('image.png').toMatchPerceptualSnapshot('home')",
      }),
      [runner.fileName('negated')]: testFile({
        negated: "await expect('missing.png').not.toMatchPerceptualSnapshot('none.png')",
        escaping: "await expect('missing.png').toMatchPerceptualSnapshot('../home')",
      }),
    });
  });
  afterAll(() => project.dispose());

  describe(`toLookLike in ${runner.name}`, { timeout: RUN_TIMEOUT_MS }, () => {
    it('passes what looks alike, and fails the rest, each with its own message', async () => {
      const { code, output, failures } = await start('looks');
      expect([code, [...failures.keys()]], output).toEqual([
        1,
        looks.map(([name]) => name).filter((name) => !PASSING.includes(name)),
      ]);
      const picture = runner.comparisonPicture(runner.fileName('looks'), 'lacks an icon');
      const said = failures.get('lacks an icon') ?? '';
      expect(said).toMatch(/expect\(image\)\.toLookLike\(reference\)\s+The images look different\./);
      expect(said).toMatch(/distance: +0\.\d{4}, threshold 0\.12, the mean over the image/);
      expect(said).toMatch(
        /local distance: 1\.\d{4}, above the threshold 0\.68, in the 16x16 pixels from \(\d+, \d+\)/,
      );
      expect(said).toMatch(/colour: +0\.\d{4}, above the threshold 0\.036, in the 16x16 pixels from/);
      expect(said).toMatch(/shape: +0\.\d{4}, above the threshold 0\.045, in the 7x7 pixels from/);
      expect(said).toMatch(/net: +lite 0\.3\s+reference: +reference\.png\s/);
      expect(said).toMatch(new RegExp(`picture: +${picture.replaceAll('.', '\\.')}\\s`));
      expect((await sharp(project.at(picture)).metadata()).width).toBeGreaterThan(3 * 480); // three, enlarged
      expect(failures.get('is not other')).toMatch(
        /expect\(image\)\.not\.toLookLike\(reference\)\s+The images look alike\.\s+distance: +0\.\d{4}, threshold 0\.12/,
      );
      for (const [name] of looks.filter(([name]) => name in REFUSALS)) {
        expect(failures.get(name)).toContain(REFUSALS[name]);
      }
    });
  });

  describe(`toMatchPerceptualSnapshot in ${runner.name}`, { timeout: RUN_TIMEOUT_MS }, () => {
    const file = runner.snapshotFile(runner.fileName('snapshot'), 'home');
    const image = () => project.read('image.png');
    const become = async (name: string) => project.write('image.png', await project.read(name));

    it('writes none where the run may not, and fails', async () => {
      const { code, output, failures } = await start('snapshot', runner.frozen);
      expect(code, output).toBe(1);
      expect(failures.get('kept')).toContain(`There is no snapshot ${file}, and this run writes none.`);
      expect(project.has(file)).toBe(false);
      if (runner.counts) expect(output).toMatch(runner.counts.failed);
    });

    it('writes a new one to the last byte', async () => {
      const { code, output } = await start('snapshot', { args: runner.writing ?? [] });
      expect(code, output).toBe(0);
      expect(await project.read(file)).toEqual(await image());
      if (runner.counts) expect(output).toMatch(runner.counts.written);
    });

    if (!runner.isSlow)
      it('passes what looks like it, where nothing may be written too', async () => {
        await become('smooth.png');
        const { code, output } = await start('snapshot', runner.frozen);
        expect(code, output).toBe(0);
        expect(await project.read(file)).toEqual(await project.read('reference.png'));
      });

    it('fails what does not, with a picture, and says how to write it anew', async () => {
      await become('missing.png');
      const { code, output, failures } = await start('snapshot');
      expect(code, output).toBe(1);
      const said = failures.get('kept') ?? '';
      expect(said).toContain("expect(image).toMatchPerceptualSnapshot('home')");
      expect(said).toContain(runner.updateAdvice);
      const picture = runner.snapshotPicture(runner.fileName('snapshot'), 'kept', 'home');
      expect(said).toContain(picture);
      expect(project.has(picture)).toBe(true);
      if (runner.counts) expect(output).toMatch(runner.counts.failed);
    });

    it('updates it when it is told to, and removes the picture of the failure', async () => {
      const { code, output } = await start('snapshot', { args: runner.updating });
      expect(code, output).toBe(0);
      expect(await project.read(file)).toEqual(await project.read('missing.png'));
      expect(project.has(runner.snapshotPicture(runner.fileName('snapshot'), 'kept', 'home'))).toBe(false);
      if (runner.counts) expect(output).toMatch(runner.counts.updated);
    });

    if (!runner.isSlow)
      it('names a snapshot of another size, which an update replaces', async () => {
        await become('small.png');
        const { failures } = await start('snapshot');
        expect(failures.get('kept')).toContain(
          'expected 96x96 pixels, as the reference has, for the image, got 90x80',
        );
        await start('snapshot', { args: runner.updating });
        expect(await project.read(file)).toEqual(await project.read('small.png'));
      });

    if (runner.writingAndFailing)
      it('writes a new one and fails, without another try', async () => {
        await project.remove(file);
        const { code, output } = await start('snapshot', { args: runner.writingAndFailing ?? [] });
        expect(code, output).toBe(1);
        expect(output).toContain(`There is no snapshot ${file}; it was written.`);
        expect(await project.read(file)).toEqual(await image());
      });

    it('never writes with .not, nor outside its folder', async () => {
      const { code, failures, output } = await start('negated', { args: runner.updating });
      expect(code, output).toBe(1);
      const none = runner.snapshotFile(runner.fileName('negated'), 'none');
      expect(failures.get('negated')).toContain(
        `There is no snapshot ${none}, and with .not none is written.`,
      );
      expect(failures.get('escaping')).toMatch(/expected a file name, .* for name, got "\.\.\/home"/);
      expect(project.has(none)).toBe(false);
    });
  });
}

function failuresOf(output: string, heading: RegExp): Map<string, string> {
  const headings = [...output.matchAll(new RegExp(heading, 'gm'))];
  return new Map(
    headings.map((match, index): [string, string] => [
      at(match, 1),
      output.slice(match.index, headings[index + 1]?.index),
    ]),
  );
}
