/**
 * @module
 * Ends training when the loss becomes NaN or infinite. Weights that NaN has reached never recover, and a later checkpoint
 * would replace the last good one.
 */
import { CustomCallback } from '@tensorflow/tfjs-layers';
import { checkNumber, invalid, kindOf } from 'lpips-core';

const METHODS = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
] as const satisfies (keyof CustomCallback)[];

/**
 * For training loops: call it with the loss of each step, before a checkpoint is written.
 *
 * @throws LpipsError that names the step, if the loss is NaN or infinite, and for what is no number
 */
export function checkLoss(step: number, loss: number): void {
  checkNumber('checkLoss', 'step', step);
  if (typeof loss !== 'number') {
    throw invalid('checkLoss', 'a number', 'loss', kindOf(loss), 'Read a scalar with await loss.data().');
  }
  if (Number.isFinite(loss)) return;
  const advice = 'Lower the learning rate and go on from the last checkpoint.';
  throw invalid('training', 'a finite number', `the loss at step ${step}`, `${loss}`, advice);
}

/**
 * For `model.fit` and `fitDataset`, as one of `callbacks`: checks the loss after each step, counted from 1. It is a
 * callback of TensorFlow.js and may stand beside others such as `tf.callbacks.earlyStopping()`, in any order. TensorFlow.js
 * does not take plain objects after a callback, so those come first.
 */
export function stopOnNaN(): CustomCallback {
  let step = 0;
  const callback = new CustomCallback({
    onBatchEnd: (_batch, logs) => {
      step += 1;
      checkLoss(step, Number(logs?.['loss']));
    },
  });
  // Where a plain object comes first, TensorFlow.js takes the methods off and calls them on their own.
  for (const name of METHODS) {
    const method = callback[name] as (...args: unknown[]) => Promise<void>;
    Reflect.set(callback, name, method.bind(callback));
  }
  return callback;
}
