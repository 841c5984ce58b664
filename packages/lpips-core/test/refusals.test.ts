import '@tensorflow/tfjs-backend-wasm';
import { fill, setBackend, type Tensor4D, tensor3d, tensor4d, zeros } from '@tensorflow/tfjs';
import { Lpips, LpipsError, type LpipsOptions, type WeightMap } from 'lpips-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomTensor } from '../../../test/support/numbers.js';
import { seededWeights } from '../../../test/support/seeded-weights.js';
import { liteWeights } from './support/weights.js';

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LpipsError) return error.message;
    throw error;
  }
  return 'nothing was refused';
}

function changed(weights: WeightMap, name: string, change: (data: Float32Array) => void): WeightMap {
  const copy = new Map(weights);
  const weight = copy.get(name);
  if (!weight) throw new Error(`no weight ${name}`);
  const data = weight.data.slice();
  change(data);
  copy.set(name, { shape: weight.shape, data });
  return copy;
}

beforeAll(async () => {
  await setBackend('wasm');
});

describe('fromWeights refuses', () => {
  const load = (weights: WeightMap, options: LpipsOptions = { net: 'lite' }) =>
    messageOf(() => Lpips.fromWeights(weights, options));
  const without = (name: string): WeightMap => new Map([...liteWeights()].filter(([key]) => key !== name));

  it('what is no Map, no options, and options that it does not know', () => {
    expect(load({} as WeightMap)).toBe(
      'fromWeights: expected a Map from names to weights for weights, got an object. parseSafetensors gives one.',
    );
    expect(load(liteWeights(), 'lite' as never)).toBe(
      'fromWeights: expected an object for options, got "lite". Options are named: net, version, linear, onWarning.',
    );
    expect(load(liteWeights(), { net: 'lite', lpips: false } as LpipsOptions)).toBe(
      'fromWeights: expected net, version, linear, onWarning for options, got "lpips". Is it a spelling mistake?',
    );
    expect(load(liteWeights(), { net: 'lite', linear: 0 } as never)).toBe(
      'fromWeights: expected true or false for linear, got the number 0.',
    );
  });

  it('an unknown network', () => {
    // @ts-expect-error: what a JavaScript caller may write
    expect(load(liteWeights(), { net: 'resnet' })).toBe(
      'fromWeights: expected one of lite, alex, squeeze, vgg for net, got "resnet".',
    );
  });

  it('an unknown version, and a version that lite never had', () => {
    // @ts-expect-error: what a JavaScript caller may write
    expect(load(seededWeights('alex'), { net: 'alex', version: '0.2' })).toBe(
      'fromWeights: expected 0.1 or 0.0 for version, got "0.2".',
    );
    expect(load(liteWeights(), { net: 'lite', version: '0.0' })).toBe(
      'fromWeights: expected 0.1 for version, got 0.0. There is one calibration of lite.',
    );
  });

  it('a missing convolution or head, but no missing head where heads are not used', () => {
    expect(load(without('features.3.bias'))).toBe(
      'fromWeights: expected weight "features.3.bias" for lite, got none. Are these weights of another network?',
    );
    expect(load(without('lin2.model.1.weight'))).toBe(
      'fromWeights: expected weight "lin2.model.1.weight" for lite, got none. Are these weights of another network?',
    );
    Lpips.fromWeights(without('lin2.model.1.weight'), { net: 'lite', linear: false }).dispose();
  });

  it('weights of another network', () => {
    expect(load(seededWeights('vgg'), { net: 'alex' })).toBe(
      'fromWeights: expected shape [64, 3, 11, 11] for features.0.weight, got [64, 3, 3, 3]. ' +
        'Are these weights of another network than alex?',
    );
  });

  it('a weight that the network does not have', () => {
    const more = new Map(liteWeights()).set('classifier.1.weight', { shape: [1], data: new Float32Array(1) });
    expect(load(more)).toBe(
      'fromWeights: expected only the weights of lite for weights, got "classifier.1.weight" too. ' +
        'Are these weights of another network? Leave out what is not a convolution or a head.',
    );
  });

  it('data shorter than its shape', () => {
    const weights = new Map(liteWeights()).set('features.0.bias', {
      shape: [16],
      data: new Float32Array(15),
    });
    expect(load(weights)).toBe(
      'fromWeights: expected 16 values for features.0.bias, got 15. Is the file truncated?',
    );
  });

  it('NaN, infinity and a negative head', () => {
    const spoil = (name: string, value: number) =>
      changed(liteWeights(), name, (data) => data.fill(value, 3, 4));
    expect(load(spoil('features.6.weight', Number.NaN))).toBe(
      'fromWeights: expected finite values for features.6.weight, got NaN. Is the file damaged?',
    );
    expect(load(spoil('lin1.model.1.weight', Number.POSITIVE_INFINITY))).toBe(
      'fromWeights: expected finite values for lin1.model.1.weight, got Infinity. Is the file damaged?',
    );
    expect(load(spoil('lin0.model.1.weight', -0.5))).toBe(
      'fromWeights: expected values ≥ 0 for lin0.model.1.weight, got -0.5. ' +
        'Clamp the heads at 0 after every training step.',
    );
  });
});

