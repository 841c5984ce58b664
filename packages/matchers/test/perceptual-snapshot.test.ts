import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../../test/support/temp-dir.js';
import { failureFiles } from '../src/failures/failure-files.js';
import { matchSnapshot, type SnapshotRequest } from '../src/perceptual-snapshot.js';

/** More pixels than WASM compares with lite, about 6 million. */
const TOO_LARGE = { width: 2000, height: 8000 } as const;

describe('matchSnapshot', () => {
  beforeAll(() => selectBackend('wasm'));

  it('refuses a page of 2000x8000 when its snapshot is written, and when it would be replaced', async () => {
    const path = join(await tempDir(), 'long.png');
    const page = await plain(TOO_LARGE);
    const message = /expected at most [\d,]+ pixels with lite on wasm for the image, got 2000x8000/;
    const missing = await matchSnapshot(page, requestOf(path));
    expect([missing.pass, missing.status]).toEqual([false, 'unmatched']);
    expect(missing.message()).toMatch(message);
    expect(existsSync(path)).toBe(false);
    await writeFile(path, await plain({ width: 200, height: 500 }));
    const replaced = await matchSnapshot(page, requestOf(path));
    expect(replaced.pass).toBe(false);
    expect(replaced.message()).toMatch(message);
    expect((await sharp(path).metadata()).width).toBe(200);
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

function plain(size: { width: number; height: number }): Promise<Buffer> {
  return sharp({ create: { ...size, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
}
