import { describe, expect, it } from 'vitest';
import { checkLookOptions } from '../src/look-options.js';
import type { LookOptions } from '../src/matcher-types.js';
import { PRESETS, THRESHOLDS } from '../src/thresholds.js';

const check = (options: object) => checkLookOptions('toLookLike', options as LookOptions);

describe('checkLookOptions', () => {
  it.each(['lite', 'alex', 'squeeze'] as const)('has thresholds of its own for %s', (net) => {
    expect(check({ net }).thresholds).toEqual({ ...THRESHOLDS[net], ...PRESETS.page });
  });

  it('takes lite, and downloads nothing, unless it is told', () => {
    expect(check({})).toMatchObject({ net: 'lite', version: '0.1', download: false, range: [-1, 1] });
  });

  it('takes 0 as all thresholds, and as one where the others are stated', () => {
    const none = { distance: 0, local: 0, colour: 0, shape: 0 };
    expect(check({ threshold: 0 }).thresholds).toEqual(none);
    expect(check({ threshold: 0, preset: 'strict' }).thresholds).toEqual(none);
    expect(check({ threshold: 0, localThreshold: 0.2 }).thresholds).toEqual({ ...none, local: 0.2 });
    expect(check({ threshold: 0, shapeThreshold: 0.2 }).thresholds).toEqual({ ...none, shape: 0.2 });
    expect(check({ localThreshold: 0 }).thresholds).toEqual({
      ...THRESHOLDS.lite,
      ...PRESETS.page,
      local: 0,
    });
  });

  it('takes the thresholds of a preset, apart from those that are stated', () => {
    const { thresholds } = check({ preset: 'strict', colourThreshold: 0.5 });
    expect(thresholds).toEqual({ ...THRESHOLDS.lite, ...PRESETS.strict, colour: 0.5 });
    expect(PRESETS.strict.shape).toBeLessThan(PRESETS.page.shape);
    expect(PRESETS.strict.colour).toBeLessThan(PRESETS.page.colour);
  });

  it('takes Infinity, which looks at the other number alone', () => {
    expect(check({ localThreshold: Number.POSITIVE_INFINITY }).thresholds.local).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it.each([
    [{ threshold: -0.1 }, 'toLookLike: expected a number from 0 up for threshold, got -0.1.'],
    [{ threshold: Number.NaN }, 'toLookLike: expected a number from 0 up for threshold, got NaN.'],
    [{ threshold: '0.1' }, 'toLookLike: expected a number from 0 up for threshold, got 0.1.'],
    [{ localThreshold: -1 }, 'toLookLike: expected a number from 0 up for localThreshold, got -1.'],
    [
      { net: 'vgg' },
      'toLookLike: expected a number from 0 up for threshold, got none. vgg has no default, so state one.',
    ],
    [
      { net: 'vgg', threshold: 0.1 },
      'toLookLike: expected a number from 0 up for localThreshold, got none. vgg has no default, so state one.',
    ],
    [{ shapeThreshold: '1' }, 'toLookLike: expected a number from 0 up for shapeThreshold, got 1.'],
    [{ colourThreshold: -1 }, 'toLookLike: expected a number from 0 up for colourThreshold, got -1.'],
    [{ preset: 'loose' }, 'toLookLike: expected page or strict for preset, got "loose".'],
    [{ preset: 'toString' }, 'toLookLike: expected page or strict for preset, got "toString".'],
    [{ pixelRatio: 0.5 }, 'toLookLike: expected a number from 1 to 4 for pixelRatio, got 0.5.'],
    [{ pixelRatio: '2' }, 'toLookLike: expected a number from 1 to 4 for pixelRatio, got 2.'],
    [{ background: 'sand' }, 'toLookLike: expected a colour like #ffffff for background, got "sand".'],
    [{ net: 'resnet' }, 'toLookLike: expected lite, alex, squeeze, vgg for net, got "resnet".'],
    [{ version: '0.2' }, 'toLookLike: expected 0.1 or 0.0 for version, got "0.2".'],
    [
      { treshold: 0.1 },
      'toLookLike: expected preset, threshold, localThreshold, colourThreshold, shapeThreshold, pixelRatio, net, version, weightsDir, download, range, background, mask, ignore for options, got "treshold". Is it a spelling mistake?',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => check(options)).toThrow(message);
  });

  it('takes a number that stands where the options do for what it is', () => {
    expect(() => checkLookOptions('toLookLike', 0.1 as LookOptions)).toThrow(
      'toLookLike: expected an object for options, got the number 0.1. Options are named: preset, threshold,',
    );
  });
});
