import { memory, mul, type Scalar, sum, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs';
import { at, Lpips, type NetName, type Weight, type WeightMap } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { seededRandom } from 'lpips-pictures';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { randomWeights } from '../../src/networks/random-weights.js';
import { TrainableNetwork } from '../../src/networks/trainable-network.js';

/** The head and the spatial mean change places, so that sums are rounded in another order. */
const SAME_EQUATION = 1e-6;
/** Curvature over a step of 2⁻¹⁰, and units that pass their relu within it. */
const CENTRAL_DIFFERENCES = 3e-2;
const STEP = 2 ** -10;
/** Of float32 distances near 1, which counts where a gradient is small. */
const ROUNDING = 3e-7;

const SIZES: Readonly<Record<NetName, [number, number]>> = {
  lite: [17, 16],
  alex: [67, 64],
  squeeze: [41, 38],
  vgg: [20, 17],
};

function images(batch: number, [height, width]: [number, number], seed: number): Tensor4D {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: batch * height * width * 3 }, () => 2 * random.uniform() - 1);
  return tensor4d(values, [batch, height, width, 3]);
}

/** Random weights with biases and heads that differ, so that a mistake in either shows. */
function seededWeights(net: NetName): WeightMap {
  const random = seededRandom(9);
  return new Map(
    [...randomWeights(net, 3)].map(([name, { shape, data }]): [string, Weight] => {
      if (shape.length === 4 && !name.startsWith('lin')) return [name, { shape, data }];
      return [name, { shape, data: data.map(() => 0.2 * random.uniform()) }];
    }),
  );
}

async function distancesOf(network: TrainableNetwork, x: Tensor4D, y: Tensor4D): Promise<number[]> {
  const result = tidy(() => network.distance(network.features(x), network.features(y)));
  const values = [...(await result.data<'float32'>())];
  result.dispose();
  return values;
}

await suiteOnBackend('a network that can be trained', 'cpu', (name) => {
  describe(name, () => {
    beforeAll(() => selectBackend('cpu'));

    it('gives the distances of Lpips: lite, batch of 2', () => expectSameDistances('lite'));

    it('gives gradients of every kernel, bias and head of lite that central differences confirm: 2x9x8', () =>
      expectGradients('lite', [9, 8]));

    it('holds its weights in their state-dict shapes, takes others, and leaves no tensor behind', async () => {
      const { numTensors } = memory();
      const weights = seededWeights('lite');
      const network = TrainableNetwork.fromWeights(weights, { net: 'lite' });
      const x = images(1, [8, 8], 1);
      await network.gradients(() => sum(network.distance(network.features(x), network.features(x))));
      expect(await weightsOf(network)).toEqual(weights);
      const others = randomWeights('lite', 4);
      network.assign(others);
      expect(await weightsOf(network)).toEqual(others);
      network.dispose();
      x.dispose();
      expect(memory().numTensors).toBe(numTensors);
    });

    it('refuses weights of another network', () => {
      expect(() => TrainableNetwork.fromWeights(randomWeights('lite', 1), { net: 'alex' })).toThrow(
        /weight "features\.0\.weight"|shape/,
      );
    });
  });
});

await suiteOnBackend('a network that can be trained', 'tensorflow', (name) => {
  describe(name, () => {
    beforeAll(() => selectBackend('tensorflow'));

    it.each(['lite', 'alex', 'squeeze', 'vgg'] as const)(
      'gives the distances of Lpips: %s, batch of 2',
      (net) => expectSameDistances(net),
    );

    it.each([
      ['lite', [17, 16]],
      ['alex', [67, 64]],
      ['squeeze', [37, 36]],
    ] as const)(
      'gives gradients of kernels, biases and heads that central differences confirm: %s, 2x%s',
      (net, [height, width]) => expectGradients(net, [height, width]),
    );

    it('gives the same gradients by a step that may be captured, call after call, and leaves no tensor behind', async () => {
      const { numTensors } = memory();
      const network = TrainableNetwork.fromWeights(seededWeights('lite'), { net: 'lite' });
      const lossOf = (x: Tensor4D, y: Tensor4D): Scalar =>
        sum<Scalar>(network.distance(network.features(x), network.features(y)));
      const step = network.captureGradients(lossOf);
      for (const seed of [1, 2, 3, 4, 5, 6, 7]) {
        const [x, y] = [images(1, [8, 8], seed), images(1, [8, 8], seed + 10)];
        expect(await step(x, y)).toEqual(await network.gradients(() => lossOf(x, y)));
        x.dispose();
        y.dispose();
      }
      step.dispose();
      network.dispose();
      expect(memory().numTensors).toBe(numTensors);
    });
  });
});

async function weightsOf({ variables }: TrainableNetwork): Promise<WeightMap> {
  const weights = new Map<string, Weight>();
  for (const [name, variable] of variables) {
    weights.set(name, { shape: variable.shape, data: (await variable.data()) as Float32Array });
  }
  return weights;
}

async function expectSameDistances(net: NetName): Promise<void> {
  const weights = seededWeights(net);
  const network = TrainableNetwork.fromWeights(weights, { net });
  const lpips = Lpips.fromWeights(weights, { net });
  const [x, y] = [images(2, SIZES[net], 5), images(2, SIZES[net], 6)];
  const expected = lpips.distance(x, y);
  const actual = await distancesOf(network, x, y);
  const values = await expected.data<'float32'>();
  expect(actual).toHaveLength(2);
  for (const [i, value] of values.entries()) {
    expect(Math.abs(at(actual, i) / value - 1)).toBeLessThan(SAME_EQUATION);
  }
  for (const used of [network, lpips, x, y, expected]) used.dispose();
}

/** Along a random direction through all weights of a kind, the gradient's slope is that of central differences. */
async function expectGradients(net: NetName, size: [number, number]): Promise<void> {
  const weights = new Map(
    [...seededWeights(net)].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
  const network = TrainableNetwork.fromWeights(weights, { net });
  const [x, y] = [images(2, size, 5), images(2, size, 6)];
  const upstream = [1.3, -0.4] as const;
  const { gradients } = await network.gradients(() =>
    sum(mul(network.distance(network.features(x), network.features(y)), [...upstream])),
  );
  expect([...gradients.keys()]).toEqual([...weights.keys()]);
  for (const [name, { data }] of weights) {
    const gradient = gradients.get(name) ?? new Float32Array();
    const length = Math.sqrt(gradient.reduce((total, g) => total + g * g, 0));
    expect(length).toBeGreaterThan(0);
    const before = data.slice();
    const lossAfter = async (step: number): Promise<number> => {
      data.set(before.map((value, i) => value + (step * at(gradient, i)) / length));
      network.assign(weights);
      const distances = await distancesOf(network, x, y);
      return upstream[0] * at(distances, 0) + upstream[1] * at(distances, 1);
    };
    const slope = ((await lossAfter(STEP)) - (await lossAfter(-STEP))) / (2 * STEP);
    data.set(before);
    expect(Math.abs(slope - length), name).toBeLessThan(CENTRAL_DIFFERENCES * length + ROUNDING / STEP);
  }
  for (const used of [network, x, y]) used.dispose();
}
