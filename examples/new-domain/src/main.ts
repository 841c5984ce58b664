#!/usr/bin/env node
/**
 * @module
 * Calibrates the heads of a net anew for one kind of picture, and reports what that gains. Below are its flags; `new-domain.ts`
 * is the work from end to end: make pictures and votes, extract, train, evaluate.
 */
import { join } from 'node:path';
import { choice, count, path, toggle } from 'example-harness/flags';
import { outputIn, publishPage } from 'example-harness/page';
import { type Options, startProgram } from 'example-harness/program';
import { tellParts } from 'example-harness/progress';
import { NET_NAMES } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import { FULL, QUICK, runNewDomain } from './new-domain.js';

const flags = {
  out: path('FOLDER', 'where heads and report go', 'demo-output/new-domain'),
  net: choice('NET', 'net whose heads are retrained', NET_NAMES, 'lite'),
  seed: count('another seed, other pictures and votes', 1),
  quick: toggle('few pictures, to see that everything works'),
};

await startProgram({
  name: 'new-domain',
  about: `Retrains the heads of a net for a new domain: grey plates of plants, judged by botanists who look at shapes alone. Prints
held-out 2AFC before and after, and writes the heads and a report.`,
  flags,
  run,
});

async function run({ out, net, seed, quick }: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const size = quick ? QUICK : FULL;
  const report = await outputIn(out, 'report.html');
  const parts = tellParts(terminal);
  const { before, after, page, seconds } = await runNewDomain({
    net,
    size,
    seed,
    run: join(out, 'run'),
    onProgress: (part, done, total) => parts.update(part, done, total),
  }).finally(() => parts.end());
  terminal.out(
    `held-out 2AFC ${percent(before)} before, ${percent(after)} after (${size.train} triplets, trained in ${seconds.toFixed(1)} s)\n` +
      `heads ${join(out, 'run', 'heads.safetensors')}\n`,
  );
  await publishPage(terminal, report, page);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
