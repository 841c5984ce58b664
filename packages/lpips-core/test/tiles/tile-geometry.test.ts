import { NET_NAMES, type NetName } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { smallestSize, tapSizes } from '../../src/backbones/backbone.js';
import { backboneOf } from '../../src/backbones/registry.js';
import {
  cropSide,
  haloOf,
  lengthOf,
  receptiveFields,
  tileGrid,
  tileSpans,
  tilesOf,
  totalStride,
} from '../../src/tiles/tile-geometry.js';

const table = (net: NetName) => backboneOf('test', net);

describe('a receptive field', () => {
  it('is found from the table: VGG16, worked by hand', () => {
    const fields = receptiveFields(table('vgg')).map(({ stride, low, high }) => [stride, low, high]);
    expect(fields).toEqual([
      [1, -2, 2],
      [2, -6, 7],
      [4, -18, 21],
      [8, -42, 49],
      [16, -90, 105],
    ]);
  });

  it.each([
    ['vgg', 16, 90, 90],
    ['alex', 16, 66, 81],
    ['squeeze', 16, 88, 103],
    ['lite', 8, 23, 23],
  ] as const)(
    'gives %s the total stride %i and a halo of %i pixels before and %i after',
    (net, stride, before, after) => {
      expect(totalStride(table(net))).toBe(stride);
      expect(haloOf(table(net))).toEqual({ before, after });
    },
  );
});

describe.each(NET_NAMES)('tiles of %s', (net) => {
  const backbone = table(net);
  const stride = totalStride(backbone);
  const least = smallestSize(backbone);
  // Every residue of the stride, below one tile and above two.
  const sizes = Array.from({ length: 3 * stride }, (_, extra) => [least + extra, 250 + extra]).flat();

  it.each([16, 48, 96])(
    'own every row of every tap once, and have in their crops what it sees: side %i',
    (side) => {
      const fields = receptiveFields(backbone);
      for (const size of sizes) {
        const spans = tileSpans(backbone, size, side);
        for (const [tap, whole] of tapSizes(backbone, size).entries()) {
          const owners = spans.map(({ taps }) => taps[tap]?.owned ?? { start: 0, end: 0 });
          let next = 0;
          for (const owned of owners.filter((each) => lengthOf(each) > 0)) {
            expect(owned.start, `${size} tap ${tap}`).toBe(next);
            next = owned.end;
          }
          expect(next, `${size} tap ${tap}`).toBe(whole);
        }
        for (const { crop, taps } of spans) {
          expect(crop.start % stride).toBe(0);
          expect(lengthOf(crop)).toBeLessThanOrEqual(cropSide(backbone, side));
          expect(lengthOf(crop)).toBeGreaterThanOrEqual(least);
          for (const [tap, span] of taps.entries()) {
            if (lengthOf(span.owned) === 0) continue;
            const { stride: step, low, high } = fields[tap] ?? { stride: 1, low: 0, high: 0 };
            expect(span.crop.start).toBeLessThanOrEqual(span.owned.start);
            expect(span.crop.end).toBeGreaterThanOrEqual(span.owned.end);
            expect(Math.max(0, span.owned.start * step + low)).toBeGreaterThanOrEqual(crop.start);
            expect(Math.min(size, (span.owned.end - 1) * step + high + 1)).toBeLessThanOrEqual(crop.end);
          }
        }
        expect(spans.at(-1)?.crop.end).toBe(size);
      }
    },
  );

  it('are one where the picture is no larger than the side, and of about one size elsewhere', () => {
    expect(tileSpans(backbone, 96, 96)).toHaveLength(1);
    expect([...tilesOf(tileGrid(backbone, 96, 97, 96))]).toHaveLength(2);
    const edges = tileSpans(backbone, 1000, 96).map(({ taps }) => taps[0]?.owned ?? { start: 0, end: 0 });
    const lengths = edges.map((owned) => lengthOf(owned) * (receptiveFields(backbone)[0]?.stride ?? 1));
    expect(lengths).toHaveLength(11);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(2 * stride);
  });
});
