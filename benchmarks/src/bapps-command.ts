/**
 * @module
 * The built `bapps` command, as benchmarks run it.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const CLI = join(dirname(createRequire(import.meta.url).resolve('bapps-train/package.json')), 'dist/cli.js');

/** Runs `bapps` and returns what it prints, and its seconds from start to exit. */
export function bapps(...args: readonly string[]): { readonly out: string; readonly seconds: number } {
  const start = performance.now();
  const out = execFileSync(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  }).toString();
  return { out, seconds: (performance.now() - start) / 1000 };
}

/** The option of `bapps` for a folder of weights; none where it is undefined. */
export function weightsOption(weights: string | undefined): string[] {
  return weights === undefined ? [] : ['--weights', weights];
}
