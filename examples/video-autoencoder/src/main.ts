#!/usr/bin/env node
/**
 * @module
 * The example as a command. Usage: `node dist/main.js [--out FILE] [--photos FOLDER] [--steps N] [--start N] [--seed N]
 * [--resume]`.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { clipByValue, enableProdMode, mean, squaredDifference, type Tensor5D, tidy } from '@tensorflow/tfjs';
import 'tfjs-wasm-kernels';
import { readCheckpoint, writeCheckpoint } from 'example-autoencoder/checkpoint';
import { restoreModel } from 'example-autoencoder/training-state';
import { patchDiscriminator, videoLpipsLoss } from 'lpips-loss';
import { loadLpips, selectBackend } from 'lpips-node';
import { parseFlags, runProgram, type Terminal, wholeNumber } from 'lpips-node/command-line';
import { checkOutput } from 'lpips-node/files';
import { seedOf } from 'lpips-pictures';
import { drawClips, SIDE, scenesOf } from './clips.js';
import { videoAutoencoder } from './model.js';
import { writeSheet } from './sheet.js';
import { type Recipe, type Standing, type StepLog, trainStretch } from './training.js';

const DEFAULT_OUT = 'demo-output/video-autoencoder.png';
const HELP = `Trains a small video autoencoder with L1, LPIPS of clips and a PatchGAN, on clips that pan across photographs. Draws
held-out clips, the frames of each above those rebuilt.

  --out FILE        where the drawing goes, and beside it the checkpoint (default ${DEFAULT_OUT})
  --resume          goes on from the checkpoint
  --photos FOLDER   your photographs; the last is kept out of training (default: three that come along)
  --steps N         of training (default 300)
  --start N         step from which the discriminator counts (default 200)
  --seed N          another start, other clips (default 1)
  --help            this text
`;
const BATCH = 4;
const HELD_CLIPS = 8;
/** Lines that tell of the training, and checkpoints. */
const TOLD = 10;

await runProgram({ name: 'video-autoencoder', help: HELP, readOptions, run });

async function run(options: NonNullable<ReturnType<typeof readOptions>>, terminal: Terminal): Promise<void> {
  const { out, photos, steps, start, seed, resume } = options;
  if (options.isDefault) await mkdir(dirname(out), { recursive: true });
  await checkOutput(out);
  enableProdMode();
  await selectBackend('auto');
  const scenes = await scenesOf(photos);
  const lpips = await loadLpips({ net: 'lite' });
  const generator = videoAutoencoder(seed);
  const discriminator = patchDiscriminator({
    inputShape: [SIDE, SIDE, 3],
    filters: 16,
    depth: 2,
    normalization: 'none',
    seed,
  });
  const held = drawClips(scenes.held, seedOf(seed, 'held out'), HELD_CLIPS);
  const rebuild = () => tidy(() => clipByValue(generator.predict(held) as Tensor5D, -1, 1));
  const tell = (when: string) => {
    const [distance, error] = tidy(() => {
      const rebuilt = rebuild();
      return [mean(videoLpipsLoss(lpips)(held, rebuilt)), mean(squaredDifference(held, rebuilt))].map(
        (value) => value.dataSync()[0] ?? Number.NaN,
      );
    }) as [number, number];
    const psnr = 10 * Math.log10(4 / error);
    terminal.out(`${when}: LPIPS ${distance.toFixed(4)}  PSNR ${psnr.toFixed(2)} dB on held-out clips\n`);
  };
  const stretch = Math.ceil(steps / TOLD);
  const recipe: Recipe = { seed, steps, stretch, batch: BATCH, learningRate: 2e-3, start, weight: 0.1 };
  const asked = JSON.stringify({ net: lpips.net, ...recipe, photographs: scenes.digest });
  const path = join(dirname(out), `${parse(out).name}.safetensors`);
  const checkpoint = resume
    ? await readCheckpoint<{ step: number }>('video-autoencoder', path, asked)
    : undefined;
  let standing: Standing = checkpoint ? { ...checkpoint.standing, state: checkpoint.state } : { step: 0 };
  if (standing.state) restoreModel(generator, 'generator', standing.state);
  tell(standing.step === 0 ? 'before' : `at step ${standing.step}`);
  while (standing.step < steps) {
    const { step, state } = await trainStretch(
      { generator, discriminator, lpips, photographs: scenes.train },
      recipe,
      standing,
      (log) => {
        if (log.step % stretch === 0 || log.step === steps) terminal.out(`${lineOf(log)}\n`);
      },
    );
    await writeCheckpoint(path, asked, { state, standing: { step } });
    standing = { step, state };
  }
  tell('after');
  const rebuilt = rebuild();
  await writeSheet(out, held, rebuilt);
  for (const tensor of [held, rebuilt, lpips, generator, discriminator]) tensor.dispose();
  terminal.out(`Frames, and below them what became of them:\n${out}\n`);
}

function lineOf({ step, reconstruction, adversarialWeight, discriminator }: StepLog): string {
  const game =
    discriminator === undefined
      ? ''
      : `  discriminator ${discriminator.toFixed(4)}  adversarial weight ${adversarialWeight.toFixed(4)}`;
  return `step ${step}  reconstruction ${reconstruction.toFixed(4)}${game}`;
}

/** @throws UsageError */
function readOptions(args: readonly string[]) {
  const { values } = parsed(args);
  const { out = DEFAULT_OUT, photos, steps = '300', start = '200', seed = '1', resume, help } = values;
  if (help) return undefined;
  return {
    out: resolve(out),
    isDefault: values.out === undefined,
    photos,
    steps: wholeNumber('--steps', steps, 1),
    start: wholeNumber('--start', start),
    seed: wholeNumber('--seed', seed),
    resume: resume === true,
  };
}

function parsed(args: readonly string[]) {
  return parseFlags({
    args: [...args],
    options: {
      out: { type: 'string' },
      photos: { type: 'string' },
      steps: { type: 'string' },
      start: { type: 'string' },
      seed: { type: 'string' },
      resume: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
}
