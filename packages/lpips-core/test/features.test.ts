import { type Tensor4D, tensor4d, zeros } from '@tensorflow/tfjs';
import { type Features, Lpips, NET_NAMES } from 'lpips-core';
import { expect, it } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../test/support/backend.js';
import { randomTensor } from '../../../test/support/numbers.js';
import { weightsOf } from './support/weights.js';

/** A tensor's values on a way that knows nothing of TensorFlow.js, such as a message to another thread. */
function sent(tensor: Tensor4D): Tensor4D {
  return tensor4d(new Float32Array(tensor.dataSync<'float32'>()), tensor.shape);
}

describeOnBackends('featuresFrom', ['wasm'], () => {
  it.each(NET_NAMES)('%s: gives the same distances as the features themselves, to the last bit', (net) => {
    const [here, there] = [
      Lpips.fromWeights(weightsOf(net), { net }),
      Lpips.fromWeights(weightsOf(net), { net }),
    ];
    const [image, reference] = [randomTensor([2, 33, 40, 3], 1), randomTensor([2, 33, 40, 3], 2)];
    expectNoLeak(() => {
      const features = [image, reference].map((x) => here.features(x));
      const copies = features.map(({ images, taps }) => there.featuresFrom(sent(images), taps.map(sent)));
      const distances = [features, copies].map(([x, y], index) => {
        if (!x || !y) throw new Error('no features');
        const distance = (index === 0 ? here : there).distance(x, y);
        const values = Array.from(distance.dataSync());
        distance.dispose();
        return values;
      });
      expect(distances[1]).toEqual(distances[0]);
      expect(copies[0]?.bytes).toBe(features[0]?.bytes);
      for (const one of [...features, ...copies]) one.dispose();
    });
    for (const tensor of [image, reference]) tensor.dispose();
    here.dispose();
    there.dispose();
  });

  it('refuses what the net cannot have made, and a disposed Lpips', () => {
    const lpips = Lpips.fromWeights(weightsOf('lite'), { net: 'lite' });
    const image = randomTensor([1, 16, 16, 3], 3);
    const features = lpips.features(image);
    const [first, ...rest] = features.taps;
    if (!first) throw new Error('no taps');
    const message = (work: () => Features) => {
      try {
        work().dispose();
        return 'nothing was refused';
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    const foreign: Tensor4D = zeros([1, 16, 16, 64]);
    const batch: Tensor4D = zeros([2, 16, 16, 16]);
    expect(message(() => lpips.featuresFrom(first, features.taps))).toBe(
      'featuresFrom: expected float32 [batch, height, width, 3] for images, got float32 [1, 16, 16, 16]. Take images of Features.',
    );
    expect(message(() => lpips.featuresFrom(image, rest))).toBe(
      'featuresFrom: expected 5 taps for taps, got 4. Were they made with this net?',
    );
    for (const [wrong, shape] of [
      [foreign, '1, 16, 16, 64'],
      [batch, '2, 16, 16, 16'],
    ] as const) {
      expect(message(() => lpips.featuresFrom(image, [wrong, ...rest]))).toBe(
        `featuresFrom: expected float32 [1, h, w, 16] for tap 1, got float32 [${shape}]. Were they made with this net?`,
      );
    }
    lpips.dispose();
    expect(message(() => lpips.featuresFrom(image, features.taps))).toBe(
      'featuresFrom: cannot compute: this Lpips is disposed. Make a new one with fromWeights.',
    );
    features.dispose();
    for (const tensor of [image, foreign, batch]) tensor.dispose();
  });
});
