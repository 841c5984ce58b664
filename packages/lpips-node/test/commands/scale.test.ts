/**
 * @module
 * Images at a reference height, and the note about images that are far larger than the patches of the calibration.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { noteOfLargeImages, scaledToHeight } from '../../src/comparing/scale-to-height.js';
import { lpips } from '../support/run-lpips.js';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const SIZE = { width: 96, height: 64 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-scale-'));
  process.env['LPIPS_CACHE'] = at('cache'); // nothing at hand but lite
  for (const name of ['x', 'y', 'small']) await mkdir(at(name));
  await noisyPng(at('x/1.png'), SIZE);
  await noisyPng(at('y/1.png'), { ...SIZE, noise: 60 });
  await sharp(at('y/1.png')).resize(192, 128).png().toFile(at('double.png'));
  for (const [name, path] of [
    ['a', 'x/1.png'],
    ['b', 'y/1.png'],
  ] as const) {
    await sharp(at(path))
      .resize(48, 32, { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false })
      .png()
      .toFile(at('small', `${name}.png`));
  }
});
afterAll(() => rm(folder, { recursive: true }));

interface Result {
  readonly scale?: number;
  readonly distance: number;
  readonly mean: number;
}

async function compare(...args: string[]): Promise<Result> {
  const { code, out, error } = await lpips(...args, '--json');
  expect([code, error]).toEqual([0, '']);
  return JSON.parse(out) as Result;
}

describe('--scale', () => {
  it('compares both images at this height, as if they had been scaled before', async () => {
    const scaled = await compare('distance', at('x/1.png'), at('y/1.png'), '--scale', '32');
    const before = await compare('distance', at('small/a.png'), at('small/b.png'));
    expect(scaled.scale).toBe(32);
    expect(before.scale).toBeUndefined();
    expect(scaled.distance).toBeCloseTo(before.distance, 6);
  });

  it('is the same in a folder and among pairs', async () => {
    const { distance } = await compare('distance', at('x/1.png'), at('y/1.png'), '--scale', '32');
    const ofFolder = await compare('folder', at('x'), at('y'), '--scale', '32');
    expect([ofFolder.scale, ofFolder.mean]).toEqual([32, distance]);
    await mkdir(at('both'));
    await sharp(at('x/1.png')).toFile(at('both/1.png'));
    await sharp(at('y/1.png')).toFile(at('both/2.png'));
    const ofPairs = await compare('pairs', at('both'), '--scale', '32');
    expect(ofPairs.scale).toBe(32);
    expect(ofPairs.mean).toBeCloseTo(distance, 6);
  });

  it('makes images of one aspect comparable, and needs --resize for others', async () => {
    await compare('distance', at('double.png'), at('y/1.png'), '--scale', '32');
    await noisyPng(at('square.png'), { width: 64, height: 64 });
    const refused = await lpips('distance', at('square.png'), at('y/1.png'), '--scale', '32');
    expect(refused.error).toContain('expected 48x32 pixels, as');
    await compare('distance', at('square.png'), at('y/1.png'), '--scale', '32', '--resize');
  });

  it.each(['0', '1.5', 'x'])('%s is refused', async (height) => {
    const { code, error } = await lpips('distance', at('x/1.png'), at('y/1.png'), '--scale', height);
    expect([code, error]).toEqual([2, expect.stringContaining(`for --scale, got "${height}"`)]);
  });

  it('keeps the aspect, to whole pixels', () => {
    const image = { path: 'a.png', size: { width: 1920, height: 1080 } };
    expect(scaledToHeight(image, 256)).toEqual({
      path: 'a.png',
      size: { width: 455, height: 256 },
      reading: { size: { width: 455, height: 256 } },
    });
    expect(scaledToHeight({ path: 'line.png', size: { width: 1, height: 900 } }, 30).size).toEqual({
      width: 1,
      height: 30,
    });
    expect(scaledToHeight(image, undefined)).toBe(image);
  });
});

describe('a note', () => {
  it('is about images more than sixteen times as large as the patches', () => {
    expect(noteOfLargeImages({ width: 4000, height: 1024 })).toBeUndefined();
    expect(noteOfLargeImages({ width: 1100, height: 1025 })).toMatch(
      /^images of 1100x1025 are far larger than the 64x64 of the calibration/,
    );
  });

  it('is one line on stderr, and none with --quiet, --json or --scale', async () => {
    await noisyPng(at('large.png'), { width: 1026, height: 1025 });
    const args = ['distance', at('large.png'), at('large.png')];
    const { error } = await lpips(...args);
    expect(error.split('\n').filter((line) => line.includes('--scale 256'))).toEqual([
      expect.stringMatching(/^lpips: images of 1026x1025 are far larger .* at a height of 256\.$/),
    ]);
    for (const more of [['--json'], ['--quiet'], ['--scale', '64']]) {
      expect((await lpips(...args, ...more)).error).not.toContain('far larger');
    }
  });
});
