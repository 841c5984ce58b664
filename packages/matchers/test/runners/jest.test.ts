import { suiteOfRunner } from '../support/runner-suite.js';

suiteOfRunner({
  name: 'jest',
  program: 'jest/bin/jest.js',
  files: {
    'package.json': '{ "type": "commonjs" }',
    'jest.config.js': "module.exports = { setupFilesAfterEnv: ['lpips-matchers/jest'], transform: {} };",
  },
  head: "const { readFile } = require('node:fs/promises');\n",
  fileName: (stem) => `${stem}.test.js`,
  args: (fileName) => ['--watchman=false', fileName],
  heading: /^ {2}● (.+)$/,
  snapshotFile: (fileName, name) => `__snapshots__/${fileName}/${name}.png`,
  comparisonPicture: (fileName, test) =>
    `__perceptual_diffs__/${fileName}/${test.replaceAll(' ', '-')}-1-diff.png`,
  snapshotPicture: (fileName, _, name) => `__perceptual_diffs__/${fileName}/${name}-diff.png`,
  frozen: { args: ['--ci'] },
  updating: ['--updateSnapshot'],
  updateAdvice: 'write the snapshot anew with jest --updateSnapshot.',
  counts: {
    written: /1 snapshot written/,
    updated: /1 snapshot updated/,
    failed: /1 snapshot failed/,
  },
});
