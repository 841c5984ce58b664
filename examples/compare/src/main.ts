#!/usr/bin/env node
/**
 * @module
 * Ranks distorted photographs by LPIPS, PSNR and SSIM, lets losses pull at pixels, and writes a page (`npm run demo:compare`).
 * Below are its flags; `demo.ts` is the work from end to end.
 */
import { path, toggle } from 'example-harness/flags';
import { publishPage } from 'example-harness/page';
import { type Options, startProgram } from 'example-harness/program';
import { tellParts } from 'example-harness/progress';
import type { Terminal } from 'lpips-node/command-line';
import { DEFAULT_OUT, FULL, QUICK, runDemo } from './demo.js';
import { summarize } from './summary.js';

const flags = {
  out: path('FILE', 'where the page goes', DEFAULT_OUT),
  quick: toggle('small pictures and few steps, to see that everything works'),
};

await startProgram({
  name: 'compare',
  about: 'Compares photographs and their distortions by LPIPS, PSNR and SSIM, and writes one HTML page.',
  flags,
  run,
});

async function run({ out, quick }: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const started = performance.now();
  const result = await runDemo({
    size: quick ? QUICK : FULL,
    out,
    parts: tellParts(terminal, { unit: 'steps' }),
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  terminal.out(`${summarize(result)}\nDone in ${seconds} s. `);
  await publishPage(terminal, out, result.page);
}
