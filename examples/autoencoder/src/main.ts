#!/usr/bin/env node
/**
 * @module
 * Trains one autoencoder twice, by squared error and by L1 + LPIPS, and writes a page with both (`npm run demo`). Below are its
 * flags, then `run`: choose a backend, collect photographs, load the metric and the judges, train, write. The training itself
 * is in `experiment.ts`, its loss in `lossOf` there.
 */
import 'tfjs-wasm-kernels';
import { collect } from 'example-harness/collection';
import { choice, count, path, text, toggle } from 'example-harness/flags';
import { outputIn, publishPage } from 'example-harness/page';
import { type Options, startProgram } from 'example-harness/program';
import { tellParts } from 'example-harness/progress';
import { at, NET_NAMES } from 'lpips-core';
import { BACKEND_CHOICES, loadLpips, selectBackend } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';
import { type Comparison, compareLosses, FULL, LOSS_NAMES, QUICK } from './experiment.js';
import { dismiss, type Judges, loadJudges, namesOf } from './judges.js';
import { composePage } from './page.js';

const BACKEND = 'auto';
const SEED = 1;

const flags = {
  out: path('FOLDER', 'where checkpoints and page.html go', 'demo-output/autoencoder'),
  resume: toggle('goes on from the checkpoints in --out'),
  photos: text(
    'FOLDER',
    'your photographs; every fifth is kept out of training (default: eleven that come with the examples)',
  ),
  net: choice('NET', 'net in the loss (default vgg with --weights, otherwise lite)', NET_NAMES, undefined),
  weights: text('FOLDER', 'official weights, for --net and for the judges'),
  backend: choice('NAME', 'where it computes', BACKEND_CHOICES, BACKEND),
  steps: count(`steps of each training (default ${FULL.steps}, with --quick ${QUICK.steps})`, undefined, 1),
  seed: count('another start, other patches', SEED),
  quick: toggle('few steps, to see that everything works'),
};

await startProgram({
  name: 'autoencoder',
  about: `Trains one autoencoder with MSE and with L1 + LPIPS, from the same start on the same patches of photographs. Writes a page
that shows how each rebuilds photographs that it has not seen.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { out, photos, weights, steps, seed, resume, quick } = options;
  const net = options.net ?? (weights === undefined ? 'lite' : 'vgg'); // VQGAN and CogVideo train with VGG16
  const size = { ...(quick ? QUICK : FULL), ...(steps !== undefined && { steps }) };
  const page = await outputIn(out, 'page.html');
  const { name: backend } = await selectBackend(options.backend);
  const collection = await collect(photos);
  const teacher = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
  const judges = await loadJudges(teacher, weights);
  terminal.out(`${backend} backend; LPIPS with ${net} in the loss, ${namesOf(judges)} judging\n`);
  const parts = tellParts(terminal, { unit: 'images', rate: true });
  try {
    const comparison = await compareLosses({
      collection,
      teacher,
      judges,
      size,
      seed,
      out,
      resume,
      onStep: (loss, step, value) => {
        const part = `training with ${LOSS_NAMES[loss]}`;
        parts.update(part, step * size.batch, size.steps * size.batch, `loss ${value.toFixed(4)}`);
      },
    }).finally(() => parts.end());
    terminal.out(resultsOf(comparison, judges));
    const command = commandOf(options);
    const story = { comparison, collection, judges, teacher: net, backend, size, seed, command };
    await publishPage(terminal, page, await composePage(story));
  } finally {
    dismiss(judges);
    teacher.dispose();
  }
}

/** The command that makes the same page again. */
function commandOf({ photos, net, weights, backend, steps, seed, quick }: Options<typeof flags>): string {
  const given = Object.entries({
    photos,
    net,
    weights,
    backend: backend === BACKEND ? undefined : backend,
    steps,
    seed: seed === SEED ? undefined : seed,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  if (quick) given.push('--quick');
  return given.length === 0 ? 'npm run demo' : `npm run demo -- ${given.join(' ')}`;
}

/** One line for each loss. */
function resultsOf({ outcomes }: Comparison, judges: Judges): string {
  const lines = outcomes.map(({ loss, patches, stepMs }) => {
    const { lpips, haarPsi, psnr, ssim } = patches.mean;
    const measures = [
      ...judges.nets.map(({ net }, index) => `LPIPS-${net} ${at(lpips, index).toFixed(3)}`),
      `HaarPSI ${haarPsi.toFixed(3)}`,
      `PSNR ${psnr.toFixed(2)} dB`,
      `SSIM ${ssim.toFixed(3)}`,
      `${stepMs.toFixed(0)} ms a step`,
    ];
    return `${LOSS_NAMES[loss].padEnd(11)} ${measures.join('  ')}\n`;
  });
  return lines.join('');
}
