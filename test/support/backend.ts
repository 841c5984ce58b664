/**
 * @module
 * Runs a suite on each backend that plain Node has, or on the one that LPIPS_TEST_BACKEND names, which somebody else
 * has registered. `@tensorflow/tfjs` registers the stock gradients that serve as
 * witnesses.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { memory, ready, setBackend } from '@tensorflow/tfjs';
import { beforeAll, describe, expect } from 'vitest';

/** Describes `suite` once for each backend. */
export function describeOnBackends(name: string, backends: ('cpu' | 'wasm')[], suite: () => void): void {
  const chosen = process.env['LPIPS_TEST_BACKEND'];
  describe.each(chosen ? [chosen] : backends)(`${name} on %s`, (backend) => {
    beforeAll(async () => {
      await setBackend(backend);
      await ready();
    });
    suite();
  });
}

/** Expects `work` to leave no tensor behind once it has run before. */
export function expectNoLeak(work: () => void, times = 3): void {
  work();
  const { numTensors } = memory();
  for (let i = 0; i < times; i++) work();
  expect(memory().numTensors).toBe(numTensors);
}
