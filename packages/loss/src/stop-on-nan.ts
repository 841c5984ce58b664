/**
 * @module
 * Ends training when the loss becomes NaN or infinite. Weights that NaN has reached never recover, and a later checkpoint
 * would replace the last good one.
 */
import type { CustomCallbackArgs } from '@tensorflow/tfjs-layers';
import { invalid } from 'lpips-core';

/**
 * For training loops: call it with the loss of each step, before a checkpoint is written.
 *
 * @throws LpipsError that names the step, if the loss is NaN or infinite
 */
export function checkLoss(step: number, loss: number): void {
  if (Number.isFinite(loss)) return;
  const advice = 'Lower the learning rate and go on from the last checkpoint.';
  throw invalid('training', 'a finite number', `the loss at step ${step}`, `${loss}`, advice);
}

/** For `model.fit` and `fitDataset`, as one of `callbacks`: checks the loss after each step, counted from 1. */
export function stopOnNaN(): CustomCallbackArgs {
  let step = 0;
  return {
    onBatchEnd: (_batch, logs) => {
      step += 1;
      checkLoss(step, Number(logs?.['loss']));
    },
  };
}
