/**
 * @module
 * `bapps distill --plan`: the teacher's distances, on many machines. The same command without `--plan` then trains from them.
 */
import { join } from 'node:path';
import { type NetName, printable } from 'lpips-core';
import type { BackendChoice } from 'lpips-node';
import { EXIT, type ExitCode, type Terminal } from 'lpips-node/command-line';
import { type PlanArguments, runPlanned } from 'lpips-node/plan-commands';
import { type JsonRecord, pathInPlan } from 'lpips-node/shards';
import { DISTILL_RECIPE } from '../distill/distill.js';
import { labelsKind } from './labels-kind.js';

/** What `bapps distill` was given of which labels are made. */
export interface LabelArguments extends PlanArguments {
  readonly photos: string;
  readonly teacher: NetName;
  readonly out: string | undefined;
  readonly cache: string | undefined;
  readonly seed: number;
  readonly references: number | undefined;
  readonly workers: number | undefined;
  readonly weights: string | undefined;
  readonly backend: BackendChoice;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Folder for pictures, labels and checkpoints, unless `--cache` names one. */
export function cacheOf(out: string): string {
  return `${out}-work`;
}

/** Does what `--plan` asks for. @returns undefined without it */
export async function planLabels(options: LabelArguments, terminal: Terminal): Promise<ExitCode | undefined> {
  const cache = options.cache ?? cacheOf(options.out ?? '');
  return await runPlanned(
    {
      command: 'bapps distill',
      kind: labelsKind,
      inputs: (base) => inputsOf(options, cache, base),
      folder: (base) => pathInPlan(join(cache, 'labels'), base),
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
function inputsOf(options: LabelArguments, cache: string, base: string): JsonRecord {
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
