import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memory } from '@tensorflow/tfjs-core';
import { serializeNpy } from 'bapps-train';
import { at as item, Lpips } from 'lpips-core';
import { loadLpips, readImage, selectBackend } from 'lpips-node';
import { asOnlyWriter } from 'lpips-node/files';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuMsSince } from '../../../../test/support/cpu-time.js';
import { type ExtractOptions, extract } from '../../src/extraction/extract.js';
import { PooledItems } from '../../src/extraction/open-extraction.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { BUILT_THREAD } from '../support/run-bapps.js';

/** float32 sums in another order. */
const FLOAT_NOISE = 1e-6;
/** Of buffers that are held, most of which are the weights: some are not collected yet when they are counted. */
const BUFFER_NOISE = 0.25;
const SIZE = 24;
const OPTIONS: ExtractOptions = { size: SIZE, itemsPerShard: 4, decode: BUILT_THREAD };
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let folder = '';
let lite: Lpips;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-extract-'));
  await paintDataSet(at('data'), { triplets: { blur: 9, light: 3 }, pairs: { blur: 5 }, size: SIZE });
  await paintDataSet(at('data'), { triplets: { blur: 6 }, pairs: {}, size: SIZE, split: 'train' });
  await selectBackend('wasm');
  lite = await loadLpips({ net: 'lite' });
  await extract(lite, at('data'), at('whole'), OPTIONS);
});
afterAll(async () => {
  lite.dispose();
  await rm(folder, { recursive: true });
});

/** Content of every file of a folder, hidden ones too, by name. */
async function contents(path: string): Promise<Map<string, string>> {
  const names = (await readdir(path)).sort();
  const read = async (name: string): Promise<[string, string]> => [
    name,
    await readFile(join(path, name), 'base64'),
  ];
  return new Map(await Promise.all(names.map(read)));
}

function heads(): number[] {
  return [...lite.weights].filter(([name]) => name.startsWith('lin')).flatMap(([, { data }]) => [...data]);
}

async function distance(image: string, reference: string): Promise<number> {
  const [x, y] = [await readImage(image), await readImage(reference)];
  const result = lite.distance(x, y);
  const [value = Number.NaN] = await result.data();
  for (const tensor of [x, y, result]) tensor.dispose();
  return value;
}

