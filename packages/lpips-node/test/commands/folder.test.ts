import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { lpips } from '../support/run-lpips.js';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-folder-'));
  process.env['LPIPS_CACHE'] = at('cache');
  for (const name of ['out', 'truth', 'other', 'empty']) await mkdir(at(name));
  await mkdir(at('out', 'inner.png'));
  for (const [index, name] of ['a10.png', 'a9.png', 'with, comma.png'].entries()) {
    await noisyPng(at('out', name), { noise: 20 * (index + 1) });
    await noisyPng(at('truth', name));
  }
  await noisyPng(at('out', 'only-here.png'));
  await noisyPng(at('truth', 'only-there.png'));
  await writeFile(at('truth', 'notes.txt'), 'left out');
  await writeFile(at('out', '.hidden.png'), 'left out');
  await noisyPng(at('other', 'a9.png'), { width: 40 });
});
afterAll(() => rm(folder, { recursive: true }));

describe('lpips folder', () => {
  it('compares what has the same name, in natural order, with the mean, and warns of the rest', async () => {
    const { code, out, error } = await lpips('folder', at('out'), at('truth'));
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines[0]).toBe('lite 0.3 on wasm');
    expect(lines.slice(1, 4).map((line) => line.includes(at('truth')))).toEqual([true, true, true]);
    expect(lines.slice(1, 4).map((line) => /a9|a10|comma/.exec(line)?.[0])).toEqual(['a9', 'a10', 'comma']);
    expect(lines[4]).toMatch(/^0\.\d{7} {2}mean of 3$/);
    expect(error).toContain(
      `lpips: 2 images have no counterpart and are left out: ${at('out', 'only-here.png')}, ${at('truth', 'only-there.png')}\n`,
    );
  });

  it('--json gives the pairs, their mean and what is missing', async () => {
    const { out } = await lpips('folder', at('out'), at('truth'), '--json', '--quiet');
    const result = JSON.parse(out) as { pairs: { image: string; distance: number }[]; mean: number };
    expect(Object.keys(result)).toEqual([
      'net',
      'version',
      'linear',
      'weights',
      'backend',
      'pairs',
      'mean',
      'missing',
      'leftOut',
      'tool',
    ]);
    expect(result).toMatchObject({
      missing: [at('out', 'only-here.png'), at('truth', 'only-there.png')],
      leftOut: [{ path: at('out', 'inner.png'), reason: 'folders inside are entered with --recursive' }],
    });
    expect(result.pairs.map(({ image }) => image)).toEqual(
      ['a9.png', 'a10.png', 'with, comma.png'].map((name) => at('out', name)),
    );
    const sum = result.pairs.reduce((total, { distance }) => total + distance, 0);
    expect(result.mean).toBeCloseTo(sum / 3, 12);
  });

  it('gives the numbers that distance gives', async () => {
    const folders = await lpips('folder', at('out'), at('truth'), '--json');
    const single = await lpips('distance', at('out', 'a9.png'), at('truth', 'a9.png'), '--json');
    const { pairs } = JSON.parse(folders.out) as { pairs: { distance: number }[] };
    const { distance } = JSON.parse(single.out) as { distance: number };
    expect(pairs[0]?.distance).toBeCloseTo(distance, 7);
  });

  it.each(['out', 'truth'])('refuses a --csv over an image of %s, which stays as it was', async (side) => {
    const path = at(side, 'a9.png');
    const before = await readFile(path);
    const { code, error } = await lpips('folder', at('out'), at('truth'), '--csv', path, '--quiet');
    expect([code, error]).toEqual([
      1,
      `output: expected a file that can be written for ${path}, got a file that is read. Name another file.\n`,
    ]);
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('--csv writes a quoted table whole, over an older one', async () => {
    await writeFile(at('scores.csv'), 'old');
    const { code } = await lpips('folder', at('out'), at('truth'), '--csv', at('scores.csv'), '--quiet');
    const rows = (await readFile(at('scores.csv'), 'utf8')).split('\r\n');
    expect(code).toBe(0);
    expect(rows[0]).toBe('image,reference,distance');
    expect(rows).toHaveLength(5);
    expect(rows[3]).toMatch(/^"[^"]*with, comma\.png","[^"]*with, comma\.png",0\.\d+$/);
  });

  it('refuses different sizes by name before it computes, and keeps an older table', async () => {
    await writeFile(at('kept.csv'), 'old');
    const { code, out, error } = await lpips(
      'folder',
      at('other'),
      at('truth'),
      '--quiet',
      '--csv',
      at('kept.csv'),
    );
    expect([code, out]).toEqual([1, '']);
    expect(error).toContain(`for ${at('other', 'a9.png')}, got 40x24`);
    expect(await readFile(at('kept.csv'), 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await lpips('folder', at('other'), at('truth'), '--resize')).code).toBe(0);
  });

  it('fails where no names match, where there is no folder, and where it is a file', async () => {
    const none = await lpips('folder', at('empty'), at('truth'));
    expect(none.code).toBe(1);
    expect(none.error).toBe(
      `lpips folder: expected images of the same names as in ${at('truth')} for ${at('empty')}, ` +
        'got none of 0 and 4 images. Rename them, or check the folders.\n',
    );
    const missing = await lpips('folder', at('nowhere'), at('truth'));
    expect([missing.code, missing.error]).toEqual([
      1,
      `listImages: cannot read ${at('nowhere')}: there is no such folder. Check the path.\n`,
    ]);
    const file = await lpips('folder', at('out', 'a9.png'), at('truth'));
    expect([file.code, file.error]).toEqual([
      1,
      `listImages: expected a folder of images for ${at('out', 'a9.png')}, got a file. Check the path.\n`,
    ]);
  });

  it('compares the rest where an image cannot be read, names it, and exits with 1', async () => {
    for (const name of ['hurt', 'whole']) {
      await mkdir(at(name));
      for (const image of ['1.png', '2.png']) await noisyPng(at(name, image));
    }
    await writeFile(at('hurt', '2.png'), 'no picture');
    await writeFile(at('whole', '3.heic'), '');
    const { code, out, error } = await lpips('folder', at('hurt'), at('whole'));
    expect(code).toBe(1);
    expect(out).toContain('mean of 1\n');
    expect(error).toContain(`lpips: ${at('whole', '3.heic')} is left out: HEIC is not read\n`);
    expect(error).toContain(`lpips: ${at('hurt', '2.png')} is left out: readImage: expected a PNG`);
    const { out: json } = await lpips('folder', at('hurt'), at('whole'), '--json', '--quiet');
    const { leftOut } = JSON.parse(json) as { leftOut: { path: string }[] };
    expect(leftOut.map(({ path }) => path)).toEqual([at('whole', '3.heic'), at('hurt', '2.png')]);
  });

  it('refuses folders in which no image can be read, whether header or pixels are damaged', async () => {
    await mkdir(at('torn'));
    await noisyPng(at('torn', 'a9.png'));
    const bytes = await readFile(at('torn', 'a9.png'));
    for (const kept of [20, bytes.length - 200]) {
      await writeFile(at('torn', 'a9.png'), bytes.subarray(0, kept));
      const { code, out, error } = await lpips('folder', at('torn'), at('truth'), '--quiet');
      expect([code, out]).toEqual([1, '']);
      expect(error).toContain(
        `lpips folder: expected images that can be read in ${at('truth')} and for ${at('torn')}`,
      );
    }
  });

  it.runIf(process.platform === 'linux')(
    'a name can neither forge a line nor reach the terminal',
    async () => {
      const name = 'a\n0.0000000  forged\x1b[2J.png';
      for (const side of ['forged', 'true']) {
        await mkdir(at(side));
        await noisyPng(at(side, name));
        await noisyPng(at(side, `${side}${name}`));
      }
      const { code, out, error } = await lpips('folder', at('forged'), at('true'));
      expect(code).toBe(0);
      expect(out.trimEnd().split('\n')).toHaveLength(3);
      expect(out).toContain('a\\x0a0.0000000  forged\\x1b[2J.png');
      expect(`${out}${error}`.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      expect(error.split('\n').filter((line) => line.startsWith('0.0'))).toEqual([]);
    },
  );

  it('--match stem pairs a png with a jpg of the same name, and its lack suggests it', async () => {
    await mkdir(at('jpegs'));
    await mkdir(at('pngs'));
    await noisyPng(at('pngs', 'a.png'));
    await sharp(at('pngs', 'a.png')).jpeg().toFile(at('jpegs', 'a.jpg'));
    const whole = await lpips('folder', at('jpegs'), at('pngs'));
    expect([whole.code, whole.error]).toEqual([
      1,
      `lpips folder: expected images of the same names as in ${at('pngs')} for ${at('jpegs')}, got none of 1 and 1 images. ` +
        'a.jpg and a.png differ in their extension alone. Pass --match stem.\n',
    ]);
    const stem = await lpips('folder', at('jpegs'), at('pngs'), '--match', 'stem');
    expect([stem.code, stem.out.includes('mean of 1')]).toEqual([0, true]);
  });

  it('--recursive compares folders inside', async () => {
    for (const name of ['deep', 'deeper']) {
      await mkdir(at(name, 'inner'), { recursive: true });
      await noisyPng(at(name, 'inner', 'a.png'));
    }
    const flat = await lpips('folder', at('deep'), at('deeper'));
    expect(flat.error).toContain(
      `${at('deep', 'inner')}, ${at('deeper', 'inner')} are left out: folders inside`,
    );
    const { code, out } = await lpips('folder', at('deep'), at('deeper'), '--recursive');
    expect([code, out.includes(at('deep', 'inner', 'a.png'))]).toEqual([0, true]);
  });

  it('leaves no tensor behind', async () => {
    await lpips('folder', at('out'), at('truth'));
    const before = memory().numTensors;
    await lpips('folder', at('out'), at('truth'));
    expect(memory().numTensors).toBe(before);
  });
});
