import { describe, expect, it } from 'vitest';
import { imageFiles } from '../support/image-files.js';
import { runnerProject } from '../support/runner-project.js';
import { RUN_TIMEOUT_MS, suiteOfRunner } from '../support/runner-suite.js';
import { suiteOfLife } from '../support/snapshot-life.js';

suiteOfRunner({
  name: 'vitest',
  program: 'vitest/vitest.mjs',
  files: {
    'package.json': '{ "type": "module" }',
    'vitest.config.js':
      "export default { test: { testTimeout: 60_000, include: ['*.test.js'], setupFiles: ['lpips-matchers/vitest'] } }",
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

suiteOfLife({
  name: 'vitest',
  program: 'vitest/vitest.mjs',
  args: ['run'],
  files: {
    'package.json': '{ "type": "module" }',
    'setup.js': `import { configurePerceptual } from 'lpips-matchers/vitest';
if (process.env.PERCEPTUAL) configurePerceptual({ preset: 'strict', snapshotDir: 'shots' });
`,
    'vitest.config.js':
      "export default { test: { testTimeout: 60_000, include: ['*.test.js'], setupFiles: ['./setup.js'] } }",
  },
  head: "import { describe, expect, test } from 'vitest';\n",
  frozen: { env: { CI: 'true' } },
  failsOnObsolete: 'frozen',
  updating: ['--update'],
  obsolete: /\d obsolete/,
  removed: /\d removed/,
});

describe('the matchers in vitest', { timeout: RUN_TIMEOUT_MS }, () => {
  it('count anew with each try, and sweep every file of a worker that is not isolated', async () => {
    const file = (name: string) => `import { expect, test } from 'vitest';
      let attempts = 0;
      test('${name}', { retry: 1 }, async () => {
        attempts++;
        const image = attempts === 1 ? 'missing.png' : 'image.png';
        await expect(image).toLookLike('reference.png');
        if (attempts === 1) throw new Error('not reached');
      });`;
    const project = await runnerProject({
      ...(await imageFiles()),
      'package.json': '{ "type": "module" }',
      'vitest.config.js':
        "export default { test: { testTimeout: 60_000, include: ['*.test.js'], setupFiles: ['lpips-matchers/vitest'], isolate: false, maxWorkers: 1, fileParallelism: false } }",
      'a.test.js': file('a'),
      'b.test.js': file('b'),
    });
    try {
      const left = (name: string) => `__perceptual_diffs__/${name}.test.js/comparisons/x-9`;
      for (const name of ['a', 'b']) {
        const record = { format: 1, runner: 'vitest', test: name, testFile: '', reason: '', pictures: {} };
        await project.write(`${left(name)}.perceptual.json`, JSON.stringify(record));
        await project.write(`${left(name)}-diff.png`, '');
      }
      const { code, output } = await project.run('vitest/vitest.mjs', ['run']);
      expect(code, output).toBe(0);
      expect(output).not.toContain('deprecated');
      for (const name of ['a', 'b'])
        expect(project.has(`__perceptual_diffs__/${name}.test.js`), name).toBe(false);
    } finally {
      await project.dispose();
    }
  });
});
