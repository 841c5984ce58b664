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

/** 2AFC of each metric, the mean over the distortions: the net's own heads, and then those beside them. */
export interface EvaluatedScores {
  readonly simulated: boolean;
  /** In [0, 1]. */
  readonly scores: readonly number[];
}

/** What `bapps evaluate` says with these arguments. */
export function evaluatedScores(...args: readonly string[]): EvaluatedScores {
  const told = bapps('evaluate', ...args, '--draws', '2', '--quiet', '--json').out;
  const { simulated, twoAfc } = JSON.parse(told) as {
    readonly simulated: boolean;
    readonly twoAfc: {
      readonly rows: readonly { readonly kind: string; readonly mean: { readonly score: number } }[];
    };
  };
  const metrics = twoAfc.rows.filter(({ kind }) => kind === 'metric');
  return { simulated, scores: metrics.map(({ mean }) => mean.score) };
}
