import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listImages, surveyFolder } from '../../src/images/list-images.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'list-images-'));
  await mkdir(join(folder, 'inner'));
  for (const name of ['a10.png', 'a9.bmp', 'b.heic', '.hidden.png', 'notes.txt', 'inner/c.ppm']) {
    await writeFile(join(folder, name), '');
  }
});
afterEach(() => rm(folder, { recursive: true }));

describe('surveyFolder', () => {
  it('lists images in natural order, and names images of other kinds and folders with the reason', async () => {
    expect(await surveyFolder(folder)).toEqual({
      images: ['a9.bmp', 'a10.png'],
      leftOut: [
        { name: 'b.heic', reason: 'HEIC is not read' },
        { name: 'inner', reason: 'folders inside are entered with --recursive' },
      ],
    });
    expect(await listImages(folder)).toEqual(['a9.bmp', 'a10.png']);
  });

  it('enters folders inside where it is asked to', async () => {
    expect(await surveyFolder(folder, { recursive: true })).toEqual({
      images: ['a9.bmp', 'a10.png', 'inner/c.ppm'],
      leftOut: [{ name: 'b.heic', reason: 'HEIC is not read' }],
    });
  });

  it.runIf(process.platform === 'linux')('leaves out a name that is not UTF-8', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff]), Buffer.from('.png')]), '');
    const { images, leftOut } = await surveyFolder(folder, { recursive: true });
    expect(images).toEqual(['a9.bmp', 'a10.png', 'inner/c.ppm']);
    expect(leftOut).toContainEqual({ name: '\ufffd.png', reason: 'its name is not UTF-8' });
  });
});
