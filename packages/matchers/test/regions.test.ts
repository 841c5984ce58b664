import { memory } from '@tensorflow/tfjs-core';
import { selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareImages } from '../src/compare-images.js';
import type { LookOptions } from '../src/matcher-types.js';
import { iconPiece } from './support/fixtures.js';

/** Where one of the pieces lacks its icon, in their 96x96 pixels. */
const ICON = { left: 20, top: 38, width: 20, height: 20 } as const;
const ALL = { left: 0, top: 0, width: 96, height: 96 } as const;

describe('mask and ignore, 96x96', () => {
  let image: Buffer;
  let reference: Buffer;
  beforeAll(async () => {
    await selectBackend('wasm');
    [image, reference] = [await iconPiece('missing-icon'), await iconPiece('reference')];
  });
  const compare = (options: object) => compareImages(image, reference, options as LookOptions);

  it.each(['mask', 'ignore'] as const)(
    '%s over the missing icon leaves no difference in any number',
    async (name) => {
      expect((await compare({})).failures).toEqual(['shape', 'colour', 'local']);
      const { distance, local, colour, shape, isAlike } = await compare({ [name]: [ICON], threshold: 0 });
      expect([distance, local.distance, colour.distance, shape.distance]).toEqual([0, 0, 0, 0]);
      expect(isAlike).toBe(true);
    },
  );

  it.each(['mask', 'ignore'] as const)('%s elsewhere hides nothing', async (name) => {
    const { failures } = await compare({ [name]: [{ left: 60, top: 60, width: 30, height: 30 }] });
    expect(failures).toEqual(['shape', 'colour', 'local']);
  });

  it('weighs the distance by what is not ignored, as lpips-core does: half of 96x96 doubles it, about', async () => {
    const { distance } = await compare({});
    const ignored = await compare({ ignore: [{ left: 48, top: 0, width: 48, height: 96 }] });
    expect(ignored.distance / distance).toBeGreaterThan(1.8);
    expect(ignored.distance / distance).toBeLessThan(2.2);
  });

  it('places no number of the map in an ignored part, though the net sees beyond its edge', async () => {
    const ignore = [{ ...ICON, width: 10 }];
    const { map, failures } = await compare({ ignore });
    for (let y = 38; y < 58; y++)
      expect(map.subarray(y * 96 + 20, y * 96 + 30).some((value) => value !== 0)).toBe(false);
    expect(failures).toContain('shape');
  });

  it('covers an image with transparency over black too', async () => {
    const white = await transparentPng('#fff');
    const options = { threshold: 0 };
    const nothing = await transparentPng('none');
    expect((await compareImages(white, nothing)).isOverBlack).toBe(true);
    for (const name of ['mask', 'ignore']) {
      const covered = { ...options, [name]: [{ left: 0, top: 0, width: 96, height: 60 }] };
      expect((await compareImages(white, nothing, covered as LookOptions)).isAlike).toBe(true);
    }
  });

  it.each([
    [
      { mask: [ALL] },
      'compareImages: expected rectangles that leave a part of the 96x96 pixels for mask and ignore, got rectangles that cover all of them. Nothing is left to compare.',
    ],
    [
      { mask: [{ ...ALL, width: 50 }], ignore: [{ ...ALL, left: 40 }] },
      'for mask and ignore, got rectangles that cover all of them.',
    ],
    [
      { ignore: [{ ...ICON, left: 96 }] },
      'compareImages: expected a rectangle in the 96x96 pixels of the image for ignore[0], got 20x20 pixels from (96, 38).',
    ],
    [
      { mask: ICON },
      'compareImages: expected a list of rectangles { left, top, width, height } in pixels for mask, got a value of type object.',
    ],
    [{ mask: [ICON, 7] }, 'in pixels for mask[1], got 7.'],
    [{ ignore: [{ ...ICON, top: -1 }] }, 'expected a whole number from 0 up for ignore[0].top, got -1.'],
    [{ ignore: [{ ...ICON, width: 0 }] }, 'expected a whole number from 1 up for ignore[0].width, got 0.'],
    [{ mask: [{ ...ICON, height: 1.5 }] }, 'expected a whole number from 1 up for mask[0].height, got 1.5.'],
    [{ mask: [{ left: 1, top: 1, width: 2 }] }, 'for mask[0].height, got undefined.'],
    [{ mask: [{ ...ICON, x: 3 }] }, 'compareImages: expected left, top, width, height for mask[0], got "x".'],
  ])('refuses %j', async (options, message) => {
    await expect(compare(options)).rejects.toThrow(message);
  });

  it('leaves no tensor', async () => {
    await compare({ mask: [ICON], ignore: [{ left: 60, top: 60, width: 30, height: 30 }] });
    const { numTensors } = memory();
    await compare({ mask: [{ ...ICON, width: 4 }], ignore: [{ left: 60, top: 60, width: 30, height: 30 }] });
    await compare({ mask: [ALL] }).catch(() => undefined);
    expect(memory().numTensors).toBe(numTensors);
  });
});

function transparentPng(fill: string): Promise<Buffer> {
  const circle = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><circle cx="48" cy="30" r="20" fill="${fill}"/></svg>`;
  return sharp(Buffer.from(circle)).png().toBuffer();
}
