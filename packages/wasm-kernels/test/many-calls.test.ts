/**
 * Many calls leave nothing behind: no block in the kernels' own memory, no byte of the backend's heap, no memory of the
 * process. What stands after as many calls as warm everything up stands after a hundred times as many.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { conv2d, grads, memory, ready, setBackend, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { randomTensor } from '../../../test/support/numbers.js';
import { convolve } from '../src/convolutions/convolve.js';
import { methodFor, packFilter, tapsInOrder } from '../src/convolutions/packed-filter.js';
import { useThreads } from '../src/index.js';
import { Pool, pool } from '../src/pool/pool.js';
import { geometryOfOwn, type OwnConvolution, operandsOf } from './support/own-kernels.js';

/** Objects of JavaScript that may be there afterwards: code that was compiled better. */
const MOST_OBJECTS = 4 * 2 ** 20;
/** What V8 may keep for objects to come, which fill and leave its young generation all the time. */
const MOST_GROWTH = 100 * 2 ** 20;
/** A million calls take ten seconds of a core. */
const SLOW_MS = 240_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory of the process, and what of it is objects, without garbage. */
function memoryOfProcess() {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { all: rss, objects: heapUsed + external };
}

/** Expects the same `state` after `times` calls as after a hundredth of them, and no more memory of the process. */
function expectNoGrowth(times: number, work: () => void, state: () => unknown): void {
  for (let i = 0; i < times / 100; i++) work();
  const [before, warm] = [state(), memoryOfProcess()];
  for (let i = times / 100; i < times; i++) work();
  expect(state()).toEqual(before);
  const after = memoryOfProcess();
  expect(after.objects - warm.objects).toBeLessThan(MOST_OBJECTS);
  expect(after.all - warm.all).toBeLessThan(MOST_GROWTH);
}

it(
  '1,000,000 convolutions leave the own memory as 10,000: x=[1,2,2,1] f=[2,2]',
  () => {
    const own = new Pool(1);
    const convolution: OwnConvolution = { kind: 'full', x: [1, 2, 2, 1], filter: [2, 2, 1, 1], pad: 'valid' };
    const g = geometryOfOwn(convolution);
    const { x, filter, bias } = operandsOf(convolution);
    const packed = packFilter(own, filter, tapsInOrder(g), methodFor(g));
    if (!packed) throw new Error('no room');
    const y = new Float32Array(1);
    expectNoGrowth(
      1_000_000,
      () => convolve(own, g, x, packed, { bias }, y),
      () => [y[0], own.memory.bytesUsed, own.memory.floats.byteLength],
    );
  },
  SLOW_MS,
);

it(
  '20,000 convolutions with both gradients, through TensorFlow.js, leave all memory as 200',
  async () => {
    useThreads(1);
    await setBackend('wasm');
    await ready();
    const [x, filter] = [randomTensor([2, 4, 4, 8], 1), randomTensor([3, 3, 8, 8], 2)];
    const differentiate = grads((x, filter) => conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same'));
    expectNoGrowth(
      20_000,
      () => tidy(() => void differentiate([x, filter])),
      () => [memory(), pool()?.memory.bytesUsed, pool()?.memory.floats.byteLength],
    );
  },
  SLOW_MS,
);
