import { describe, expect, it } from 'vitest';
import { imageFiles } from '../support/image-files.js';
import { runnerProject } from '../support/runner-project.js';
import { RUN_TIMEOUT_MS, suiteOfRunner } from '../support/runner-suite.js';
import { suiteOfLife } from '../support/snapshot-life.js';

suiteOfRunner({
  name: 'jest',
  program: 'jest/bin/jest.js',
  files: {
    'package.json': '{ "type": "commonjs" }',
    'jest.config.js':
      "module.exports = { testTimeout: 60_000, setupFilesAfterEnv: ['lpips-matchers/jest'], transform: {} };",
  },
  head: "const { readFile } = require('node:fs/promises');\n",
  fileName: (stem) => `${stem}.test.js`,
  args: (fileName) => ['--watchman=false', fileName],
  heading: /^ {2}● (.+)$/,
  snapshotFile: (fileName, name) => `__snapshots__/${fileName}/${name}.png`,
  comparisonPicture: (fileName, test) =>
    `__perceptual_diffs__/${fileName}/comparisons/${test.replaceAll(' ', '-')}-1-diff.png`,
  snapshotPicture: (fileName, _, name) => `__perceptual_diffs__/${fileName}/snapshots/${name}-diff.png`,
  frozen: { args: ['--ci'] },
  updating: ['--updateSnapshot'],
  updateAdvice: 'replace the snapshot with jest --updateSnapshot.',
  counts: {
    written: /1 snapshot written/,
    updated: /1 snapshot updated/,
    failed: /1 snapshot failed/,
  },
});

suiteOfLife({
  name: 'jest',
  program: 'jest/bin/jest.js',
  args: ['--watchman=false'],
  files: {
    'package.json': '{ "type": "commonjs" }',
    'setup.js': `const { configurePerceptual } = require('lpips-matchers/jest');
if (process.env.PERCEPTUAL) configurePerceptual({ preset: 'strict', snapshotDir: 'shots' });
`,
    'jest.config.js':
      "module.exports = { testTimeout: 60_000, setupFilesAfterEnv: ['./setup.js'], transform: {} };",
  },
  head: '',
  frozen: { args: ['--ci'] },
  failsOnObsolete: 'always',
  updating: ['--updateSnapshot'],
  obsolete: /\d snapshots? obsolete/,
  removed: /\d snapshots? removed/,
});

describe('the matchers in jest', { timeout: RUN_TIMEOUT_MS }, () => {
  it('are imported by an ES module, where jest is started for them and has no globals', async () => {
    const project = await runnerProject({
      ...(await imageFiles()),
      'package.json': '{ "type": "module" }',
      'jest.config.js': 'export default { testTimeout: 60_000, injectGlobals: false, transform: {} };',
      'module.test.js': `
        import { expect, test } from '@jest/globals';
        import 'lpips-matchers/jest';
        test('looks smooth', async () => { await expect('smooth.png').toLookLike('reference.png'); });
        test('lacks an icon', async () => { await expect('missing.png').not.toLookLike('reference.png'); });
      `,
    });
    try {
      const { code, output } = await project.run('jest/bin/jest.js', ['--watchman=false'], {
        NODE_OPTIONS: '--experimental-vm-modules',
      });
      expect(code, output).toBe(0);
      expect(output).toContain('2 passed');
    } finally {
      await project.dispose();
    }
  });

  it('does not count a snapshot as failed that passes when its test is tried again', async () => {
    const project = await runnerProject({
      ...(await imageFiles()),
      'jest.config.js':
        "module.exports = { testTimeout: 60_000, setupFilesAfterEnv: ['lpips-matchers/jest'] };",
      'flaky.test.js': `
        jest.retryTimes(1);
        let attempts = 0;
        test('flaky', async () => {
          attempts++;
          if (process.env.IS_FLAKY) await expect(attempts === 1 ? 'missing.png' : 'image.png').toLookLike('reference.png');
          const image = attempts === 1 && process.env.IS_FLAKY ? 'missing.png' : 'image.png';
          await expect(image).toMatchPerceptualSnapshot('flaky');
        });
      `,
    });
    const jest = (env = {}) => project.run('jest/bin/jest.js', ['--watchman=false'], env);
    try {
      const { code: first, output: written } = await jest();
      expect(first, written).toBe(0);
      const { code, output } = await jest({ IS_FLAKY: '1', CI: 'true' });
      expect(code, output).toBe(0);
      expect(output).not.toMatch(/snapshot failed|1 failed/);
      expect(output).toMatch(/Snapshots: +1 passed/);
      expect(project.has('__perceptual_diffs__/flaky.test.js')).toBe(false);
    } finally {
      await project.dispose();
    }
  });
});
