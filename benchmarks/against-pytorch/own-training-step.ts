/**
 * @module
 * This project's side of a training step. Prints the milliseconds of each step as JSON.
 */
import 'tfjs-wasm-kernels';
import { choice, count } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { BACKEND_CHOICES, selectBackend } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';
import { type StepLoss, trainingSteps } from '../src/training-step.js';
import { videoStep } from '../src/video-step.js';
import { OWN_FORMS, STEP_LOSSES, type StepLossName } from './training-step.js';

const flags = {
  loss: choice('NAME', 'loss of the step', STEP_LOSSES, 'alex'),
  form: choice('NAME', 'how it runs: each operation by itself, or the step as one', OWN_FORMS, 'eager'),
  backend: choice('NAME', 'where it computes', BACKEND_CHOICES, 'auto'),
  rounds: count('steps that are timed', 15, 1),
};

/** Of the losses of the examples' autoencoder. */
const NAMES = {
  mse: 'MSE',
  alex: 'L1 + LPIPS, alex',
  vgg: 'L1 + LPIPS, vgg',
} as const satisfies Record<Exclude<StepLossName, 'video'>, StepLoss>;

await startProgram({
  name: 'own-training-step',
  about:
    "Times a training step of the examples' autoencoder, or of their video autoencoder with its PatchGAN. Prints the milliseconds of each as JSON.",
  flags,
  run,
});

async function run(
  { loss, form, backend, rounds }: Options<typeof flags>,
  terminal: Terminal,
): Promise<void> {
  await selectBackend(backend);
  const isCaptured = form === 'captured';
  terminal.out(JSON.stringify({ times: timesOf(loss, rounds, isCaptured) }));
}

function timesOf(loss: StepLossName, rounds: number, isCaptured: boolean): readonly number[] {
  if (loss === 'video') return videoStep(rounds, isCaptured);
  const name: StepLoss = isCaptured ? `${NAMES[loss]}, captured` : NAMES[loss];
  return trainingSteps(rounds, [name])[name];
}
