/**
 * The warning about images outside the range. In the first suite the work itself is awaited, so that silence is the
 * silence of a check that has ended.
 */
import { grad, memory, type Tensor, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs';
import { Lpips, LpipsError, type LpipsOptions, type Warn } from 'lpips-core';
import { afterEach, expect, it, vi } from 'vitest';
import { describeOnBackends, expectNoLeak } from '../../../test/support/backend.js';
import { randomValues } from '../../../test/support/numbers.js';
import { adviceOnRange } from '../src/watch-range.js';
import { liteWeights } from './support/weights.js';

const SIDE = 16;
const DOUBT =
  'expected values in [-1, 1] for reference, got none below 0. ' +
  'Pass range: [0, 1] if the images are in [0, 1], or range: [-1, 1] if they are in [-1, 1].';

/** Seeded images in [low, high]. */
function images(low: number, high: number, seed = 1): Tensor4D {
  return tensor4d(randomValues(SIDE * SIDE * 3, seed, low, high), [1, SIDE, SIDE, 3]);
}

/** As long as a check may take to speak. */
const untilSpoken = () => new Promise((resolve) => setTimeout(resolve, 20));

describeOnBackends('adviceOnRange', ['cpu', 'wasm'], () => {
  async function adviceOn(extremes: readonly number[], range: Parameters<typeof adviceOnRange>[3]) {
    const values = tensor1d([...extremes]);
    const advice = adviceOnRange('distance', 'reference', values, range);
    values.dispose(); // as fit does after a step
    return await advice;
  }

  it.each([
    { extremes: [-1, 1], range: [-1, 1] },
    { extremes: [0, 255], range: [0, 255] },
    { extremes: [-0.0005, 1.0005], range: [0, 1] }, // overshoot of a resampling
  ] as const)('says nothing about values in $extremes for the range $range', async ({ extremes, range }) => {
    expect(await adviceOn(extremes, range)).toBeUndefined();
  });

  it.each([
    { extremes: [0, 255], range: [-1, 1] },
    { extremes: [-1, 1], range: [0, 1] },
    { extremes: [0, 1.25], range: [0, 1] },
  ] as const)('finds values in $extremes outside the range $range', async ({ extremes, range }) => {
    expect(await adviceOn(extremes, range)).toBe(
      `distance: expected values in [${range.join(', ')}] for reference, got values in [${extremes.join(', ')}]. ` +
        'Pass the range that the images have as the option range.',
    );
  });

  it.each([
    { extremes: [0, 1], warns: true },
    { extremes: [0.25, 0.75], warns: true },
    { extremes: [-0.01, 1], warns: false },
    { extremes: [-1, 1], warns: false },
  ])('doubts the default range for values in $extremes: $warns', async ({ extremes, warns }) => {
    expect(await adviceOn(extremes, undefined)).toBe(warns ? `distance: ${DOUBT}` : undefined);
    expect(await adviceOn(extremes, [-1, 1])).toBeUndefined();
  });

  it('leaves no tensor behind, not even until the values are read', () => {
    const { numTensors } = memory();
    const values = tensor1d([0, 255]);
    const advice = adviceOnRange('distance', 'reference', values, undefined);
    values.dispose();
    expect(memory().numTensors).toBe(numTensors);
    return advice;
  });
});

describeOnBackends('a metric that is given images in [0, 1] as if they were in [-1, 1]', ['wasm'], () => {
  let heard: string[] = [];
  const hear: Warn = (message) => void heard.push(message);
  const made: Lpips[] = [];
  const metric = (options: Partial<LpipsOptions> = { onWarning: hear }): Lpips => {
    const lpips = Lpips.fromWeights(liteWeights(), { net: 'lite', ...options });
    made.push(lpips);
    return lpips;
  };
  afterEach(() => {
    heard = [];
    for (const lpips of made.splice(0)) lpips.dispose();
    vi.restoreAllMocks();
  });

  it.each(['distance', 'layers', 'map', 'features'] as const)('says so once, in %s', async (method) => {
    const lpips = metric();
    const [x, y] = [images(0, 1, 1), images(0, 1, 2)];
    const compute = () => (method === 'features' ? lpips.features(y) : lpips[method](x, y));
    for (let call = 0; call < 3; call++) compute().dispose();
    x.dispose();
    y.dispose();
    await untilSpoken();
    expect(heard).toEqual([`${method}: ${DOUBT}`]);
  });

  it('says so once for all methods, and again for another metric', async () => {
    const [x, y] = [images(0, 1, 1), images(0, 1, 2)];
    for (const lpips of [metric(), metric()]) {
      const reference = lpips.features(y);
      for (const tensor of [lpips.distance(x, reference), lpips.map(x, y), reference]) tensor.dispose();
    }
    await untilSpoken();
    expect(heard).toEqual([`features: ${DOUBT}`, `features: ${DOUBT}`]);
  });

  it('says so on the console where nobody listens, and null silences it', async () => {
    const spoken = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const [x, y] = [images(0, 1, 1), images(0, 1, 2)];
    metric({ onWarning: null }).distance(x, y).dispose();
    await untilSpoken();
    expect(spoken.mock.calls).toEqual([]);
    metric({}).distance(x, y).dispose();
    await untilSpoken();
    expect(spoken.mock.calls).toEqual([[`distance: ${DOUBT}`]]);
  });

  it.each([
    ['a range is said', { range: [0, 1] }],
    ['the range [-1, 1] is said', { range: [-1, 1] }],
    ['every value is checked', { checkRange: true }],
  ] as const)('says nothing where %s', async (_, options) => {
    metric()
      .distance(images(0, 1, 1), images(0, 1, 2), options)
      .dispose();
    await untilSpoken();
    expect(heard).toEqual([]);
  });

  it('says nothing of images in [-1, 1], whatever a generator makes of them', async () => {
    metric()
      .distance(images(0, 7, 1), images(-1, 1, 2))
      .dispose();
    await untilSpoken();
    expect(heard).toEqual([]);
  });

  it('speaks under a tape, and the gradient stays the same', async () => {
    const [x, y] = [images(0, 1, 1), images(0, 1, 2)];
    const gradientOf = (lpips: Lpips, options = {}) =>
      grad((x: Tensor) => lpips.distance(x as Tensor4D, y, options))(x).dataSync();
    const gradient = gradientOf(metric());
    expect(gradient).toEqual(gradientOf(metric(), { range: [-1, 1] }));
    await untilSpoken();
    expect(heard).toEqual([`distance: ${DOUBT}`]);
  });

  it('ends the next call with what onWarning throws, and computes afterwards', async () => {
    const fault = new Error('not these pictures');
    const lpips = metric({
      onWarning: () => {
        throw fault;
      },
    });
    const [x, y] = [images(0, 1, 1), images(0, 1, 2)];
    lpips.distance(x, y).dispose();
    await untilSpoken();
    expect(() => lpips.distance(x, y)).toThrow(fault);
    lpips.distance(x, y).dispose();
  });

  it('leaves no tensor behind, and refuses an onWarning that is none', () => {
    const [x, y] = [images(0, 1, 1), images(0, 1, 2)];
    expectNoLeak(() => {
      const lpips = metric();
      lpips.distance(x, y).dispose();
      lpips.dispose();
    });
    expect(() => metric({ onWarning: false as never })).toThrow(
      new LpipsError(
        'fromWeights: expected a function or null for onWarning, got false. null silences warnings.',
      ),
    );
  });
});
