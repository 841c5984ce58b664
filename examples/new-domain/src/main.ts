#!/usr/bin/env node
/**
 * @module
 * The example as a command. Usage: `node dist/main.js [--out FOLDER] [--net NET] [--seed N] [--quick]`.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { NET_NAMES } from 'lpips-core';
import {
  oneOf,
  type Progress,
  parseFlags,
  runProgram,
  startProgress,
  type Terminal,
  wholeNumber,
} from 'lpips-node/command-line';
import { writeAtomically } from 'lpips-node/files';
import { FULL, QUICK, runNewDomain } from './new-domain.js';

const DEFAULT_OUT = 'demo-output/new-domain';
const HELP = `Retrains the heads of a net for a new domain: grey plates of plants, judged by botanists who look at shapes
alone. Ends with held-out 2AFC before and after, the heads as files, and a report.

  --out FOLDER   where heads and report go (default ${DEFAULT_OUT})
  --net NET      ${NET_NAMES.join(', ')} (default lite, which needs no download)
  --seed N       another seed, other pictures and votes (default 1)
  --quick        few pictures, to see that everything works
  --help         this text
`;

await runProgram({ name: 'new-domain', help: HELP, readOptions, run });

async function run(
  { out, net, seed, size }: NonNullable<ReturnType<typeof readOptions>>,
  terminal: Terminal,
): Promise<void> {
  await mkdir(out, { recursive: true });
  enableProdMode();
  const steps = tellSteps(terminal);
  const { before, after, page, seconds } = await runNewDomain({
    net,
    size,
    seed,
    run: join(out, 'run'),
    onProgress: (part, done, total) => steps.update(part, done, total),
  }).finally(() => steps.stop());
  const report = join(out, 'report.html');
  await writeAtomically(report, page);
  terminal.out(
    `held-out 2AFC ${percent(before)} before, ${percent(after)} after (${size.train} triplets, trained in ${seconds.toFixed(1)} s)\n` +
      `heads ${join(out, 'run', 'heads.safetensors')}\nOpen the report in a browser:\n${report}\n`,
  );
}

/** The name of each part as it begins, and a bar while it goes on. */
function tellSteps(terminal: Terminal) {
  const shown: { part?: string; progress?: Progress } = {};
  return {
    update(part: string, done: number, total: number): void {
      if (part !== shown.part) {
        shown.progress?.stop();
        shown.progress = startProgress(terminal, part, total, { unit: 'done' });
        shown.part = part;
        terminal.out(`${part}\n`);
      }
      shown.progress?.update(done, total);
    },
    stop(): void {
      shown.progress?.stop();
    },
  };
}

/** @throws UsageError */
function readOptions(args: readonly string[]) {
  const { values } = parsed(args);
  const { out = DEFAULT_OUT, net = 'lite', seed = '1', quick = false, help = false } = values;
  if (help) return undefined;
  return {
    out: resolve(out),
    net: oneOf('--net', NET_NAMES, net),
    seed: wholeNumber('--seed', seed),
    size: quick ? QUICK : FULL,
  };
}

function parsed(args: readonly string[]) {
  return parseFlags({
    args: [...args],
    options: {
      out: { type: 'string' },
      net: { type: 'string' },
      seed: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
