/**
 * @module
 * A training step of the examples' autoencoder against the same step in PyTorch with `lpips`. Each side is a process of its
 * own that prints a median. They run by turns, and the least of three medians counts.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Setting, writeFlatWeights } from './contest.js';
import { PYTORCH_ENVIRONMENT } from './set-up.js';

const OWN = fileURLToPath(new URL('./own-training-step.js', import.meta.url));
const PYTORCH = join(import.meta.dirname, '../../against-pytorch/training_step.py');
const RUNS = 3;
const [WARM_UP, ROUNDS] = [3, 15];

/** Losses of a step on either side. */
export const STEP_LOSSES = ['mse', 'l1-lpips'] as const;
type StepLossName = (typeof STEP_LOSSES)[number];

/** Milliseconds of a step with each loss. The net of LPIPS is alex. */
export function trainingStepContest({
  folder,
  python,
  backend,
}: Setting): Record<StepLossName, { own: number; pytorch: number }> {
  const weights = writeFlatWeights(folder, 'alex');
  const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
  const ask = (command: string, args: string[]) =>
    (JSON.parse(execFileSync(command, args, { env, encoding: 'utf8' })) as { ms: number }).ms;
  const pytorch = (loss: StepLossName) =>
    ask(python, [PYTORCH, loss, `${availableParallelism()}`, weights, `${WARM_UP}`, `${ROUNDS}`]);
  const own = (loss: StepLossName) =>
    ask(process.execPath, [OWN, '--loss', loss, '--backend', backend, '--rounds', `${ROUNDS}`]);
  const least = (loss: StepLossName) => {
    const turns = Array.from({ length: RUNS }, () => ({ own: own(loss), pytorch: pytorch(loss) }));
    return {
      own: Math.min(...turns.map((turn) => turn.own)),
      pytorch: Math.min(...turns.map((turn) => turn.pytorch)),
    };
  };
  return { mse: least('mse'), 'l1-lpips': least('l1-lpips') };
}
