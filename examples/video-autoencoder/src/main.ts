#!/usr/bin/env node
/**
 * @module
 * Trains an autoencoder of clips by L1 + LPIPS with a PatchGAN beside them, and draws what it rebuilds. Below are its flags, then
 * the run; `training.ts` is a step of both networks.
 */
import { dirname, join, parse } from 'node:path';
import { clipByValue, mean, type Scalar, squaredDifference, type Tensor5D, tidy } from '@tensorflow/tfjs';
import 'tfjs-wasm-kernels';
import { count, path, text, toggle } from 'example-harness/flags';
import { prepareOutput } from 'example-harness/page';
import { type Options, startProgram } from 'example-harness/program';
import { resumeTraining, type TrainingPlan, trainInStretches } from 'example-harness/stretches';
import { restoreModel } from 'example-harness/training-state';
import { DISCRIMINATOR, videoAutoencoder } from 'example-harness/video-autoencoder';
import { patchDiscriminator, videoLpipsLoss } from 'lpips-loss';
import { loadLpips, selectBackend, takeNumber } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';
import { seedOf } from 'lpips-pictures';
import { drawClips, scenesOf } from './clips.js';
import { writeSheet } from './sheet.js';
import { type Recipe, type StepLog, trainStretch } from './training.js';

const DEFAULT_OUT = 'demo-output/video-autoencoder.png';
const BATCH = 4;
const HELD_CLIPS = 8;
/** Number of lines that report on the training, and of checkpoints. */
const REPORTS = 10;

const flags = {
  out: path('FILE', 'where the drawing goes, with the checkpoint beside it', DEFAULT_OUT),
  resume: toggle('goes on from the checkpoint'),
  photos: text(
    'FOLDER',
    'your photographs; the last is kept out of training (default: three that come with the examples)',
  ),
  steps: count('steps of training', 300, 1),
  start: count('step from which the discriminator counts', 200),
  seed: count('another start, other clips', 1),
};

await startProgram({
  name: 'video-autoencoder',
  about: `Trains a small video autoencoder with L1, LPIPS of clips and a PatchGAN, on clips that pan across photographs. Draws the
frames of held-out clips and below them the rebuilt frames.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { out, photos, steps, start, seed, resume } = options;
  await prepareOutput(out, DEFAULT_OUT);
  await selectBackend('auto');
  const scenes = await scenesOf(photos);
  const lpips = await loadLpips({ net: 'lite' });
  const generator = videoAutoencoder(seed);
  const discriminator = patchDiscriminator({ ...DISCRIMINATOR, seed });
  const held = drawClips(scenes.held, seedOf(seed, 'held out'), HELD_CLIPS);
  const rebuild = () => tidy(() => clipByValue(generator.predict(held) as Tensor5D, -1, 1));
  const report = async (when: string) => {
    const measured = tidy(() => {
      const rebuilt = rebuild();
      return {
        distance: mean<Scalar>(videoLpipsLoss(lpips)(held, rebuilt)),
        error: mean<Scalar>(squaredDifference(held, rebuilt)),
      };
    });
    const distance = await takeNumber(measured.distance);
    const error = await takeNumber(measured.error);
    const psnr = 10 * Math.log10(4 / error);
    terminal.out(`${when}: LPIPS ${distance.toFixed(4)}  PSNR ${psnr.toFixed(2)} dB on held-out clips\n`);
  };

  const stretch = Math.ceil(steps / REPORTS);
  const recipe: Recipe = { seed, steps, stretch, batch: BATCH, learningRate: 2e-3, start, weight: 0.1 };
  const plan: TrainingPlan = {
    program: 'video-autoencoder',
    path: join(dirname(out), `${parse(out).name}.safetensors`),
    asked: { net: lpips.net, ...recipe, photographs: scenes.digest },
    steps,
    stretch,
    resume,
  };
  const begun = await resumeTraining(plan, { step: 0 });
  if (begun.state) restoreModel(generator, 'generator', begun.state);
  await report(begun.state ? `at step ${begun.standing.step}` : 'before');
  const game = { generator, discriminator, lpips, photographs: scenes.train };
  await trainInStretches(plan, begun, async ({ standing, state }, last) => {
    const learned = await trainStretch(game, recipe, standing.step, last, state, (log) => {
      if (log.step === last) terminal.out(`${lineOf(log)}\n`);
    });
    return { state: learned, standing: { step: last } };
  });
  await report('after');

  const rebuilt = rebuild();
  await writeSheet(out, held, rebuilt);
  for (const tensor of [held, rebuilt, lpips, generator, discriminator]) tensor.dispose();
  terminal.out(`Frames, and below them the rebuilt frames:\n${out}\n`);
}

function lineOf({ step, reconstruction, adversarialWeight, discriminator }: StepLog): string {
  const game =
    discriminator === undefined
      ? ''
      : `  discriminator ${discriminator.toFixed(4)}  adversarial weight ${adversarialWeight.toFixed(4)}`;
  return `step ${step}  reconstruction ${reconstruction.toFixed(4)}${game}`;
}
