/**
 * @module
 * `bapps distill --plan`: the teacher's distances, on many machines. The same command without `--plan` then trains from them.
 */
import { join } from 'node:path';
import { printable } from 'lpips-core';
import { EXIT, type ExitCode, type Terminal } from 'lpips-node/command-line';
import { runPlanned } from 'lpips-node/plan-commands';
import { type JsonRecord, pathInPlan } from 'lpips-node/shards';
import { DISTILL_RECIPE } from '../distill/distill.js';
import type { DistillArguments } from './distill.js';
import { labelsKind } from './labels-kind.js';

/** Folder for pictures, labels and checkpoints, unless `--cache` names one. */
export function cacheOf(out: string): string {
  return `${out}-work`;
}

/** Does what `--plan` asks for. @returns undefined without it */
export async function planLabels(
  options: DistillArguments,
  terminal: Terminal,
): Promise<ExitCode | undefined> {
  const cache = options.cache ?? cacheOf(options.out ?? '');
  return await runPlanned(
    {
      command: 'bapps distill',
      kind: labelsKind,
      inputs: (base) => inputsOf(options, cache, base),
      folder: (_path, base) => pathInPlan(join(cache, 'labels'), base),
      report: async ({ triplets, teacher }) => {
        const text = `${printable(cache)}  ${triplets} triplets with their distances by ${teacher}\n`;
        terminal.out(options.json ? `${JSON.stringify({ cache, triplets, teacher })}\n` : text);
        return EXIT.done;
      },
    },
    options,
    terminal,
  );
}

/** The arguments that decide the labels, as a plan states them. */
function inputsOf(options: DistillArguments, cache: string, base: string): JsonRecord {
  const { photos, teacher, seed, references = DISTILL_RECIPE.references, weights, backend } = options;
  return {
    photos: pathInPlan(photos, base),
    teacher,
    cache: pathInPlan(cache, base),
    seed,
    references,
    weights: weights === undefined ? null : pathInPlan(weights, base),
    backend,
  };
}