describe('distance refuses', () => {
  let lite: Lpips;
  let image: Tensor4D;
  beforeAll(() => {
    lite = Lpips.fromWeights(liteWeights(), { net: 'lite' });
    image = randomTensor([2, 16, 16, 3], 1);
  });
  const refusal = (x: unknown, y: unknown = image, options = {}) =>
    messageOf(() => lite.distance(x as Tensor4D, y as Tensor4D, options));

  it('other ranks and channel counts', () => {
    expect(refusal(image, tensor3d(new Float32Array(768), [16, 16, 3]))).toBe(
      'distance: expected [batch, height, width, 3] for reference, got [16, 16, 3]. ' +
        'Add a batch axis with expandDims(0).',
    );
    expect(refusal(zeros([1, 16, 16, 4]))).toBe(
      'distance: expected [batch, height, width, 3] for image, got [1, 16, 16, 4]. ' +
        'Composite the alpha channel on a colour first.',
    );
    expect(refusal(zeros([1, 3, 16, 16]))).toBe(
      'distance: expected [batch, height, width, 3] for image, got [1, 3, 16, 16]. ' +
        'Channels come last; one channel is taken as greyscale.',
    );
    expect(refusal(zeros([0, 16, 16, 3]))).toBe(
      'distance: expected at least one image for image, got [0, 16, 16, 3]. Is the batch empty?',
    );
  });

  it('what is no tensor', () => {
    expect(refusal([1, 2, 3])).toBe(
      'distance: expected a tensor [batch, height, width, 3] for image, got an array. Make one with tf.tensor4d.',
    );
    expect(refusal(image, undefined)).toBe('nothing was refused');
    expect(refusal(null)).toBe(
      'distance: expected a tensor [batch, height, width, 3] for image, got null. Make one with tf.tensor4d.',
    );
  });

  it('images smaller than the network can take, for each network', () => {
    expect(refusal(zeros([1, 1, 1, 3]))).toBe(
      'distance: expected at least 8x8 pixels for image, got 1x1. ' +
        'Enlarge the images, or use a network with fewer poolings.',
    );
    for (const [net, smallest] of [
      ['alex', 31],
      ['squeeze', 17],
      ['vgg', 16],
    ] as const) {
      const lpips = Lpips.fromWeights(seededWeights(net), { net });
      expect(lpips.smallestSize).toBe(smallest);
      const least = randomTensor([1, smallest, smallest, 3], 2);
      expect(lpips.distance(least, least).dataSync()[0]).toBe(0);
      const small = randomTensor([1, smallest - 1, 40, 3], 2);
      expect(messageOf(() => lpips.distance(small, small))).toContain(
        `at least ${smallest}x${smallest} pixels`,
      );
      lpips.dispose();
    }
  });

  it('different sizes and batches', () => {
    expect(refusal(image, randomTensor([2, 16, 17, 3], 3))).toBe(
      'distance: expected [2 or 1, 16, 16, 3] as the image for reference, got [2, 16, 17, 3]. ' +
        'Resize one to the size of the other.',
    );
    expect(refusal(image, randomTensor([3, 16, 16, 3], 3))).toBe(
      'distance: expected [2 or 1, 16, 16, 3] as the image for reference, got [3, 16, 16, 3]. ' +
        'A reference stands against one image each, or a single one against all.',
    );
  });

  it('integers outside [0, 255], and other dtypes', () => {
    expect(refusal(image.toInt())).toBe(
      'distance: expected float32 for image, got int32 with range [-1, 1]. ' +
        'Integers are taken in [0, 255]: say range: [0, 255], or convert to float32.',
    );
    expect(refusal(image.toBool(), image, { range: [0, 255] })).toBe(
      "distance: expected float32 or int32 for image, got bool. Convert with cast('float32').",
    );
  });

  it('an unknown range', () => {
    expect(refusal(image, image, { range: [0, 2] })).toBe(
      'distance: expected one of [-1, 1], [0, 1], [0, 255] for range, got [0, 2]. Rescale the images to one of them.',
    );
  });

  it('with checkRange, values outside the range and NaN', () => {
    expect(refusal(image.mul(3), image, { checkRange: true })).toMatch(
      /^distance: expected values in \[-1, 1\] for image, got values in \[-2\.9\d+, 2\.9\d+\]\. Pass the range/,
    );
    const spoiled = tensor4d(new Float32Array(768).fill(Number.NaN, 5, 6), [1, 16, 16, 3]);
    expect(refusal(spoiled, spoiled, { checkRange: true })).toBe(
      'distance: expected finite values for reference, got NaN or infinity. Look at where the images come from.',
    );
    expect(refusal(image.mul(1.00001), image, { checkRange: true })).toBe('nothing was refused');
  });

  it('masks of another shape, and with checkRange empty or negative ones', () => {
    expect(refusal(image, image, { mask: zeros([2, 16, 16, 3]) })).toBe(
      'distance: expected [2, 16, 16, 1] as the image for mask, got [2, 16, 16, 3]. ' +
        'A mask has one weight for each pixel.',
    );
    const checked = (value: number) =>
      refusal(image, image, { checkRange: true, mask: fill([2, 16, 16, 1], value) });
    expect(checked(0)).toBe(
      'distance: expected a weight above 0 in every image for mask, got an image without. ' +
        'There is nothing to compare.',
    );
    expect(checked(-1)).toContain(
      'distance: expected values in [0, Infinity] for mask, got values in [-1, -1].',
    );
    expect(checked(0.5)).toBe('nothing was refused');
  });

  it('features of another Lpips, disposed features, and a disposed Lpips', () => {
    const other = Lpips.fromWeights(seededWeights('vgg'), { net: 'vgg' });
    const foreign = other.features(image);
    expect(refusal(image, foreign)).toBe(
      'distance: expected features of this Lpips for reference, got features of another (vgg). Make them with its features method.',
    );
    foreign.dispose();
    expect(messageOf(() => other.distance(image, foreign))).toBe(
      'distance: expected features that are not disposed for reference, got disposed ones. Make them anew.',
    );
    other.dispose();
    expect(messageOf(() => other.features(image))).toBe(
      'features: cannot compute: this Lpips is disposed. Make a new one with fromWeights.',
    );
  });

  it.each([
    [true, 'true'],
    [null, 'null'],
    [1, 'the number 1'],
    ['range', '"range"'],
    [[0, 1], 'an array'],
  ])('%j in the place of options', (options, got) => {
    const names = 'range, checkRange, mask, tiles, onTile';
    expect(refusal(image, image, options as object)).toBe(
      `distance: expected an object for options, got ${got}. Options are named: ${names}.`,
    );
  });

  it('a tensor in the place of options, and options of the wrong type', () => {
    expect(refusal(image, image, image)).toContain('expected an object for options, got a tensor.');
    const ranges = 'distance: expected one of [-1, 1], [0, 1], [0, 255] for range, got';
    for (const [range, got] of [
      ['[0, 1]', '"[0, 1]"'],
      [1, 'the number 1'],
      [null, 'null'],
      [[0, 1, 2], '[0, 1, 2]'],
    ] as const) {
      expect(refusal(image, image, { range })).toBe(`${ranges} ${got}. Rescale the images to one of them.`);
    }
    expect(refusal(image, image, { checkRange: 'yes' })).toBe(
      'distance: expected true or false for checkRange, got "yes".',
    );
    expect(refusal(image, image, { mask: true })).toBe(
      'distance: expected a tensor [batch, height, width, 1] for mask, got true. Make one with tf.tensor4d.',
    );
    expect(refusal(image, image, { mask: null })).toContain('for mask, got null.');
    const known = lite.features(image);
    expect(refusal(known, known, { range: 'bytes' })).toContain('for range, got "bytes".');
    known.dispose();
  });

  it('disposed tensors by name, in every argument', () => {
    const gone = randomTensor([2, 16, 16, 3], 8);
    gone.dispose();
    const sentence = (argument: string, where = 'distance') =>
      `${where}: expected a tensor that is not disposed for ${argument}, got a disposed one. ` +
      'Keep it until the call has returned, with tf.keep inside a tf.tidy.';
    expect(refusal(gone)).toBe(sentence('image'));
    expect(refusal(image, gone)).toBe(sentence('reference'));
    expect(refusal(image, image, { mask: gone })).toBe(sentence('mask'));
    expect(messageOf(() => lite.features(gone))).toBe(sentence('reference', 'features'));
    expect(messageOf(() => lite.featuresFrom(gone, []))).toBe(sentence('images', 'featuresFrom'));
    const known = lite.features(image);
    const taps = known.taps.map((tap, index) => (index === 1 ? gone : tap));
    expect(messageOf(() => lite.featuresFrom(image, taps))).toBe(sentence('tap 2', 'featuresFrom'));
    known.dispose();
  });

  it('unknown options by name', () => {
    expect(refusal(image, image, { rnage: [0, 1] })).toBe(
      'distance: expected range, checkRange, mask, tiles, onTile for options, got "rnage". Is it a spelling mistake?',
    );
  });
});
