/**
 * `npm run fuzz`: mutated files for every reader, ten minutes a suite unless LPIPS_FUZZ_SECONDS says otherwise.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SUITES = [
  'packages/lpips-core/test/weights-files/reader-bounds.test.ts',
  'packages/bapps-train/test/reader-bounds.test.ts',
];
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const env = { LPIPS_FUZZ_SECONDS: '600', ...process.env };
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--testNamePattern', 'mutated files', ...SUITES],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env,
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
