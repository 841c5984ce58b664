import { engine } from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** Names of TensorFlow's operations that some work runs. */
export function operationsOf(work: () => void): string[] {
  const operations: string[] = [];
  const backend = engine().backend as unknown;
  expect(backend).toHaveProperty('executeSingleOutput');
  const native = backend as { executeSingleOutput(name: string, ...rest: unknown[]): unknown };
  const run = native.executeSingleOutput.bind(native);
  native.executeSingleOutput = (name, ...rest) => {
    operations.push(name);
    return run(name, ...rest);
  };
  try {
    work();
  } finally {
    native.executeSingleOutput = run;
  }
  return operations;
}
