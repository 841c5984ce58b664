#!/usr/bin/env node
/**
 * @module
 * Calibrates the heads of a net anew for one kind of picture, and reports what that gains. Below are its flags; `new-domain.ts`
 * is the work from end to end: make pictures and votes, extract, train, evaluate.
 */
import { join } from 'node:path';
import { choice, count, path, text, toggle } from 'example-harness/flags';
import { outputIn, publishPage } from 'example-harness/page';
import { type Options, startProgram } from 'example-harness/program';
import { tellParts } from 'example-harness/progress';
import { NET_NAMES, printable } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import { type DomainOptions, FULL, makeTriplets, QUICK, runNewDomain } from './new-domain.js';

const flags = {
  out: path('FOLDER', 'where heads and report go', 'demo-output/new-domain'),
  net: choice('NET', 'net whose heads are retrained', NET_NAMES, 'lite'),
  weights: text('FOLDER', 'official weights, for --net'),
  seed: count('another seed, other pictures and votes', 1),
  triplets: text('FOLDER', 'makes triplets for people to judge, and ends; bapps collect asks about them'),
  judged: text('FOLDER', 'trains on what people judged, as bapps votes exports it, instead of botanists'),
  quick: toggle('few pictures, to see that everything works'),
};

await startProgram({
  name: 'new-domain',
  about: `Retrains the heads of a net for a new domain: grey plates of plants, judged by botanists who look at shapes alone. Prints
held-out 2AFC before and after, and writes the heads and a report.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { out, net, weights, seed, triplets, judged, quick } = options;
  const size = quick ? QUICK : FULL;
  const metric = { net, ...(weights !== undefined && { weights }) };
  if (triplets !== undefined) return await prepare(triplets, { ...metric, seed, size }, terminal);
  const report = await outputIn(out, 'report.html');
  const parts = tellParts(terminal);
  const { before, after, page, seconds } = await runNewDomain({
    ...metric,
    size,
    seed,
    run: join(out, 'run'),
    ...(judged !== undefined && { judged }),
    onProgress: (part, done, total) => parts.update(part, done, total),
  }).finally(() => parts.end());
  const learned = judged === undefined ? `${size.train} triplets` : printable(judged);
  terminal.out(
    `held-out 2AFC ${percent(before)} before, ${percent(after)} after (${learned}, trained in ${seconds.toFixed(1)} s)\n` +
      `heads ${join(out, 'run', 'heads.safetensors')}\n`,
  );
  await publishPage(terminal, report, page);
}

/** Makes triplets, and says how people come to judge them. */
async function prepare(
  folder: string,
  options: Pick<DomainOptions, 'net' | 'weights' | 'seed' | 'size'>,
  terminal: Terminal,
): Promise<void> {
  const parts = tellParts(terminal);
  const onProgress = (part: string, done: number, total: number) => parts.update(part, done, total);
  await makeTriplets(folder, { ...options, onProgress }).finally(() => parts.end());
  const { train, val } = options.size;
  terminal.out(
    `${printable(folder)}  ${train} triplets to learn from, ${val} held out. People judge them so:\n` +
      `  bapps collect ${printable(folder)}\n` +
      `  bapps votes ${printable(folder)} --catch-below 0.8 --export judged/\n` +
      '  new-domain --judged judged/\n',
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
