import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Lpips } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { tempDir } from '../../../test/support/temp-dir.js';
import { compareImages } from '../src/compare-images.js';
import { failureFiles } from '../src/failures/failure-files.js';
import { matchSnapshot, type SnapshotRequest } from '../src/perceptual-snapshot.js';

/** Room for 13,000 pixels with lite on WASM beside its kernels. */
const SMALL_MACHINE = (350e6 + 5e6) / 0.8;
/** Sums in another order. */
const VALUES = 1e-5;

describe('matchSnapshot', () => {
  beforeAll(() => selectBackend('wasm'));
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('compares pages that memory does not hold whole in tiles, as a large machine compares them: 120x400', async () => {
    const [path, page] = [join(await tempDir(), 'long.png'), { width: 120, height: 400 }];
    await writeFile(path, await plain(page));
    const drawn = await sharp(await plain(page))
      .composite([{ input: await plain({ width: 30, height: 20 }, '#c00'), left: 40, top: 300 }])
      .png()
      .toBuffer();
    const ignore = [{ left: 0, top: 0, width: 120, height: 40 }];
    for (const options of [{}, { ignore }]) {
      vi.restoreAllMocks();
      const inTiles = vi.spyOn(Lpips.prototype, 'compareSources');
      const whole = await compareImages(drawn, path, options);
      expect(inTiles).not.toHaveBeenCalled();
      vi.spyOn(process, 'constrainedMemory').mockReturnValue(SMALL_MACHINE);
      const tiled = await compareImages(drawn, path, options);
      expect(inTiles).toHaveBeenCalled();
      expect(tiled.failures).toEqual(whole.failures);
      expect(Math.abs(tiled.distance / whole.distance - 1)).toBeLessThan(VALUES);
      expect(Math.abs(tiled.local.distance / whole.local.distance - 1)).toBeLessThan(VALUES);
      expect(tiled.local).toMatchObject({ left: whole.local.left, top: whole.local.top });
    }
    const missing = join(await tempDir(), 'new.png');
    expect((await matchSnapshot(drawn, requestOf(missing))).pass).toBe(true);
    expect(existsSync(missing)).toBe(true);
  });
});

function requestOf(path: string): SnapshotRequest {
  return {
    name: 'long',
    path,
    isNot: false,
    rules: { missing: 'write', different: 'write' },
    updateFlag: '--update',
    files: failureFiles(join(dirname(path), 'failures/long'), {
      runner: 'none',
      test: 'long',
      testFile: path,
    }),
  };
}

function plain(size: { width: number; height: number }, background = '#fff'): Promise<Buffer> {
  return sharp({ create: { ...size, channels: 3, background } })
    .png()
    .toBuffer();
}
