/**
 * Images that memory does not hold whole: on a machine that seems to have little, the commands compare them in tiles and give
 * the numbers of a large machine.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { Lpips } from 'lpips-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { lpips } from '../support/run-lpips.js';

/** Room for 13,000 pixels with lite on WASM beside its kernels: tiles of 64. */
const SMALL_MACHINE = (350e6 + 5e6) / 0.8;
/** Sums in another order, in 64 bits instead of 32. Measured: 4e-7. */
const VALUES = 2e-6;

let folder = '';
const at = (name: string) => join(folder, name);
const size = { width: 200, height: 150 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-tiles-'));
  process.env['LPIPS_CACHE'] = at('cache');
  for (const name of ['images', 'references']) await mkdir(at(name));
  for (const seed of [1, 2, 3]) await noisyPng(at(`images/${seed}.png`), { ...size, noise: 60, seed });
  for (const seed of [1, 2]) await noisyPng(at(`references/${seed}.png`), { ...size, seed });
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

async function run(...args: string[]) {
  const { code, out, error } = await lpips(...args, '--json', '--quiet', '--backend', 'wasm');
  expect([code, error]).toEqual([0, '']);
  return JSON.parse(out) as {
    distance: number;
    layers: number[];
    regions: unknown[];
    pairs: { distance: number }[];
  };
}

/** Runs a command on a large machine and on a small one, and expects it to take tiles on the latter alone. */
async function onBoth(...args: string[]) {
  const inTiles = vi.spyOn(Lpips.prototype, 'compareSources');
  const whole = await run(...args);
  expect(inTiles).not.toHaveBeenCalled();
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(SMALL_MACHINE);
  const { numTensors } = memory();
  const tiled = await run(...args);
  expect(inTiles).toHaveBeenCalled();
  for (const [, , options] of inTiles.mock.calls) expect(options?.tiles).toEqual({ side: 64 });
  expect(memory().numTensors).toBeLessThanOrEqual(numTensors);
  return [whole, tiled] as const;
}

describe('on a machine with little memory', () => {
  it('distance gives the same distance, layers and regions', async () => {
    const args = ['distance', at('images/1.png'), at('references/1.png'), '--regions'];
    const [whole, tiled] = await onBoth(...args);
    expect(Math.abs(tiled.distance / whole.distance - 1)).toBeLessThan(VALUES);
    for (const [tap, layer] of tiled.layers.entries()) expect(layer).toBeCloseTo(whole.layers[tap] ?? 0, 6);
    expect(tiled.regions).toHaveLength(whole.regions.length);
  });

  it('--map draws the same picture, of scaled images too', async () => {
    await noisyPng(at('other-size.png'), { width: 230, height: 140, noise: 60, seed: 1 });
    const drawn = async (image: string, map: string) => {
      await run('distance', image, at('references/1.png'), '--resize', '--map', map);
      return await sharp(await readFile(map))
        .raw()
        .toBuffer();
    };
    for (const image of [at('images/1.png'), at('other-size.png')]) {
      const inTiles = vi.spyOn(Lpips.prototype, 'compareSources');
      const mapOfWhole = await drawn(image, at('whole.png'));
      expect(inTiles).not.toHaveBeenCalled();
      vi.spyOn(process, 'constrainedMemory').mockReturnValue(SMALL_MACHINE);
      const mapOfTiles = await drawn(image, at('tiles.png'));
      expect(inTiles).toHaveBeenCalledOnce();
      vi.restoreAllMocks();
      expect(mapOfTiles).toHaveLength(mapOfWhole.length);
      expect(new Set(mapOfWhole).size).toBeGreaterThan(32);
      const levels = mapOfTiles.map((level, index) => Math.abs(level - (mapOfWhole[index] ?? 0)));
      expect(levels.reduce((most, level) => Math.max(most, level), 0)).toBeLessThanOrEqual(1);
    }
  });

  it('folder gives the same distances, of scaled images too', async () => {
    await copyFile(at('images/1.png'), at('images/wide.png'));
    await noisyPng(at('references/wide.png'), { width: 230, height: 140 });
    const [whole, tiled] = await onBoth('folder', at('images'), at('references'), '--resize');
    expect(tiled.pairs).toHaveLength(3);
    for (const [index, { distance }] of tiled.pairs.entries()) {
      expect(Math.abs(distance / (whole.pairs[index]?.distance ?? 0) - 1)).toBeLessThan(VALUES);
    }
  });

  it.each([[[]], [['--consecutive']]])('pairs gives the same distances: %s', async (flags) => {
    const dir = at(`pairs${flags.length}`);
    await mkdir(dir);
    for (const seed of [1, 2, 3]) await noisyPng(join(dir, `${seed}.png`), { ...size, noise: 60, seed });
    const [whole, tiled] = await onBoth('pairs', dir, ...flags);
    expect(tiled.pairs).toHaveLength(flags.length === 0 ? 3 : 2);
    for (const [index, { distance }] of tiled.pairs.entries()) {
      expect(Math.abs(distance / (whole.pairs[index]?.distance ?? 0) - 1)).toBeLessThan(VALUES);
    }
  });

  it('pairs leaves out what cannot be read', async () => {
    const dir = at('damaged');
    await mkdir(dir);
    for (const seed of [1, 2, 3]) await noisyPng(join(dir, `${seed}.png`), { ...size, noise: 60, seed });
    const bytes = await readFile(join(dir, '2.png'));
    await writeFile(join(dir, '2.png'), bytes.subarray(0, bytes.length / 2));
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(SMALL_MACHINE);
    const { code, out, error } = await lpips('pairs', dir, '--consecutive', '--json', '--backend', 'wasm');
    expect(code).toBe(1);
    expect((JSON.parse(out) as { pairs: unknown[] }).pairs).toHaveLength(1);
    expect(error).toContain('2.png');
  });
});
