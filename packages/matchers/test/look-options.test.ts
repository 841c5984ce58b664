import { describe, expect, it } from 'vitest';
import { checkLookOptions, type LookOptions, THRESHOLDS } from '../src/look-options.js';

const check = (options: object) => checkLookOptions('toLookLike', options as LookOptions);

describe('checkLookOptions', () => {
  it.each(['lite', 'alex', 'squeeze'] as const)('has thresholds of its own for %s', (net) => {
    expect(check({ net }).thresholds).toEqual(THRESHOLDS[net]);
  });

  it('takes lite, and downloads nothing, unless it is told', () => {
    expect(check({})).toMatchObject({ net: 'lite', version: '0.1', download: false, range: [-1, 1] });
  });

  it('takes 0 as both thresholds, and as one where the other is stated', () => {
    expect(check({ threshold: 0 }).thresholds).toEqual({ distance: 0, local: 0 });
    expect(check({ threshold: 0, localThreshold: 0.2 }).thresholds).toEqual({ distance: 0, local: 0.2 });
    expect(check({ localThreshold: 0 }).thresholds).toEqual({ distance: 0.1, local: 0 });
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
    [{ net: 'resnet' }, 'toLookLike: expected lite, alex, squeeze, vgg for net, got "resnet".'],
    [{ version: '0.2' }, 'toLookLike: expected 0.1 or 0.0 for version, got "0.2".'],
    [
      { treshold: 0.1 },
      'toLookLike: expected threshold, localThreshold, net, version, weightsDir, download, range for options, got "treshold". Is it a spelling mistake?',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => check(options)).toThrow(message);
  });

  it('takes a number that stands where the options do for what it is', () => {
    expect(() => checkLookOptions('toLookLike', 0.1 as LookOptions)).toThrow(
      'toLookLike: expected an object for options, got 0.1.',
    );
  });
});
