import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs';
import { TRAINING_KERNELS } from 'tfjs-fused-training';

/** Takes the fused kernels of training out of the registry, and gives what puts them there again. */
export function removeTrainingKernels(): () => void {
  const kernels = Object.values(TRAINING_KERNELS).flatMap((name) => getKernel(name, 'tensorflow') ?? []);
  for (const { kernelName } of kernels) unregisterKernel(kernelName, 'tensorflow');
  return () => {
    for (const kernel of kernels) registerKernel(kernel);
  };
}

/** What some work gives without the fused kernels of training. */
export function onStockTraining<Result>(work: () => Result): Result {
  const putBack = removeTrainingKernels();
  try {
    return work();
  } finally {
    putBack();
  }
}
