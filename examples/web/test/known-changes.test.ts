/**
 * The scale of the page says what its command measures, and places distances as words.
 */
import { at } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { SAMPLES, SIDE } from '../build/sample-photographs.js';
import { KNOWN_CHANGES, measureKnownChanges } from '../scale/known-changes.js';
import table from '../src/compare/known-changes.json' with { type: 'json' };

/** The table has three digits, and encoders of JPEG differ a little from version to version. */
const TOLERANCE = 0.02;
const LIKES = ['a shift by one pixel', 'a JPEG of quality 20'];

/** The largest relative difference between the table and a new measurement of a few of its changes. */
async function largestError(lpips: Parameters<typeof measureKnownChanges>[0], name: keyof typeof table.nets) {
  const measured = await measureKnownChanges(
    lpips,
    KNOWN_CHANGES.filter(({ like }) => LIKES.includes(like)),
  );
  expect(measured).toHaveLength(LIKES.length);
  const errors = LIKES.map((like, index) => {
    const stated = at(table.nets[name], table.likes.indexOf(like));
    return Math.abs(at(measured, index) / stated - 1);
  });
  return Math.max(...errors);
}

describe('known-changes.json', () => {
  it('lists the changes and photographs that are measured, for every net', () => {
    expect(table.likes).toEqual(KNOWN_CHANGES.map(({ like }) => like));
    expect([table.photographs, table.side]).toEqual([SAMPLES.length, SIDE]);
    for (const distances of Object.values(table.nets)) expect(distances).toHaveLength(KNOWN_CHANGES.length);
    expect(Object.keys(table.nets)).toEqual(['lite 0.3', 'alex 0.1', 'squeeze 0.1', 'vgg 0.1']);
  });

  it('has what lite measures', { timeout: 120_000 }, async () => {
    await selectBackend('wasm');
    const lpips = await loadLpips({ net: 'lite' });
    expect(await largestError(lpips, 'lite 0.3')).toBeLessThan(TOLERANCE);
    lpips.dispose();
  });
});

describeWithShared(
  'known-changes.json, official nets',
  ['weights/alexnet_features.safetensors', 'weights/lpips/v0.1/alex.pth'],
  (path) => {
    it('has what AlexNet measures', { timeout: 120_000 }, async () => {
      await selectBackend('wasm');
      const lpips = await loadLpips({ net: 'alex', weightsDir: path('weights'), offline: true });
      expect(await largestError(lpips, 'alex 0.1')).toBeLessThan(TOLERANCE);
      lpips.dispose();
    });
  },
);
