import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM_LAUNCH, suiteWithChromium } from '../../../../test/support/chromium.js';
import { imageFiles } from '../support/image-files.js';
import { type RunnerProject, type RunOutcome, runnerProject } from '../support/runner-project.js';
import { RUN_TIMEOUT_MS } from '../support/runner-suite.js';

const CONFIG = `export default {
  reporter: 'line',
  timeout: 120_000,
  snapshotPathTemplate: 'shots/{arg}{ext}',
  use: {
    viewport: { width: 200, height: 120 },
    launchOptions: ${JSON.stringify(CHROMIUM_LAUNCH)},
  },
  projects: [
    { testIgnore: 'strict.spec.js' },
    { name: 'strict', testMatch: 'strict.spec.js', use: { perceptual: { preset: 'strict', fullPage: true } } },
  ],
};`;
/** A page of a button, a clock that differs in every run, and a spinner that never rests. */
const HEAD = `import { expect, test } from '@playwright/test';
import 'lpips-matchers/playwright';
const colour = process.env.COLOUR ?? '#2563eb';
test.beforeEach(({ page }) => page.setContent(\`<style>
  body { margin: 20px; background: #fff } div { width: 60px; height: 24px }
  #button { background: \${colour} } #clock { font: 16px monospace; margin: 8px 0 }
  #spinner { width: 12px; height: 12px; background: #222; animation: spin 1s infinite }
  @keyframes spin { to { transform: translate(100px) } }
</style><div id="button"></div><div id="clock"></div><div id="spinner"></div>\`));
const clock = (page) => page.locator('#clock').evaluate((element) => { element.textContent = String(performance.now() % 1e5 | 0); });
`;

suiteWithChromium('pages in Playwright Test, in Chromium', () => {
  let project: RunnerProject;
  const run = (
    stems: string | readonly string[],
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunOutcome> =>
    project.run(
      '@playwright/test/cli.js',
      ['test', ...[stems].flat().map((stem) => `${stem}.spec.js`), ...args],
      env,
    );

  beforeAll(async () => {
    project = await runnerProject({
      ...(await imageFiles()),
      'package.json': '{ "type": "module" }',
      'playwright.config.js': CONFIG,
      'pages.spec.js': `${HEAD}
test('shows a page', async ({ page }) => {
  await clock(page);
  await expect(page).toMatchPerceptualSnapshot({ mask: [page.locator('#clock')] });
  await expect(page.locator('#button')).toMatchPerceptualSnapshot();
  await expect(page).toMatchPerceptualSnapshot(['parts', 'Top.png'], { clip: { x: 0, y: 0, width: 100, height: 40 } });
  await expect(page).toLookLike('shots/shows-a-page.1.png', { mask: [page.locator('#clock')] });
});`,
      // Caught in one test: after each test that fails Playwright Test starts a new process.
      'refused.spec.js': `${HEAD}
const refusal = (look) => look.then(() => 'passed', ({ message }) => message);
test('refuses', async ({ page }) => {
  const refusals = [
    await refusal(expect('image.png').toMatchPerceptualSnapshot('bytes', { fullPage: true })),
    await refusal(expect('image.png').toLookLike('reference.png', { mask: [page.locator('#clock')] })),
    await refusal(expect(page.locator('#button')).toMatchPerceptualSnapshot('part', { fullPage: true })),
    await refusal(expect(page).toMatchPerceptualSnapshot('folder', { snapshotDir: 'elsewhere' })),
  ];
  await page.evaluate(() => setInterval(() => { document.body.style.paddingLeft = performance.now() % 97 + 'px'; }, 1));
  refusals.push(await refusal(expect(page).toMatchPerceptualSnapshot('moves', { timeout: 700 })));
  console.log(refusals.join('\\n'));
});`,
      'strict.spec.js': `${HEAD}
test('is strict', async ({ page }) => {
  await expect('smooth.png').not.toLookLike('reference.png');
  await expect('smooth.png').toLookLike('reference.png', { preset: 'page' });
  await expect(page.locator('#button')).toMatchPerceptualSnapshot('strict');
});`,
      'flaky.spec.js': `${HEAD}
test('flaky', async ({ page }, info) => {
  await expect(info.retry === 0 ? 'missing.png' : 'image.png').toLookLike('reference.png');
});`,
    });
  });
  afterAll(() => project.dispose());

  it('are taken without animations, named after their test, with the options of use.perceptual as far as they mean something', {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    const { code, output } = await run(['pages', 'strict'], ['--update-snapshots=missing']);
    expect(code, output).toBe(0);
    expect(output).toContain('2 passed');
    for (const name of ['shows-a-page.1.png', 'shows-a-page.2.png'])
      expect(project.has(`shots/${name}`), name).toBe(true);
    expect(output).not.toContain('written');
  });

  it('match again, are refused where they move, as options are where there is no page, and a retry that passes leaves no failure', {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    const { code, output } = await run(
      ['pages', 'refused', 'flaky'],
      ['--update-snapshots=none', '--retries=1'],
    );
    expect(code, output).toBe(0);
    for (const sentence of [
      'toMatchPerceptualSnapshot: cannot take a screenshot: no two in a row were equal within 700 ms.',
      'toMatchPerceptualSnapshot: cannot use fullPage: the image is no page.',
      'toLookLike: expected rectangles for mask, got a locator for an image that is no page.',
      'toMatchPerceptualSnapshot: cannot use fullPage: a locator is no page.',
      'toMatchPerceptualSnapshot: cannot keep a snapshot in snapshotDir "elsewhere"',
    ]) {
      expect(output).toContain(sentence);
    }
    expect(project.has('shots/moves.png')).toBe(false);
    expect(output).toContain('1 flaky');
    expect(output).toContain('2 passed');
    expect((await project.run('lpips-matchers/dist/cli.js', ['review', '--list'])).output).toBe('');
  });

  it('fail where another colour shows, with pictures in the output folder', {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    const { code, output } = await run('pages', [], { COLOUR: '#dc2626' });
    expect(code, output).toBe(1);
    expect(output).toMatch(/colour: +0\.\d+, above the threshold 0\.036/);
    expect(output).toContain('test-results/pages-shows-a-page/snapshots/shows-a-page.1-diff.png');
    const record = JSON.parse(
      String(await project.read('test-results/pages-shows-a-page/snapshots/shows-a-page.1.perceptual.json')),
    );
    expect(record).toMatchObject({
      runner: 'playwright',
      test: 'shows a page',
      snapshot: { path: '../../../shots/shows-a-page.1.png' },
    });
    const listed = await project.run('lpips-matchers/dist/cli.js', ['review', '--list']);
    expect(listed.output).toMatch(/^\w{8} {2}pages\.spec\.js:shows-a-page\.1\n$/);
    const accepted = await project.run('lpips-matchers/dist/cli.js', ['review', '--all']);
    expect(accepted.output).toBe('accepted shots/shows-a-page.1.png\n');
  });
});
