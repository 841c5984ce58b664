import { suiteOfRunner } from '../support/runner-suite.js';

suiteOfRunner({
  name: 'vitest',
  program: 'vitest/vitest.mjs',
  files: {
    'package.json': '{ "type": "module" }',
    'vitest.config.js':
      "export default { test: { include: ['*.test.js'], setupFiles: ['lpips-matchers/vitest'] } }",
  },
  head: "import { readFile } from 'node:fs/promises';\nimport { expect, test } from 'vitest';\n",
  fileName: (stem) => `${stem}.test.js`,
  args: (fileName) => ['run', fileName],
  heading: /^ FAIL {2}\S+ > (.+)$/,
  snapshotFile: (fileName, name) => `__snapshots__/${fileName}/${name}.png`,
  comparisonPicture: (fileName, test) =>
    `__perceptual_diffs__/${fileName}/comparisons/${test.replaceAll(' ', '-')}-1-diff.png`,
  snapshotPicture: (fileName, _, name) => `__perceptual_diffs__/${fileName}/snapshots/${name}-diff.png`,
  frozen: { env: { CI: 'true' } },
  updating: ['--update'],
  updateAdvice: 'replace the snapshot with vitest --update.',
  counts: {
    written: /Snapshots +1 written/,
    updated: /Snapshots +1 updated/,
    failed: /Snapshots +1 failed/,
  },
});
