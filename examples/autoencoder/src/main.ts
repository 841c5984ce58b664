#!/usr/bin/env node
/**
 * @module
 * The example as a command, behind `npm run demo`. Usage: `node dist/main.js [--out FOLDER] [--photos FOLDER] [--net NET]
 * [--weights FOLDER] [--backend NAME] [--steps N] [--seed N] [--resume] [--quick]`.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { enableProdMode } from '@tensorflow/tfjs';
import 'tfjs-wasm-kernels';
import { NET_NAMES } from 'lpips-core';
import { BACKEND_CHOICES, loadLpips, selectBackend } from 'lpips-node';
import {
  oneOf,
  type Progress,
  parseFlags,
  runProgram,
  startProgress,
  type Terminal,
  wholeNumber,
} from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { compareLosses, FULL, LOSS_NAMES, type LossName, QUICK } from './experiment.js';
import { dismiss, loadJudges } from './judges.js';
import { composePage } from './page.js';
import { collect } from './photographs.js';

const DEFAULT_OUT = 'demo-output/autoencoder';
const HELP = `Trains one autoencoder with MSE and with L1 + LPIPS, from the same start on the same patches of photographs, and
writes a page that shows what each makes of photographs it has not seen.

  --out FOLDER      where checkpoints and page.html go (default ${DEFAULT_OUT})
  --resume          goes on from the checkpoints in --out
  --photos FOLDER   your photographs; every fifth is kept out of training (default: six that come along)
  --net NET         in the loss: ${NET_NAMES.join(', ')} (default lite, which needs no download)
  --weights FOLDER  official weights, for --net and for the judges
  --backend NAME    ${BACKEND_CHOICES.join(', ')} (default auto)
  --steps N         of each training (default ${FULL.steps})
  --seed N          another start, other patches (default 1)
  --quick           few steps, to see that everything works
  --help            this text
`;

await runProgram({ name: 'autoencoder', help: HELP, readOptions, run });

async function run(options: NonNullable<ReturnType<typeof readOptions>>, terminal: Terminal): Promise<void> {
  const { out, photos, net, weights, size, seed, resume } = options;
  await mkdir(out, { recursive: true });
  const path = join(out, 'page.html');
  await checkOutput(path);
  enableProdMode();
  const { name: backend } = await selectBackend(options.backend);
  const collection = await collect(photos);
  const teacher = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
  const judges = await loadJudges(teacher, weights);
  const names = judges.nets.map((judge) => judge.net).join(' and ');
  terminal.out(`${backend} backend; LPIPS with ${net} in the loss, ${names} judging\n`);
  const steps = tellSteps(terminal, size);
  try {
    const comparison = await compareLosses({
      collection,
      teacher,
      judges,
      size,
      seed,
      out,
      resume,
      onStep: (loss, step, value) => steps.update(loss, step, value),
    }).finally(() => steps.stop());
    await writeAtomically(
      path,
      await composePage({ comparison, collection, judges, teacher: net, backend, size, seed }),
    );
    for (const { loss, patches, stepMs } of comparison.outcomes) {
      const { lpips, psnr, ssim } = patches.mean;
      const distances = lpips.map(
        (value, index) => `LPIPS-${judges.nets[index]?.net ?? ''} ${value.toFixed(3)}`,
      );
      terminal.out(
        `${LOSS_NAMES[loss].padEnd(11)} ${distances.join('  ')}  PSNR ${psnr.toFixed(2)} dB  SSIM ${ssim.toFixed(3)}  ${stepMs.toFixed(0)} ms a step\n`,
      );
    }
    terminal.out(`Open the page in a browser:\n${path}\n`);
  } finally {
    dismiss(judges);
    teacher.dispose();
  }
}

/** The name of each training as it begins, and a bar with loss, images per second and time left. */
function tellSteps(terminal: Terminal, { steps, batch }: { readonly steps: number; readonly batch: number }) {
  const shown: { loss?: LossName; progress?: Progress } = {};
  return {
    update(loss: LossName, step: number, value: number): void {
      if (loss !== shown.loss) {
        shown.progress?.stop();
        const label = `training with ${LOSS_NAMES[loss]}`;
        terminal.out(`${label}\n`);
        shown.progress = startProgress(terminal, label, steps * batch, { unit: 'images', rate: true });
        shown.loss = loss;
      }
      shown.progress?.update(step * batch, steps * batch, `loss ${value.toFixed(4)}`);
    },
    stop(): void {
      shown.progress?.stop();
    },
  };
}

/** @throws UsageError */
function readOptions(args: readonly string[]) {
  const { values } = parsed(args);
  const { out = DEFAULT_OUT, photos, net = 'lite', weights, backend = 'auto', seed = '1', steps } = values;
  const { resume = false, quick = false, help = false } = values;
  if (help) return undefined;
  const size = quick ? QUICK : FULL;
  return {
    out: resolve(out),
    photos,
    net: oneOf('--net', NET_NAMES, net),
    weights,
    backend: oneOf('--backend', BACKEND_CHOICES, backend),
    seed: wholeNumber('--seed', seed),
    size: steps === undefined ? size : { ...size, steps: wholeNumber('--steps', steps, 1) },
    resume,
  };
}

function parsed(args: readonly string[]) {
  return parseFlags({
    args: [...args],
    options: {
      out: { type: 'string' },
      photos: { type: 'string' },
      net: { type: 'string' },
      weights: { type: 'string' },
      backend: { type: 'string' },
      steps: { type: 'string' },
      seed: { type: 'string' },
      resume: { type: 'boolean' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
}
