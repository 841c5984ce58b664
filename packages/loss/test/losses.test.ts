/**
 * The values of the losses: per sample, in any range, of grey images, under masks and of clips.
 */
import { concat, grad, mul, ones, slice, type Tensor, type Tensor4D, tensor, zeros } from '@tensorflow/tfjs';
import { at, Lpips, LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  cacheTargets,
  type LpipsLossOptions,
  lpipsLoss,
  randomShift,
  reconstructionLoss,
  type SampleLoss,
  videoLpipsLoss,
} from '../src/index.js';
import {
  expectClose,
  expectNoLeak,
  liteOnWasm,
  seededImages,
  seededTensor,
  valuesOf,
} from './support/wasm.js';

let lpips: Lpips;
beforeAll(async () => {
  lpips = await liteOnWasm();
});
afterAll(() => lpips.dispose());

/** A warning comes when the values have been read, on a busy machine not at once. */
const SOON_MS = 10_000;

const [side, batch] = [16, 3];
const image = () => seededImages(batch, side, 1);
const target = () => seededImages(batch, side, 2);

describe('lpipsLoss', () => {
  it('gives each sample its distance: x=[3,16,16,3]', () => {
    const [x, y] = [image(), target()];
    const each = valuesOf(() => lpipsLoss(lpips)(y, x));
    expect(each.length).toBe(batch);
    expectClose(
      each,
      valuesOf(() => lpips.distance(x, y)),
    );
    expect(Math.min(...each)).toBeGreaterThan(0);
    expect(valuesOf(() => lpipsLoss(lpips)(x, x))).toEqual([0, 0, 0]);
  });

  it('takes ranges, greyscale and masks as the metric does', () => {
    const [x, y] = [image(), target()];
    const bytes = (images: Tensor4D): Tensor4D => images.add(1).mul(127.5);
    expectClose(
      valuesOf(() => lpipsLoss(lpips, { range: [0, 255] })(bytes(y), bytes(x))),
      valuesOf(() => lpips.distance(x, y)),
    );
    const [grey, other] = [seededImages(2, side, 3, 1), seededImages(2, side, 4, 1)];
    expectClose(
      valuesOf(() => lpipsLoss(lpips)(other, grey)),
      valuesOf(() => lpips.distance(grey, other)),
    );
    const mask = concat([ones([1, side, 8, 1]), zeros([1, side, 8, 1])], 2) as Tensor4D;
    expectClose(
      valuesOf(() => lpipsLoss(lpips, { mask })(y, x)),
      valuesOf(() => lpips.distance(x, y, { mask })),
    );
  });

  it('takes large images in tiles as the metric does, with its gradient, and ends where onTile throws: x=[3,72,72,3]', () => {
    const [x, y] = [seededImages(batch, 72, 7), seededImages(batch, 72, 8)];
    const tiles = { side: 48 };
    const slope = (loss: SampleLoss) => valuesOf(() => grad((x: Tensor) => loss(y, x).mean())(x));
    const l1 = { lpips, pixelWeight: 0.5 };
    for (const [whole, tiled] of [
      [lpipsLoss(lpips), lpipsLoss(lpips, { tiles })],
      [reconstructionLoss(l1), reconstructionLoss({ ...l1, tiles })],
    ] as const) {
      expectClose(
        valuesOf(() => tiled(y, x)),
        valuesOf(() => whole(y, x)),
      );
      expectClose(slope(tiled), slope(whole));
    }
    const [grey, other] = [x, y].map((images) => images.mean(3, true)) as [Tensor, Tensor];
    const mask = concat([ones([1, 72, 50, 1]), zeros([1, 72, 22, 1])], 2) as Tensor4D;
    const ofGrey = (options: LpipsLossOptions) => {
      const loss = reconstructionLoss({ lpips, mask, ...options });
      return valuesOf(() => grad((x: Tensor) => loss(other, x).mean())(grey));
    };
    expectClose(ofGrey({ tiles }), ofGrey({}));
    const targets = cacheTargets(lpips, y);
    expectClose(slope(lpipsLoss(lpips, { tiles, targets })), slope(lpipsLoss(lpips)));
    targets.dispose();
    const [clip, otherClip] = [x, y].map((images) => images.reshape([1, batch, 72, 72, 3])) as [
      Tensor,
      Tensor,
    ];
    expectClose(
      valuesOf(() => videoLpipsLoss(lpips, { tiles })(otherClip, clip)),
      valuesOf(() => videoLpipsLoss(lpips)(otherClip, clip)),
    );
    const stop = () => {
      throw new Error('enough');
    };
    expect(() => slope(lpipsLoss(lpips, { tiles, onTile: stop }))).toThrow('enough');
  });

  it('compares both images cropped alike under randomShift, elsewhere at each step, the same in every run', () => {
    const [x, y] = [seededImages(1, 20, 5), seededImages(1, 20, 6)];
    const distances = (seed: number) => {
      const loss = lpipsLoss(lpips, { randomShift: 4, seed });
      return Array.from({ length: 6 }, () =>
        at(
          valuesOf(() => loss(y, x)),
          0,
        ),
      );
    };
    const crops = Array.from({ length: 25 }, (_, offset) => {
      const crop = (images: Tensor4D): Tensor4D =>
        slice(images, [0, Math.floor(offset / 5), offset % 5, 0], [1, 16, 16, 3]);
      return at(
        valuesOf(() => lpips.distance(crop(x), crop(y))),
        0,
      );
    });
    const seen = distances(1);
    for (const distance of seen) {
      expect(Math.min(...crops.map((crop) => Math.abs(crop - distance)))).toBeLessThan(1e-6);
    }
    expect(new Set(seen).size).toBeGreaterThan(2);
    expect(distances(1)).toEqual(seen);
    expect(distances(2)).not.toEqual(seen);
  });

  it('leaves no tensor behind, gradient included', () => {
    const [x, y] = [image(), target()];
    const loss = lpipsLoss(lpips, { randomShift: 2 });
    expectNoLeak(() => {
      loss(y, x).dispose();
      grad((x: Tensor) => loss(y, x))(x).dispose();
    });
  });

  it.each([
    [
      { rang: [0, 1] },
      'lpipsLoss: expected range, checkRange, mask, tiles, onTile, randomShift, seed, targets, onWarning for options, got "rang". Is it a spelling mistake?',
    ],
    [{ randomShift: -1 }, 'lpipsLoss: expected a whole number of at least 0 for randomShift, got -1.'],
    [
      { randomShift: 2, mask: true },
      'lpipsLoss: cannot use randomShift with mask: mask is for whole images and does not fit their crops. ' +
        'Leave out randomShift or mask.',
    ],
  ])('refuses options that make no sense: %o', (options, message) => {
    expect(() => lpipsLoss(lpips, options as Parameters<typeof lpipsLoss>[1])).toThrow(
      new LpipsError(message),
    );
  });

  it('says once that targets lie outside the range', async () => {
    const heard: string[] = [];
    const loss = lpipsLoss(lpips, { onWarning: (message) => heard.push(message) });
    const y = seededImages(1, side, 1).mul(0).add(255) as Tensor4D;
    for (let step = 0; step < 3; step++) loss(y, seededImages(1, side, 2)).dispose();
    await vi.waitFor(() => expect(heard.length).toBe(1), SOON_MS);
    expect(heard).toEqual([
      'lpipsLoss: expected values in [-1, 1] for yTrue, got values in [255, 255]. ' +
        'Pass the range that the images have as the option range.',
    ]);
  });

  it('says once that targets without a value below 0 look like [0, 1]', async () => {
    const heard: string[] = [];
    const loss = lpipsLoss(lpips, { onWarning: (message) => heard.push(message) });
    const y = seededTensor([1, side, side, 3], 1, 0, 1);
    for (let step = 0; step < 3; step++) loss(y, seededImages(1, side, 2)).dispose();
    await vi.waitFor(() => expect(heard.length).toBe(1), SOON_MS);
    expect(heard[0]).toContain('got none below 0. Pass range: [0, 1]');
  });

  it('says it once where the metric would, and nothing where the metric is silent', async () => {
    const heard: string[] = [];
    const onWarning = (message: string) => void heard.push(message);
    const y = seededTensor([1, side, side, 3], 1, 0, 1) as Tensor4D;
    for (const warn of [onWarning, null]) {
      const own = Lpips.fromWeights(lpips.weights, { net: 'lite', onWarning: warn });
      const targets = cacheTargets(own, y);
      const losses = [lpipsLoss(own, { targets }), reconstructionLoss({ lpips: own })];
      for (const loss of losses) loss(y, seededImages(1, side, 2)).dispose();
      await new Promise((resolve) => setTimeout(resolve, 20));
      targets.dispose();
      own.dispose();
    }
    expect(heard.map((message) => message.slice(0, 50))).toEqual(
      Array(2).fill('lpipsLoss: expected values in [-1, 1] for yTrue, g'),
    );
  });

  it('refuses disposed tensors and what is not a tensor', () => {
    const gone = seededImages(1, side, 1);
    gone.dispose();
    const sentence = (argument: string) =>
      new LpipsError(
        `lpipsLoss: expected a tensor that is not disposed for ${argument}, got a disposed one. Keep it until the call has returned, with tf.keep inside a tf.tidy.`,
      );
    const loss = lpipsLoss(lpips);
    expect(() => loss(gone, seededImages(1, side, 2))).toThrow(sentence('yTrue'));
    expect(() => loss(seededImages(1, side, 2), gone)).toThrow(sentence('yPred'));
    expect(() => loss(null as never, gone)).toThrow(
      new LpipsError('lpipsLoss: expected a tensor for yTrue, got null. Make one with tf.tensor.'),
    );
  });

  it('refuses what is not an Lpips, a disposed cache, and a shift as wide as the images', () => {
    expect(() => lpipsLoss(undefined as never)).toThrow(
      new LpipsError(
        'lpipsLoss: expected an Lpips for lpips, got undefined. Make one with Lpips.fromWeights or loadLpips.',
      ),
    );
    expect(() => reconstructionLoss({} as never)).toThrow(LpipsError);
    const targets = cacheTargets(lpips, seededImages(1, side, 1));
    targets.dispose();
    const images = () => seededImages(1, side, 1);
    expect(() => lpipsLoss(lpips, { targets })(images(), images())).toThrow(
      new LpipsError(
        'cacheTargets: expected a cache in use for targets, got a disposed one. Dispose it after training.',
      ),
    );
    expect(() => lpipsLoss(lpips, { randomShift: side })(images(), images())).toThrow(
      new LpipsError(
        'randomShift: expected less than 16, the smaller side of the images, for pixels, got 16. The crop would leave nothing of them.',
      ),
    );
  });

  it('is 0, not NaN, in both terms under a mask of zeros', () => {
    const mask = seededImages(1, side, 1, 1).mul(0) as Tensor4D;
    const loss = reconstructionLoss({ lpips, mask });
    expect(valuesOf(() => loss(seededImages(2, side, 1), seededImages(2, side, 2)))).toEqual([0, 0]);
  });

  it('ends training at the next step with what onWarning throws', async () => {
    const fault = new Error('not these pictures');
    const loss = lpipsLoss(lpips, {
      onWarning: () => {
        throw fault;
      },
    });
    const y = seededImages(1, side, 1).mul(0).add(255) as Tensor4D;
    loss(y, seededImages(1, side, 2)).dispose();
    await vi.waitFor(() => expect(() => loss(y, seededImages(1, side, 2))).toThrow(fault), SOON_MS);
    loss(y, seededImages(1, side, 2)).dispose(); // said once
  });

  it('refuses targets of another size, values out of range where asked to look, and NaN', () => {
    expect(() => lpipsLoss(lpips)(seededImages(3, 20, 1), image())).toThrow(
      new LpipsError(
        'lpipsLoss: expected [3, 16, 16, 3], the shape of the output, for yTrue, got [3, 20, 20, 3]. Targets must have that shape.',
      ),
    );
    const loss = lpipsLoss(lpips, { checkRange: true });
    expect(() => loss(target(), mul(image(), 3))).toThrow('expected values in [-1, 1] for image');
    expect(() => loss(target(), mul(image(), Number.NaN))).toThrow('expected finite values for image');
  });
});

