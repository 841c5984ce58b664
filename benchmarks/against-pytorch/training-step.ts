/**
 * @module
 * A training step of the examples' autoencoder against the same step in PyTorch with `lpips`. Each side is a process of its
 * own that prints a median. They run by turns, and the least of three medians counts.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededWeights } from '../src/seeded.js';
import { type Setting, writeFlatWeights } from './contest.js';
import { PYTORCH_ENVIRONMENT } from './set-up.js';

const OWN = fileURLToPath(new URL('./own-training-step.js', import.meta.url));
const PYTORCH = join(import.meta.dirname, '../../against-pytorch/training_step.py');
const RUNS = 3;
const [WARM_UP, ROUNDS] = [3, 15];

/** Losses of a step on either side: MSE, or L1 and LPIPS with the net of that name. */
export const STEP_LOSSES = ['mse', 'alex', 'vgg'] as const;
export type StepLossName = (typeof STEP_LOSSES)[number];

/** Milliseconds of a step with each loss. */
export function trainingStepContest({
  folder,
  python,
  backend,
}: Setting): Record<StepLossName, { own: number; pytorch: number }> {
  const flat = (net: 'alex' | 'vgg') => writeFlatWeights(folder, net, seededWeights(net)); // speed does not depend on them
  const weights = { alex: flat('alex'), vgg: flat('vgg') };
  const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
  const ask = (command: string, args: string[]) =>
    (JSON.parse(execFileSync(command, args, { env, encoding: 'utf8' })) as { ms: number }).ms;
  const pytorch = (loss: StepLossName) => {
    const file = weights[loss === 'mse' ? 'alex' : loss];
    return ask(python, [PYTORCH, loss, `${availableParallelism()}`, file, `${WARM_UP}`, `${ROUNDS}`]);
  };
  const own = (loss: StepLossName) =>
    ask(process.execPath, [OWN, '--loss', loss, '--backend', backend, '--rounds', `${ROUNDS}`]);
  const least = (loss: StepLossName) => {
    const turns = Array.from({ length: RUNS }, () => ({ own: own(loss), pytorch: pytorch(loss) }));
    return {
      own: Math.min(...turns.map((turn) => turn.own)),
      pytorch: Math.min(...turns.map((turn) => turn.pytorch)),
    };
  };
  return { mse: least('mse'), alex: least('alex'), vgg: least('vgg') };
}