describe('extract', () => {
  it('gives vectors that the heads weigh to the distances: 9 + 3 triplets and 5 pairs of 24x24', async () => {
    const weigh = (means: Float32Array) => heads().reduce((sum, w, c) => sum + w * item(means, c), 0);
    const triplets = await PooledItems.open(at('whole'), { split: 'val' });
    expect(triplets.groups.map(({ distortion, count }) => `${distortion} ${count}`)).toEqual([
      'blur 9',
      'light 3',
    ]);
    const row = 2 * triplets.channels;
    for (const item of [11, 0, 8, 9]) {
      const moments = triplets.read([item]);
      const distortion = item < 9 ? 'blur' : 'light';
      const path = (part: string) =>
        at('data', '2afc', 'val', distortion, part, `${triplets.names[item]}.png`);
      for (const [pair, part] of ['p0', 'p1'].entries()) {
        const expected = await distance(path(part), path('ref'));
        expect(Math.abs(weigh(moments.subarray(pair * row)) - expected)).toBeLessThan(
          FLOAT_NOISE * (1 + expected),
        );
      }
    }
    triplets.close();
    const pairs = await PooledItems.open(at('whole'), { task: 'jnd', split: 'val' });
    const path = (part: string) => at('data', 'jnd', 'val', 'blur', part, `${pairs.names[4]}.png`);
    const expected = await distance(path('p1'), path('p0'));
    expect(Math.abs(weigh(pairs.read([4])) - expected)).toBeLessThan(FLOAT_NOISE * (1 + expected));
    pairs.close();
  });

  it('names the backbone by its weights: the version of the published one, else a digest', async () => {
    const official = JSON.parse(await readFile(at('whole', 'extraction.json'), 'utf8')) as object;
    expect(official).toMatchObject({ net: 'lite', calibration: lite.version, simulated: false });
    const halved = [...lite.weights].map(
      ([name, { shape, data }]) => [name, { shape, data: data.map((w) => w / 2) }] as const,
    );
    const other = Lpips.fromWeights(new Map(halved), { net: 'lite' });
    const { manifest } = await extract(other, at('data'), at('custom'), OPTIONS);
    other.dispose();
    expect(manifest.calibration).toMatch(/^custom [0-9a-f]{8}$/);
  });

  it('goes on where it stopped, whenever that was, and ends with the same bytes', async () => {
    for (const batches of [1, 3, 5]) {
      const out = at(`stopped-after-${batches}`);
      let seen = 0;
      const stop = () => {
        if (++seen === batches) throw new Error('stopped');
      };
      await expect(extract(lite, at('data'), out, { ...OPTIONS, onProgress: stop })).rejects.toThrow(
        'stopped',
      );
      await writeFile(join(out, '.2afc-val-blur-00001.safetensors.0a1b2c.tmp'), 'half a shard');
      const { kept, images } = await extract(lite, at('data'), out, OPTIONS);
      expect(kept + images).toBe(3 * 18 + 2 * 5);
      expect(kept > 0).toBe(batches > 1);
      expect(await contents(out)).toEqual(await contents(at('whole')));
    }
    const again = await extract(lite, at('data'), at('whole'), OPTIONS);
    expect(again).toMatchObject({ images: 0, kept: 64 });
  });

  it('survives kill -9 as a command, before the first shard and amid the later ones, with the same bytes', async () => {
    const triplets = { first: 20, second: 20, third: 20, fourth: 20 };
    await paintDataSet(at('more'), { triplets, pairs: {}, size: 16 });
    const args = ['extract', at('more'), '--net', 'lite', '--backend', 'wasm', '--size', '16', '--quiet'];
    /** Runs until the folder has that many files, and kills; or to its end. */
    const run = (out: string, files = Number.POSITIVE_INFINITY) =>
      new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, [CLI, ...args, '--out', out], { stdio: 'ignore' });
        const watch = setInterval(() => {
          if (existsSync(out) && readdirSync(out).length >= files) child.kill('SIGKILL');
        }, 1);
        child.on('exit', (code) => {
          clearInterval(watch);
          resolve(code);
        });
      });
    expect(await run(at('unkilled'))).toBe(0);
    for (const files of [1, 3]) expect(await run(at('killed'), files)).toBe(null);
    expect(await run(at('killed'))).toBe(0);
    expect(await contents(at('killed'))).toEqual(await contents(at('unkilled')));
  });

  it('holds as many tensors, their bytes and other buffers in the second half of 12 shards as in the first', async () => {
    await paintDataSet(at('of-48'), { triplets: { blur: 48 }, pairs: {}, size: SIZE });
    const tensors: { numTensors: number; numBytes: number }[] = [];
    const buffers: number[] = [];
    const { numTensors } = memory();
    await extract(lite, at('of-48'), at('vectors-of-48'), {
      ...OPTIONS,
      onProgress: () => {
        collectGarbage();
        tensors.push({ numTensors: memory().numTensors, numBytes: memory().numBytes });
        buffers.push(process.memoryUsage().arrayBuffers);
      },
    });
    expect(memory().numTensors).toBe(numTensors);
    expect(tensors).toHaveLength(12);
    expect(tensors.at(-1)).toEqual(tensors[2]);
    // The least of each half: what is not collected yet only adds to it, while what is held stays.
    const [early, late] = [Math.min(...buffers.slice(1, 6)), Math.min(...buffers.slice(6))];
    expect(late).toBeLessThan((1 + BUFFER_NOISE) * early);
  });

  it('leaves no tensor behind where the net cannot compute', async () => {
    const disposed = await loadLpips({ net: 'lite' });
    disposed.dispose();
    const { numTensors } = memory();
    await expect(extract(disposed, at('data'), at('vectors-of-none'), OPTIONS)).rejects.toThrow();
    expect(memory().numTensors).toBe(numTensors);
  });

  it('scales images of another size as the official loader does, to the square that was asked for', async () => {
    const [large, small] = [at('large'), at('small')];
    await paintDataSet(large, { triplets: { blur: 2 }, pairs: {}, size: 48 });
    await cp(large, small, { recursive: true });
    for (const part of ['ref', 'p0', 'p1']) {
      for (const name of await readdir(join(small, '2afc/val/blur', part))) {
        const path = join(small, '2afc/val/blur', part, name);
        await writeFile(path, await sharp(path).resize(SIZE, SIZE, { kernel: 'linear' }).png().toBuffer());
      }
    }
    const vectors = [];
    for (const data of [large, small]) {
      await extract(lite, data, `${data}-vectors`, OPTIONS);
      const items = await PooledItems.open(`${data}-vectors`, { split: 'val' });
      vectors.push(items.read([0, 1]));
      items.close();
    }
    expect(vectors[0]).toEqual(vectors[1]);
  });
});