describe('reconstructionLoss', () => {
  const pixelOnly = { perceptualWeight: 0 } as const;
  const pixels = () => tensor([0.5, -0.5, 0, 1], [1, 2, 2, 1]);

  it.each([
    ['l1', 0.5],
    ['l2', 0.375],
    ['charbonnier', (2 * Math.hypot(0.5, 1e-3) + 1e-3 + Math.hypot(1, 1e-3)) / 4],
  ] as const)('has the pixel loss %s, worked by hand: d=(.5,-.5,0,1)', (pixel, expected) => {
    const loss = reconstructionLoss({ lpips, pixel, ...pixelOnly });
    expectClose(
      valuesOf(() => loss(zeros([1, 2, 2, 1]), pixels())),
      [expected],
    );
  });

  it('weighs pixels by a mask, worked by hand', () => {
    const mask = tensor([1, 0, 0, 3], [1, 2, 2, 1]) as Tensor4D;
    const loss = reconstructionLoss({ lpips, mask, ...pixelOnly });
    expectClose(
      valuesOf(() => loss(zeros([1, 2, 2, 1]), pixels())),
      [(0.5 + 3) / 4],
    );
  });

  it('is the weighted sum of both terms, per sample', () => {
    const [x, y] = [image(), target()];
    const l1 = valuesOf(() => x.sub(y).abs().mean([1, 2, 3]));
    const distance = valuesOf(() => lpips.distance(x, y));
    const loss = reconstructionLoss({ lpips, pixelWeight: 2, perceptualWeight: 0.5 });
    expectClose(
      valuesOf(() => loss(y, x)),
      l1.map((value, i) => 2 * value + 0.5 * at(distance, i)),
    );
    expectNoLeak(() => grad((x: Tensor) => loss(y, x))(x).dispose());
  });

  it.each([
    [{ pixel: 'l3' }, `reconstructionLoss: expected 'l1' or 'l2' or 'charbonnier' for pixel, got "l3".`],
    [{ pixelWeight: -1 }, 'reconstructionLoss: expected a number of at least 0 for pixelWeight, got -1.'],
    [
      { pixelWeight: 0, perceptualWeight: 0 },
      'reconstructionLoss: cannot train anything: pixelWeight and perceptualWeight are both 0. ' +
        'Give at least one of them a value above 0.',
    ],
  ])('refuses %o', (options, message) => {
    const make = () => reconstructionLoss({ lpips, ...options } as Parameters<typeof reconstructionLoss>[0]);
    expect(make).toThrow(new LpipsError(message));
  });
});

