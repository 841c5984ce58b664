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
import { median } from '../src/alternate.js';
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

/** A form of a step, in several processes. */
export interface FormTimes {
  readonly form: string;
  /** The least of the medians of its processes, in milliseconds. */
  readonly least: number;
  /** Milliseconds of every step in all of them. */
  readonly times: readonly number[];
}

/** A step with one loss, on both sides. */
export interface StepContest {
  readonly own: readonly FormTimes[];
  readonly pytorch: readonly FormTimes[];
}

/** Times a step with one loss. */
export function trainingStepContest({ folder, python, backend }: Setting, loss: StepLossName): StepContest {
  const net = loss === 'vgg' ? loss : 'alex';
  const weights = writeFlatWeights(folder, net, seededWeights(net)); // speed does not depend on them
  const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
  const ask = (command: string, args: string[], environment = process.env) => {
    const printed = execFileSync(command, args, { env: environment, encoding: 'utf8' });
    return (JSON.parse(printed) as { times: number[] }).times;
  };
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
  const gather = (form: string, processes: readonly (readonly number[])[]): FormTimes => {
    return { form, least: Math.min(...processes.map(median)), times: processes.flat() };
  };
  const timesOf = (forms: readonly string[], side: 'own' | 'pytorch') =>
    forms.map((form, i) =>
      gather(
        form,
        turns.map((turn) => at(turn[side], i)),
      ),
    );
  return { own: timesOf(ownForms, 'own'), pytorch: timesOf(PYTORCH_FORMS, 'pytorch') };
}
