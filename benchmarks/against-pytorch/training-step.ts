/**
 * @module
 * A training step of the examples' autoencoder, or of their video autoencoder with its PatchGAN, against the same step in PyTorch with `lpips`. Each side is a process of its
 * own that prints a median. They run by turns, and the least of three medians counts, in the fastest form of each side.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { at } from 'lpips-core';
import { seededWeights } from '../src/seeded.js';
import { type Setting, writeFlatWeights } from './contest.js';
import { PYTORCH_ENVIRONMENT } from './set-up.js';

const OWN = fileURLToPath(new URL('./own-training-step.js', import.meta.url));
const PYTORCH = join(import.meta.dirname, '../../against-pytorch/training_step.py');
const PYTORCH_VIDEO = join(import.meta.dirname, '../../against-pytorch/video_step.py');
const RUNS = 3;
const [WARM_UP, ROUNDS] = [3, 15];

/** Losses of a step on either side: MSE, or L1 and LPIPS with the net of that name; or the step of clips with a PatchGAN. */
export const STEP_LOSSES = ['mse', 'alex', 'vgg', 'video'] as const;
export type StepLossName = (typeof STEP_LOSSES)[number];

/** How this project runs a step: each operation by itself, or captured as one, where the backend can. */
export const OWN_FORMS = ['eager', 'captured'] as const;
/** How PyTorch does: with channels first or last, or by `torch.compile`. */
const PYTORCH_FORMS = ['eager', 'channels-last', 'compiled'] as const;

/** Milliseconds of a step in each form. */
export type StepTimes<Form extends string> = readonly (readonly [form: Form, milliseconds: number])[];

/** A step with one loss, on both sides. */
export interface StepContest {
  readonly own: StepTimes<(typeof OWN_FORMS)[number]>;
  readonly pytorch: StepTimes<(typeof PYTORCH_FORMS)[number]>;
}

/** Milliseconds of a step with one loss. */
export function trainingStepContest({ folder, python, backend }: Setting, loss: StepLossName): StepContest {
  const net = loss === 'vgg' ? loss : 'alex';
  const weights = writeFlatWeights(folder, net, seededWeights(net)); // speed does not depend on them
  const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
  const ask = (command: string, args: string[], environment = process.env) =>
    (JSON.parse(execFileSync(command, args, { env: environment, encoding: 'utf8' })) as { ms: number }).ms;
  const pytorch = (form: string) => {
    const program = loss === 'video' ? [PYTORCH_VIDEO] : [PYTORCH, loss];
    const args = [form, `${availableParallelism()}`, weights, `${WARM_UP}`, `${ROUNDS}`];
    return ask(python, [...program, ...args], env);
  };
  const own = (form: string) => {
    const flags = ['--loss', loss, '--form', form, '--backend', backend, '--rounds', `${ROUNDS}`];
    return ask(process.execPath, [OWN, ...flags]);
  };
  const ownForms = OWN_FORMS.filter((form) => form === 'eager' || backend === 'tensorflow');
  const turns = Array.from({ length: RUNS }, () => ({
    own: ownForms.map(own),
    pytorch: PYTORCH_FORMS.map(pytorch),
  }));
  const least = (times: number[][], index: number) => Math.min(...times.map((turn) => at(turn, index)));
  return {
    own: ownForms.map(
      (form, i) =>
        [
          form,
          least(
            turns.map((turn) => turn.own),
            i,
          ),
        ] as const,
    ),
    pytorch: PYTORCH_FORMS.map(
      (form, i) =>
        [
          form,
          least(
            turns.map((turn) => turn.pytorch),
            i,
          ),
        ] as const,
    ),
  };
}