describe('images that change between two extractions', () => {
  /** Swaps two files that need not have the same size. */
  async function swap(a: string, b: string): Promise<void> {
    await rename(a, `${a}.away`);
    await rename(b, a);
    await rename(`${a}.away`, b);
  }

  it('are extracted again with their shard alone, and the vectors are those of a new extraction: 9 + 3 triplets', async () => {
    await cp(at('data'), at('swapped'), { recursive: true });
    await extract(lite, at('swapped'), at('renewed'), OPTIONS);
    const images = ['p0', 'p1'].map((part) => at('swapped/2afc/val/blur', part, '000005.png'));
    // Files of one size, as they are without compression.
    for (const path of images)
      await writeFile(path, await sharp(path).png({ compressionLevel: 0 }).toBuffer());
    expect((await stat(item(images, 0))).size).toBe((await stat(item(images, 1))).size);
    await extract(lite, at('swapped'), at('renewed'), OPTIONS);
    await swap(item(images, 0), item(images, 1));
    expect(await extract(lite, at('swapped'), at('renewed'), OPTIONS)).toMatchObject({
      images: 3 * 4,
      kept: 64 - 3 * 4,
      renewed: 3 * 4,
    });
    await extract(lite, at('swapped'), at('new'), OPTIONS);
    expect(await contents(at('renewed'))).toEqual(await contents(at('new')));
    const shard = '2afc-val-blur-00001.safetensors';
    const [renewed, old] = [await contents(at('renewed')), await contents(at('whole'))];
    expect([...renewed.keys()].filter((name) => renewed.get(name) !== old.get(name))).toEqual([
      shard,
      'extraction.json',
    ]);
  });

  it('are extracted again where a judgement changes', async () => {
    await cp(at('data'), at('judged'), { recursive: true });
    await cp(at('whole'), at('judged-vectors'), { recursive: true });
    await writeFile(
      at('judged/jnd/val/blur/same/000004.npy'),
      serializeNpy({ shape: [1], data: Float32Array.of(0.25) }),
    );
    expect(await extract(lite, at('judged'), at('judged-vectors'), OPTIONS)).toMatchObject({
      images: 2,
      renewed: 2,
    });
    const pairs = await PooledItems.open(at('judged-vectors'), { task: 'jnd', split: 'val' });
    expect(pairs.judgements[4]).toBe(0.25);
    pairs.close();
  });

  it('are found out where the run that extracts them again was stopped: its old shards are refused', async () => {
    await cp(at('swapped'), at('again'), { recursive: true });
    await cp(at('whole'), at('half-renewed'), { recursive: true });
    const stop = () => {
      throw new Error('stopped');
    };
    await expect(
      extract(lite, at('again'), at('half-renewed'), { ...OPTIONS, onProgress: stop }),
    ).rejects.toThrow('stopped');
    await expect(PooledItems.open(at('half-renewed'), { split: 'val' })).rejects.toThrow(
      /expected a shard of this extraction for .*2afc-val-blur-00001\.safetensors, got one of another/,
    );
  });
});

