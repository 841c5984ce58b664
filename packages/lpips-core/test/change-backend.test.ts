/**
 * One metric on several backends in turn: its weights, features and images are moved, whichever backend made them.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { grad, ready, setBackend, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs';
import { Lpips } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { randomTensor, relativeError } from '../../../test/support/numbers.js';
import { weightsOf } from './support/weights.js';

/** Two float32 evaluations on different backends. */
const SAME_FORMULA = 1e-5;
/** Of gradients: backends round a few units to different sides of their relu. */
const SAME_GRADIENT = 1e-3;

async function use(backend: string): Promise<void> {
  await setBackend(backend);
  await ready();
}

/** Everything that a metric keeps, asked on each backend of `order` in turn, the first of which makes it. */
function itSurvives(order: readonly string[]): void {
  it.each(['lite', 'squeeze'] as const)(`${order.join(', ')}: the numbers of %s stay`, async (net) => {
    await use(order[0] ?? 'cpu');
    const lpips = Lpips.fromWeights(weightsOf(net), { net });
    const [image, reference] = [1, 2].map((seed) => randomTensor([1, 24, 25, 3], seed)) as [
      Tensor4D,
      Tensor4D,
    ];
    const features = lpips.features(reference);
    const ask = () =>
      [
        () => lpips.distance(image, reference),
        () => lpips.distance(image, features),
        () => grad((x: Tensor) => lpips.distance(x as Tensor4D, features))(image),
      ].map((work) => {
        const result = tidy<Tensor>(work);
        const values = Array.from(result.dataSync());
        result.dispose();
        return values;
      });
    const [distance = [], , gradient = []] = ask();
    for (const backend of order.slice(1)) {
      await use(backend);
      const [direct = [], cached = [], slope = []] = ask();
      expect(relativeError(direct, distance)).toBeLessThan(SAME_FORMULA);
      expect(relativeError(cached, distance)).toBeLessThan(SAME_FORMULA);
      expect(relativeError(slope, gradient)).toBeLessThan(SAME_GRADIENT);
    }
    for (const held of [lpips, features, image, reference]) held.dispose();
  });
}

describe('a metric whose backend changes', () => {
  itSurvives(['wasm', 'cpu', 'wasm']);
  itSurvives(['cpu', 'wasm', 'cpu']);
});

await suiteOnBackend('a metric whose backend changes', 'tensorflow', (name) => {
  describe(name, () => {
    itSurvives(['wasm', 'tensorflow', 'wasm', 'tensorflow']);
    itSurvives(['cpu', 'tensorflow', 'cpu']);
    itSurvives(['tensorflow', 'wasm', 'tensorflow', 'cpu', 'tensorflow']);
  });
});