describe('videoLpipsLoss', () => {
  const clips = (seed: number) => seededTensor([2, 5, side, side, 3], seed);

  it('is the mean over the frames of each clip: x=[2,5,16,16,3]', () => {
    const [x, y] = [clips(1), clips(2)];
    const frames = (clips: Tensor): Tensor4D => clips.reshape([10, side, side, 3]);
    const expected = valuesOf(() => lpips.distance(frames(x), frames(y)).reshape([2, 5]).mean(1));
    expectClose(
      valuesOf(() => videoLpipsLoss(lpips)(y, x)),
      expected,
    );
    const loss = videoLpipsLoss(lpips, { frames: 2 });
    expectNoLeak(() => grad((x: Tensor) => loss(y, x))(x).dispose());
  });

  it('draws frames anew at each step, the same ones in every run', () => {
    const [x, y] = [clips(1), clips(2)];
    const steps = () => {
      const loss = videoLpipsLoss(lpips, { frames: 2, seed: 7 });
      return Array.from({ length: 4 }, () => valuesOf(() => loss(y, x)));
    };
    const seen = steps();
    expect(new Set(seen.map(String)).size).toBeGreaterThan(1);
    expect(steps()).toEqual(seen);
    const all = valuesOf(() => videoLpipsLoss(lpips, { frames: 9 })(y, x));
    expect(all).toEqual(valuesOf(() => videoLpipsLoss(lpips)(y, x)));
  });

  it('refuses images', () => {
    expect(() => videoLpipsLoss(lpips)(image(), image())).toThrow(
      new LpipsError(
        'videoLpipsLoss: expected [batch, frames, height, width, 3] for yPred, got [3, 16, 16, 3]. Images go to lpipsLoss.',
      ),
    );
  });
});

describe('randomShift', () => {
  it('leaves images as they are at 0 pixels', () => {
    const x = image();
    expect(randomShift(0, 1)(x)[0]).toBe(x);
  });
});