describe('what extract refuses', () => {
  const refusal = (data: string, out: string, options: ExtractOptions = OPTIONS) =>
    extract(lite, data, out, options).then(
      () => 'nothing was refused',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );

  it('a folder that holds vectors of another net, of other data, or of another size', async () => {
    const elsewhere = 'Extract into another folder, or delete this one.';
    const other = Lpips.fromWeights(
      new Map(
        [...lite.weights].map(([name, { shape, data }]) => [name, { shape, data: data.map((w) => w / 2) }]),
      ),
      { net: 'lite' },
    );
    await expect(extract(other, at('data'), at('whole'), OPTIONS)).rejects.toThrow(
      /^extract: expected an extraction of weights [0-9a-f]{12} for .*whole, got one of [0-9a-f]{12}\. Extract into/,
    );
    other.dispose();
    await paintDataSet(at('fewer'), { triplets: { blur: 8, light: 3 }, pairs: { blur: 5 }, size: SIZE });
    expect(await refusal(at('fewer'), at('whole'))).toBe(
      `extract: expected an extraction of the same items for ${at('whole')}, got one of others. ${elsewhere}`,
    );
    expect(await refusal(at('data'), at('whole'), { ...OPTIONS, size: 32 })).toBe(
      `extract: expected an extraction of image size 32 for ${at('whole')}, got one of 24. ${elsewhere}`,
    );
  });

  it('an extraction by another version of this package, or with a damaged manifest', async () => {
    await cp(at('whole'), at('older'), { recursive: true });
    const path = at('older', 'extraction.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/"tool": "[^"]*"/, '"tool": "bapps-train 0.0.1"'));
    expect(await refusal(at('data'), at('older'))).toMatch(
      /^extract: expected an extraction of version bapps-train .* for .*older, got one of bapps-train 0\.0\.1\./,
    );
    const groups = /"groups": \[[^\]]*\]/;
    for (const damaged of [text.slice(0, 100), text.replace(groups, '"groups": [7]'), 'null']) {
      await writeFile(path, damaged);
      expect(await refusal(at('data'), at('older'))).toMatch(
        /expected a manifest of format 4 for .*extraction\.json, got another file/,
      );
    }
    await writeFile(path, text.replace('"format": 4', '"format": 3'));
    expect(await refusal(at('data'), at('older'))).toBe(
      `extraction: expected a manifest of format 4 for ${path}, got one of format 3, which an earlier version ` +
        'wrote. Extract into another folder, or delete this one.',
    );
  });

  it('a manifest that claims more items than it has digests, or a folder outside its own', async () => {
    await cp(at('whole'), at('claiming'), { recursive: true });
    const path = at('claiming', 'extraction.json');
    const text = await readFile(path, 'utf8');
    for (const [from, to] of [
      ['"items": 9', '"items": 100000000'],
      ['"distortion": "blur"', '"distortion": "../blur"'],
      ['"task": "jnd"', '"task": "../jnd"'],
    ] as const) {
      expect(text).toContain(from);
      await writeFile(path, text.replace(from, to));
      await expect(PooledItems.open(at('claiming'), { split: 'val' })).rejects.toThrow(
        `extraction: expected a manifest of format 4 for ${path}, got another file.`,
      );
    }
    // With so many items in a shard, one digest is right; the shard itself does not hold them.
    const grown = text.replace('"items": 9', '"items": 100000000');
    await writeFile(path, grown.replace('"itemsPerShard": 4', '"itemsPerShard": 100000000'));
    const start = process.cpuUsage();
    await expect(PooledItems.open(at('claiming'), { split: 'val' })).rejects.toThrow(/^extract/);
    expect(cpuMsSince(start)).toBeLessThan(1000);
  });

  it('a folder in which another run writes', async () => {
    await mkdir(at('busy'));
    const record = at('busy', '.writer');
    await asOnlyWriter(record, { where: 'a test', what: 'it' }, async () => {
      expect(await refusal(at('data'), at('busy'))).toBe(
        `extract: cannot write ${at('busy')}: another run writes there (process ${process.pid} on ${hostname()}). ` +
          `Wait until it has ended, or choose another folder. If there is no such process, delete ${record}.`,
      );
    });
    expect(await readdir(at('busy'))).toEqual([]);
  });

  it('a pipe in the place of an image, without waiting for its writer', async () => {
    await cp(at('data'), at('piped'), { recursive: true });
    const path = at('piped', '2afc/val/blur/p1/000006.png');
    await rm(path);
    execFileSync('mkfifo', [path]);
    expect(await refusal(at('piped'), at('piped-vectors'))).toBe(
      `extract: expected an image for ${path}, got a pipe or a device.`,
    );
  });

  it('nothing of a damaged shard, which is made anew: one flipped bit, cut off, or of another extraction', async () => {
    await cp(at('whole'), at('damaged'), { recursive: true });
    const path = at('damaged', '2afc-val-blur-00001.safetensors');
    const bytes = await readFile(path);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 5] = bytes.readUInt8(bytes.length - 5) ^ 4;
    const mend = 'Run "bapps extract" again: it makes the shard anew.';
    const open = () => PooledItems.open(at('damaged'), { split: 'val' });
    await writeFile(path, flipped);
    await expect(open()).rejects.toThrow(
      `readSealed: expected a whole shard for ${path}, got a damaged one. ${mend}`,
    );
    await writeFile(path, bytes.subarray(0, 5));
    await expect(open()).rejects.toThrow(/expected a shard for .*, got a damaged or another file/);
    await extract(lite, at('data'), at('other-shards'), { ...OPTIONS, itemsPerShard: 3 });
    await cp(at('other-shards', '2afc-val-blur-00001.safetensors'), path);
    await expect(open()).rejects.toThrow(
      `extract: expected a shard of this extraction for ${path}, got one of another. Run "bapps extract" again: it replaces the shard.`,
    );
    await rm(path);
    await expect(open()).rejects.toThrow(
      `readSealed: expected a shard for ${path}, got no such file. Run "bapps extract" again: it makes the missing shards.`,
    );
    for (const damaged of [flipped, bytes.subarray(0, 5000)]) {
      await writeFile(path, damaged);
      expect(await extract(lite, at('data'), at('damaged'), OPTIONS)).toMatchObject({
        images: 12,
        renewed: 0,
      });
      expect(await contents(at('damaged'))).toEqual(await contents(at('whole')));
    }
  });

  it('a folder that cannot be made, because a file is in its place', async () => {
    await writeFile(at('a-file'), '');
    expect(await refusal(at('data'), at('a-file', 'vectors'))).toBe(
      `extract: cannot write ${at('a-file', 'vectors')}: a file stands where a folder should be. Choose another folder.`,
    );
  });

  it('a damaged, oblong, uneven or missing image, by name, and keeps the shards before it', async () => {
    const data = at('faulty');
    await cp(at('data'), data, { recursive: true });
    const path = join(data, '2afc/val/blur/p1/000006.png');
    const bytes = await readFile(path);
    await truncate(path, bytes.length - 30);
    expect(await refusal(data, at('faulty-vectors'))).toBe(
      `readPatch: expected a PNG image for ${path}, got a damaged, truncated or other file. Copy it again, or make it again.`,
    );
    expect((await readdir(at('faulty-vectors'))).filter((name) => name.startsWith('2afc'))).toEqual([
      '2afc-train-blur-00000.safetensors',
      '2afc-train-blur-00001.safetensors',
      '2afc-val-blur-00000.safetensors',
    ]);
    await writeFile(path, await sharp(bytes).resize(24, 20, { fit: 'fill' }).png().toBuffer());
    expect(await refusal(data, at('oblong-vectors'))).toBe(
      `readPatch: expected a square image for ${path}, got 24x20. Crop it, and its partners alike.`,
    );
    await writeFile(path, await sharp(bytes).resize(20, 20).png().toBuffer());
    const reference = join(data, '2afc/val/blur/ref/000006.png');
    expect(await refusal(data, at('uneven-vectors'))).toBe(
      `readPatch: expected 24x24 pixels, as ${reference} has, for ${path}, got 20x20. Scale both alike.`,
    );
    await rm(path);
    expect(await refusal(data, at('faulty-vectors'))).toMatch(/^scan: expected a partner of .*000006/);
  });
});
