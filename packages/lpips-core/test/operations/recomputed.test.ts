/**
 * Gradients of the metric where the activations of a constant side are computed once more, and where tensors are freed in
 * the middle of the backward pass: they have the bits of a pass that keeps everything, for whatever is asked for, and
 * nothing is left over.
 */
import {
  grad,
  grads,
  keep,
  memory,
  mul,
  type Scalar,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs';
import { Lpips, LpipsError } from 'lpips-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnBackends } from '../../../../test/support/backend.js';
import { randomTensor } from '../../../../test/support/numbers.js';
import { recomputed } from '../../src/operations/recomputed.js';
import { weightsOf } from '../support/weights.js';

type Compare = (x: Tensor4D, y: Tensor4D) => Tensor;

const SIDE = 24;
const BATCHES = [
  { images: 1, references: 1 },
  { images: 3, references: 3 },
  { images: 3, references: 1 },
] as const;

describeOnBackends('a gradient', ['wasm'], () => {
  let lpips: Lpips;
  beforeAll(() => {
    lpips = Lpips.fromWeights(weightsOf('lite'), { net: 'lite' });
  });
  afterAll(() => lpips.dispose());

  const image = (batch: number, seed: number) => randomTensor([batch, SIDE, SIDE + 3, 3], seed);

  /** What the metric computes, each as a function of both images. */
  const compares: Record<string, () => Compare> = {
    distance: () => (x, y) => lpips.distance(x, y),
    layers: () => (x, y) => lpips.layers(x, y),
    map: () => (x, y) => lpips.map(x, y),
    pooledDifferences: () => (x, y) => lpips.pooledDifferences(x, y).means,
    masked: () => {
      const mask = keep(randomTensor([1, SIDE, SIDE + 3, 1], 9, 0, 1));
      return (x, y) => lpips.distance(x, y, { mask });
    },
  };

  /** Values of the tensors that `work` returns, with nothing left over. */
  function bitsOf(work: () => Tensor[]): string[] {
    const { numTensors, numBytes } = memory();
    const bits = tidy(() =>
      work().map((tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('base64')),
    );
    expect(memory()).toMatchObject({ numTensors, numBytes });
    return bits;
  }

  /** `work` while a tape is on, for which no tensor is freed before the end of the pass. */
  function onOuterTape(work: () => Tensor[]): Tensor[] {
    let results: Tensor[] = [];
    grad((z: Tensor) => {
      results = work().map((tensor) => keep(tensor.clone()));
      return sum(z);
    })(image(1, 7)).dispose();
    return results.map((tensor) => {
      const copy = tensor.clone();
      tensor.dispose();
      return copy;
    });
  }

  /** Both sides computed on the tape, so that neither is taken for a constant. */
  const keptOf =
    (compare: Compare): Compare =>
    (x, y) =>
      compare(mul(x, 1), mul(y, 1));

  for (const name of Object.keys(compares)) {
    for (const { images, references } of BATCHES) {
      it(`of ${name} has the bits of one that keeps every activation: x=[${images},…] y=[${references},…]`, () => {
        const [x, y] = [image(images, 1), image(references, 2)];
        const compare = compares[name]?.() ?? (() => x);
        const kept = keptOf(compare);
        // The first gradient makes filters, which stay.
        for (const gradient of grads(kept as never)([x, y]) as Tensor[]) gradient.dispose();
        const asked: Record<string, (f: Compare) => Tensor[]> = {
          image: (f) => [grad((x: Tensor) => f(x as Tensor4D, y))(x)],
          reference: (f) => [grad((y: Tensor) => f(x, y as Tensor4D))(y)],
          both: (f) => grads((x: Tensor, y: Tensor) => f(x as Tensor4D, y as Tensor4D))([x, y]),
        };
        const witnesses = bitsOf(() => onOuterTape(() => asked['both']?.(kept) ?? []));
        expect(new Set(witnesses).size).toBe(2);
        for (const f of [compare, kept]) {
          expect(bitsOf(() => asked['image']?.(f) ?? [])).toEqual(witnesses.slice(0, 1));
          expect(bitsOf(() => asked['reference']?.(f) ?? [])).toEqual(witnesses.slice(1));
          expect(bitsOf(() => asked['both']?.(f) ?? [])).toEqual(witnesses);
        }
        expect(bitsOf(() => onOuterTape(() => asked['both']?.(compare) ?? []))).toEqual(witnesses);
      });
    }
  }

  it('is the same with variables on either side, or on both', () => {
    const [x, y] = [image(2, 1), image(2, 2)];
    const [dx, dy] = bitsOf(() => grads((x, y) => lpips.distance(x as Tensor4D, y as Tensor4D))([x, y]));
    const [ofX, ofY] = [variable(x), variable(y)] as [Variable, Variable];
    const frozen = variable(y, false);
    const ask = (f: () => Tensor, ...variables: Variable[]) =>
      bitsOf(() => {
        const { grads, value } = variableGrads(() => sum(f()) as Scalar, variables);
        value.dispose();
        return variables.map(({ name }) => grads[name] as Tensor);
      });
    const distance = (x: Tensor, y: Tensor) => () => lpips.distance(x as Tensor4D, y as Tensor4D);
    expect(ask(distance(ofX, y), ofX)).toEqual([dx]);
    expect(ask(distance(ofX, frozen), ofX)).toEqual([dx]);
    expect(ask(distance(x, ofY), ofY)).toEqual([dy]);
    expect(ask(distance(ofX, ofY), ofX, ofY)).toEqual([dx, dy]);
    expect(ask(distance(ofX, ofY), ofY)).toEqual([dy]);
    for (const each of [x, y, ofX, ofY, frozen]) each.dispose();
  });

  it('passes through features that were made on the tape, on either side', () => {
    const [x, y] = [image(2, 1), image(2, 2)];
    const [dx, dy] = bitsOf(() => grads((x, y) => lpips.distance(x as Tensor4D, y as Tensor4D))([x, y]));
    const through = (work: (features: (images: Tensor) => ReturnType<Lpips['features']>) => Tensor[]) =>
      bitsOf(() => {
        const made: ReturnType<Lpips['features']>[] = [];
        const results = work((images) => {
          const features = lpips.features(images as Tensor4D);
          made.push(features);
          return features;
        });
        for (const features of made) features.dispose();
        return results;
      });
    expect(through((of) => [grad((y: Tensor) => lpips.distance(x, of(y)))(y)])).toEqual([dy]);
    expect(through((of) => [grad((x: Tensor) => lpips.distance(of(x), y))(x)])).toEqual([dx]);
    expect(through((of) => grads((x, y) => lpips.distance(of(x), of(y)))([x, y]))).toEqual([dx, dy]);
    expect(through((of) => grads((x, y) => lpips.distance(x as Tensor4D, of(y)))([x, y]))).toEqual([dx, dy]);
    for (const each of [x, y]) each.dispose();
  });

  it('of the same images on both sides is 0, and of one image used twice the sum of both', () => {
    const [x, y] = [image(1, 1), image(1, 2)];
    const [zero] = bitsOf(() => [grad((x: Tensor) => lpips.distance(x as Tensor4D, x as Tensor4D))(x)]);
    expect(new Set(new Float32Array(Uint8Array.from(Buffer.from(zero ?? '', 'base64')).buffer))).toEqual(
      new Set([0]),
    );
    const twice = (z: Tensor) => lpips.distance(z as Tensor4D, y).add(lpips.distance(y, z as Tensor4D));
    const once = (z: Tensor) => lpips.distance(z as Tensor4D, y).mul(2);
    expect(bitsOf(() => [grad(twice)(x)])).toEqual(bitsOf(() => [grad(once)(x)]));
    for (const each of [x, y]) each.dispose();
  });

  it("leaves the caller's tensors alone: images, the upstream gradient, and a value that is used again", () => {
    const [x, y] = [image(2, 1), image(2, 2)];
    const upstream = tidy(() => lpips.distance(y, x));
    grad((x: Tensor) => lpips.distance(x as Tensor4D, y))(x, upstream).dispose();
    let inner: Tensor | undefined;
    grad((x: Tensor) => {
      inner = keep(lpips.distance(x as Tensor4D, y));
      return inner.mul(inner);
    })(x).dispose();
    for (const each of [x, y, upstream, inner]) expect(each?.dataSync().length).toBeGreaterThan(1);
    for (const each of [x, y, upstream, inner]) each?.dispose();
  });

  it('is refused a gradient of its own with respect to either side', () => {
    const [x, y] = [image(1, 1), image(1, 2)];
    const first = (x: Tensor, y: Tensor) =>
      grads((x, y) => lpips.distance(x as Tensor4D, y as Tensor4D))([x, y]);
    for (const index of [0, 1]) {
      const second = [
        () => grad((x: Tensor) => first(x, y)[index] as Tensor)(x),
        () => grad((y: Tensor) => first(x, y)[index] as Tensor)(y),
      ];
      for (const ask of second) {
        const refused = () => tidy(ask);
        expect(refused).toThrow(LpipsError);
        expect(refused).toThrow(/^gradient: cannot differentiate a gradient of the metric: /);
      }
    }
    // The tape works afterwards.
    grad((x: Tensor) => lpips.distance(x as Tensor4D, y))(x).dispose();
    for (const each of [x, y]) each.dispose();
  });

  it('restores the tape where the second forward pass fails', () => {
    const x = image(1, 1);
    let passes = 0;
    const failing = (x: Tensor4D): Tensor4D[] => {
      if (passes++ > 0) throw new Error('no memory');
      return [mul(x, 2)];
    };
    const ask = () => tidy(() => grad((x: Tensor) => recomputed(x as Tensor4D, failing)[0] as Tensor)(x));
    expect(ask).toThrow('no memory');
    expect(
      Array.from(
        tidy(() => grad((x: Tensor) => mul(x, 3))(x))
          .dataSync()
          .slice(0, 2),
      ),
    ).toEqual([3, 3]);
    x.dispose();
  });
});
