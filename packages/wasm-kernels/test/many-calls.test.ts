/**
 * A million calls leave nothing behind: no block in the kernels' own memory, no byte of the backend's heap, no memory of
 * the process.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend, backend_util, ready, setBackend, type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { randomValues } from '../../../test/support/numbers.js';
import { geometryOf } from '../src/convolutions/geometry.js';
import { useThreads } from '../src/index.js';
import { ownConvolution, ownInputGradient } from '../src/kernels/own-convolution.js';
import { pool } from '../src/pool/pool.js';

it('time', async () => {
  useThreads(1);
  await setBackend('wasm');
  await ready();
  const wasm = backend() as BackendWasm;
  const x = tensor4d(randomValues(1 * 4 * 4 * 2, 1), [1, 4, 4, 2]);
  const w = tensor4d(randomValues(3 * 3 * 2 * 2, 1), [3, 3, 2, 2]);
  const g = geometryOf(backend_util.computeConv2DInfo(x.shape, w.shape, 1, 1, 'same'));
  for (const n of [1e4, 1e5]) {
    let t = performance.now();
    for (let i = 0; i < n; i++) {
      const y = ownConvolution(wasm, g, x, w, undefined, 'linear');
      wasm.disposeData(y!.dataId);
    }
    console.log('forward', n, performance.now() - t);
    t = performance.now();
    for (let i = 0; i < n; i++) {
      const y = ownInputGradient(wasm, g, x, w);
      wasm.disposeData(y!.dataId);
    }
    console.log('dx', n, performance.now() - t, pool()!.memory.bytesUsed, process.memoryUsage().rss / 1e6);
  }
});
