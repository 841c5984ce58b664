#!/usr/bin/env node
/**
 * @module
 * Trains a variational autoencoder with LPIPS in its loss, and draws what it rebuilds, what it invents, and the way from one
 * picture to another. Below are its flags, then the training; `model.ts` is the network.
 */
import { join } from 'node:path';
import {
  avgPool,
  mean,
  type Scalar,
  scalar,
  squaredDifference,
  type Tensor4D,
  tidy,
  variable,
} from '@tensorflow/tfjs';
import 'tfjs-wasm-kernels';
import { type Collection, collect } from 'example-harness/collection';
import { choice, count, path, text, toggle } from 'example-harness/flags';
import { outputIn } from 'example-harness/page';
import { PRINTS } from 'example-harness/photographs';
import { type Options, startProgram } from 'example-harness/program';
import { resumeTraining, type TrainingPlan, trainInStretches } from 'example-harness/stretches';
import { restoreModel, restoreVariable } from 'example-harness/training-state';
import { at, type Lpips, NET_NAMES } from 'lpips-core';
import { klDivergence } from 'lpips-loss';
import { BACKEND_CHOICES, loadLpips, selectBackend } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';
import { drawPatches, seedOf } from 'lpips-pictures';
import { encode, rebuild } from './from-codes.js';
import { SIDE, type Vae, variationalAutoencoder } from './model.js';
import { SHOWN, writeSheets } from './sheets.js';
import { type Recipe, trainStretch } from './training.js';

/** Patches to learn from, where the steps draw as many; those that are kept out are the ones that are shown. */
const PATCHES = 2048;
/** Number of lines that report on the training, and of checkpoints. */
const REPORTS = 10;
/**
 * Log-variance of the decoder at the start. It ends near ln rec, and Adam moves it no faster than by the learning rate a
 * step.
 */
const LOG_VARIANCE = -1.5;

const flags = {
  out: path('FOLDER', 'where the checkpoint and the sheets go', 'demo-output/vae'),
  resume: toggle('goes on from the checkpoint in --out'),
  photos: text(
    'FOLDER',
    'your photographs; every fifth is kept out of training (default: six that come with the examples)',
  ),
  net: choice('NET', 'net in the loss (default vgg with --weights, otherwise lite)', NET_NAMES, undefined),
  weights: text('FOLDER', 'official weights, for --net'),
  backend: choice('NAME', 'where it computes', BACKEND_CHOICES, 'auto'),
  steps: count('steps of training', 600, 1),
  seed: count('another start, other patches', 1),
};

await startProgram({
  name: 'vae',
  about: `Trains a small variational autoencoder with L1, LPIPS and the KL divergence of its code, under a learned variance, on
patches of photographs. Draws held-out patches and what it rebuilds of them, pictures that it makes of samples of the
prior, and walks between the codes of two pictures.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { out, photos, weights, steps, seed, resume } = options;
  const net = options.net ?? (weights === undefined ? 'lite' : 'vgg');
  const sheets = {
    reconstructions: await outputIn(out, 'reconstructions.png'),
    samples: await outputIn(out, 'samples.png'),
    walks: await outputIn(out, 'walks.png'),
  };
  const { name: backend } = await selectBackend(options.backend);
  const collection = await collect(photos, PRINTS);
  const lpips = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
  terminal.out(`${backend} backend; LPIPS with ${lpips.net} in the loss\n`);
  const recipe: Recipe = {
    seed,
    steps,
    stretch: Math.ceil(steps / REPORTS),
    batch: 8,
    learningRate: 1.5e-3,
    klWeight: 0.5,
    klWarmUp: Math.ceil(steps / 4),
  };
  const plan: TrainingPlan = {
    program: 'vae',
    path: join(out, 'vae.safetensors'),
    asked: { net: lpips.net, ...recipe, photographs: collection.digest },
    steps,
    stretch: recipe.stretch,
    resume,
  };
  const begun = await resumeTraining(plan, { step: 0 });

  const vae = variationalAutoencoder(seed);
  const logVariance = variable(scalar(LOG_VARIANCE));
  const patches = patchesOf(collection.train, seedOf(seed, 'train'), Math.min(PATCHES, steps * recipe.batch));
  const held = patchesOf(collection.held, seedOf(seed, 'held out'), SHOWN);
  const report = (when: string) => {
    const s = read(logVariance.clone() as Scalar);
    terminal.out(`${when}  ${verdictOn(vae, lpips, held)}  s ${s.toFixed(3)}\n`);
  };
  if (begun.state) {
    restoreModel(vae.encoder, 'encoder', begun.state);
    restoreModel(vae.decoder, 'decoder', begun.state);
    restoreVariable(logVariance, 'logVariance', begun.state);
  }
  report(`at step ${begun.standing.step}`);
  const training = { vae, logVariance, lpips, patches };
  await trainInStretches(plan, begun, async ({ standing, state }, last) => {
    const learned = await trainStretch(training, recipe, standing.step, last, state);
    report(`step ${last}  loss ${learned.loss.toFixed(4)}`);
    return { state: learned.state, standing: { step: last } };
  });

  await writeSheets(sheets, vae, held, seedOf(seed, 'samples'));
  for (const one of [patches, held, logVariance, lpips, vae.encoder, vae.decoder]) one.dispose();
  const lines = Object.entries(sheets).map(([name, file]) => `${name}: ${file}\n`);
  terminal.out(lines.join(''));
}

/** Seeded patches of photographs at random scales, `[count, 32, 32, 3]` in [-1, 1]; the caller disposes. */
function patchesOf(photographs: Collection['train'], seed: number, count: number): Tensor4D {
  return tidy(() => {
    const patches = drawPatches(
      photographs.map(({ photograph }) => photograph),
      seed,
      count,
    );
    const reduction = at(patches.shape, 1) / SIDE;
    return avgPool(patches, reduction, reduction, 'valid');
  });
}

/** How close the model comes to held-out pictures, and how many nats their codes take. */
function verdictOn(vae: Vae, lpips: Lpips, held: Tensor4D): string {
  const rebuilt = rebuild(vae, held);
  const code = encode(vae, held);
  const distance = read(tidy(() => mean(lpips.distance(rebuilt, held))));
  const error = read(tidy(() => mean(squaredDifference(rebuilt, held))));
  const divergence = read(tidy(() => mean(klDivergence(code))));
  for (const tensor of [rebuilt, code.mean, code.logVariance]) tensor.dispose();
  const psnr = 10 * Math.log10(4 / error);
  return `held-out: LPIPS ${distance.toFixed(4)}  PSNR ${psnr.toFixed(2)} dB  KL ${divergence.toFixed(1)} nats`;
}

function read(value: Scalar): number {
  const number = at(value.dataSync(), 0);
  value.dispose();
  return number;
}
