/**
 * @module
 * The goldens of the official code on the device that is checked, by the tests of this repository. They need reference data that
 * is not in it; where that is missing, the comparison with WASM remains.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inTemporaryFolder } from '../src/temporary-folder.js';
import { ROOT, type Way } from './device.js';

/** How the tests ended. */
export interface GoldenCounts {
  readonly passed: number;
  readonly failed: number;
  /** The names of those that failed. */
  readonly failures: readonly string[];
}

interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Runs the goldens on a device: all of them on a GPU, `lite` and AlexNet at one size on a device in software.
 *
 * @returns the counts, or why they were not run
 */
export async function runGoldens(way: Way, isSoftware: boolean): Promise<GoldenCounts | string> {
  const shared = process.env['LPIPS_SHARED'] ?? resolve(ROOT, '../shared');
  if (!existsSync(join(shared, 'goldens'))) return `there is no reference data in ${shared}`;
  const [file, ...filter] =
    way === 'webgpu'
      ? ['packages/lpips-node/test/goldens-on-webgpu.test.ts']
      : ['packages/lpips-node/test/goldens.test.ts', '--testNamePattern', 'on tensorflow'];
  return await inTemporaryFolder(async (folder) => {
    const outputFile = join(folder, 'report.json');
    const args = ['run', file ?? '', ...filter, '--reporter=json', `--outputFile=${outputFile}`];
    const wish = isSoftware ? 'required' : 'gpu';
    spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args], {
      cwd: ROOT,
      env: { ...process.env, LPIPS_WEBGPU: wish, LPIPS_NATIVE: 'required' },
      stdio: 'ignore',
    });
    if (!existsSync(outputFile)) return 'the tests did not start';
    const report = JSON.parse(await readFile(outputFile, 'utf8')) as TestReport;
    const failures = report.testResults.flatMap(({ assertionResults, message }) => {
      const names = assertionResults.filter(({ status }) => status === 'failed').map((test) => test.fullName);
      return names.length === 0 && message !== '' ? [message] : names; // a suite that breaks before its first test
    });
    return { passed: report.numPassedTests, failed: failures.length, failures };
  });
}
