import { suiteOfRunner } from '../support/runner-suite.js';

suiteOfRunner({
  name: 'Playwright Test',
  program: '@playwright/test/cli.js',
  files: {
    'package.json': '{ "type": "module" }',
    'playwright.config.js':
      "export default { timeout: 120_000, reporter: 'line', snapshotPathTemplate: 'screenshots/{testFileName}/{arg}{ext}' };",
  },
  head: `import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import 'lpips-matchers/playwright';
`,
  fileName: (stem) => `${stem}.spec.js`,
  args: (fileName) => ['test', fileName],
  isSlow: true,
  looks: [
    'looks smooth',
    'takes bytes',
    'rightly lacks it',
    'lacks an icon',
    'is not other',
    'has it with not',
    'is broken',
  ],
  heading: /^ {2}\d+\) \S+ › (.+?) ─+$/,
  snapshotFile: (fileName, name) => `screenshots/${fileName}/${name}.png`,
  comparisonPicture: (fileName, test) => {
    const stem = fileName.replace('.spec.js', '');
    return `test-results/${stem}-${test.replaceAll(' ', '-')}/comparisons/1-diff.png`;
  },
  snapshotPicture: (fileName, test, name) =>
    `test-results/${fileName.replace('.spec.js', '')}-${test}/snapshots/${name}-diff.png`,
  frozen: { args: ['--update-snapshots=none'] },
  writing: ['--update-snapshots=missing'],
  // Where a test may be retried, the line reporter does not print its message.
  writingAndFailing: ['--retries=1', '--reporter=json'],
  updating: ['--update-snapshots'],
  updateAdvice: 'replace the snapshot with playwright test --update-snapshots.',
});
