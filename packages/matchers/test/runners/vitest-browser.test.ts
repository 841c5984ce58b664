import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ChromiumLaunch, suiteWithChromium } from '../../../../test/support/chromium.js';
import { type RunnerProject, runnerProject } from '../support/runner-project.js';

/** Time that a run may take on a busy machine: it starts vitest, Chromium and the metric. */
const RUN_TIMEOUT_MS = 300_000;
/** Size of the element that is shown, in pixels. */
const CARD = { width: 240, height: 120 };

const configFor = (launch: ChromiumLaunch) => `
import { playwright } from '@vitest/browser-playwright';
import { perceptual } from 'lpips-matchers/vitest-browser';

export default {
  test: {
    include: ['*.test.js'],
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      viewport: { width: 400, height: 300 }, // a larger one may be scaled down to fit into the window
      screenshotFailures: false,
      provider: playwright({ launchOptions: ${JSON.stringify(launch)} }),
      instances: [{ browser: 'chromium' }],
      expect: {
        toMatchScreenshot: {
          comparatorName: 'perceptual',
          comparators: { perceptual },
          timeout: 0, // a longer one than 5 seconds delays the end of vitest, which waits for the timer
          resolveScreenshotPath: ({ root, arg, ext }) => root + '/screenshots/' + arg + ext,
          resolveDiffPath: ({ root, arg, ext }) => root + '/diffs/' + arg + ext,
        },
      },
    },
  },
};
`;

/** Each test shows a card, and says which of its changes card.js has. */
const TESTS = `
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { card } from './card.js';

const shown = (change) => {
  document.body.innerHTML = card(change);
  return expect(page.getByTestId('card'));
};
test('is moved', async () => {
  await shown('moved').toMatchScreenshot('moved');
});
test('is moved for pixelmatch', async () => {
  await shown('moved').toMatchScreenshot('moved', { comparatorName: 'pixelmatch' });
});
test('is moved for strict', async () => {
  await shown('moved').toMatchScreenshot('moved', { comparatorOptions: { preset: 'strict' } });
});
test('lacks its icon', async () => {
  await shown('missing').toMatchScreenshot('missing');
});
test('is wider', async () => {
  await shown('wider').toMatchScreenshot('wider');
});
test('is boundless', async () => {
  await shown('moved').toMatchScreenshot('boundless', { comparatorOptions: { shapeThreshold: Infinity } });
});
test('is misspelt', async () => {
  await shown('moved').toMatchScreenshot('misspelt', { comparatorOptions: { treshold: 1 } });
});
`;

/** Without changes, or with the one that a test asks for. */
const cardFile = (isChanged: boolean) => `
export function card(change) {
  const has = (name) => ${isChanged} && change === name;
  const icon = '<svg width="16" height="16" style="position:absolute;left:16px;top:60px"><circle cx="8" cy="8" r="7" fill="#b91c1c"/></svg>';
  return '<div data-testid="card" style="position:relative;box-sizing:border-box;background:#fff;font:14px sans-serif;' +
    'padding:16px;height:${CARD.height}px;width:' + (has('wider') ? ${CARD.width + 10} : ${CARD.width}) + 'px">' +
    '<div style="transform:translate(' + (has('moved') ? '.5px,.5px' : '0') + ')">Parcels on their way to you</div>' +
    (has('missing') ? '' : icon) + '</div>';
}
`;

suiteWithChromium('toMatchScreenshot of vitest with the perceptual comparator', (launch) => {
  let project: RunnerProject;
  const start = async (...args: string[]) => {
    const { code, output } = await project.run('vitest/vitest.mjs', ['run', ...args]);
    return { code, output, failed: [...output.matchAll(/^ FAIL .*?> (.+)$/gm)].map(([, name]) => name) };
  };
  const messageOf = (output: string, test: string) =>
    output.split(/^ FAIL .*> /m).find((part) => part.startsWith(test)) ?? '';

  beforeAll(async () => {
    project = await runnerProject({
      'package.json': '{ "type": "module" }',
      'vitest.config.js': configFor(launch),
      'look.test.js': TESTS,
      'card.js': cardFile(false),
    });
    await start(); // writes every reference, and fails for it
    await project.write('card.js', cardFile(true));
  }, RUN_TIMEOUT_MS);
  afterAll(() => project.dispose());

  it(
    'passes half a pixel, and fails a missing icon, another size and refused options, each with its message',
    async () => {
      const before = await project.read('screenshots/missing.png');
      const { code, output, failed } = await start();
      expect([code, failed], output).toEqual([
        1,
        [
          'is moved for pixelmatch',
          'is moved for strict',
          'lacks its icon',
          'is wider',
          'is boundless',
          'is misspelt',
        ],
      ]);
      const said = messageOf(output, 'lacks its icon');
      expect(said).toContain('Screenshot does not match the stored reference.');
      expect(said).toMatch(/distance: +0\.\d{4}, .*threshold 0\.12, the mean over the image/);
      expect(said).toMatch(
        /colour: +0\.\d{4}, above the threshold 0\.036, in the 16x16 pixels from \(\d+, \d+\)/,
      );
      expect(said).toMatch(/net: +lite 0\.3\n/);
      expect(messageOf(output, 'is moved for strict')).toContain('above the threshold 0.004');
      expect(messageOf(output, 'is wider')).toContain(
        'expected 240x120 pixels, as the reference has, for the image, got 250x120.',
      );
      // Vitest passes what a test states as JSON, which has no Infinity.
      expect(messageOf(output, 'is boundless')).toContain('a number from 0 up for shapeThreshold, got null.');
      expect(messageOf(output, 'is misspelt')).toContain('got "treshold". Is it a spelling mistake?');
      expect(await project.read('screenshots/missing.png')).toEqual(before);
    },
    RUN_TIMEOUT_MS,
  );

  it('draws the heat map over the image, in the size of the reference, 240x120', async () => {
    const { data, info } = await sharp(await project.read('diffs/missing-diff.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject(CARD);
    const isRed = (x: number, y: number) => (data[(y * info.width + x) * info.channels] ?? 0) > 150;
    expect(isRed(24, 68)).toBe(true);
    expect(isRed(200, 20)).toBe(false);
    expect(project.has('diffs/moved-diff.png')).toBe(true);
    expect(project.has('diffs/wider-diff.png')).toBe(false);
  });

  it(
    'replaces references that look different with --update, of another size too, and no other',
    async () => {
      const moved = await project.read('screenshots/moved.png');
      const { output, failed } = await start('--update', '--testNamePattern', 'is moved$|lacks|wider');
      expect(failed, output).toEqual([]);
      expect(await project.read('screenshots/missing.png')).toEqual(
        await project.read('diffs/missing-actual.png'),
      );
      expect(await sharp(await project.read('screenshots/wider.png')).metadata()).toMatchObject({
        width: 250,
      });
      expect(await project.read('screenshots/moved.png')).toEqual(moved);
    },
    RUN_TIMEOUT_MS,
  );
});
