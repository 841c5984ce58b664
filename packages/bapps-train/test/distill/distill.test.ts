import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { at, Lpips, parseSafetensors, type WeightMap } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteOnBackend } from '../../../../test/support/backends.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { type DistillOptions, distill } from '../../src/distill/distill.js';
import { readPhotographs } from '../../src/distill/read-photographs.js';
import { randomWeights } from '../../src/networks/random-weights.js';
import { paintPhotographs } from '../support/paint-photographs.js';
import { bapps, builtBapps } from '../support/run-bapps.js';

const SMALL = {
  seed: 3,
  references: 8,
  epochs: 2,
  batch: 4,
  rounds: 1,
  roundSteps: 2,
  autoencoderSteps: 5,
  finishSteps: 2,
  workers: 0,
  checkpointSteps: 1,
};

async function photographFolder(size: { width?: number; height?: number } = {}): Promise<string> {
  const folder = join(await tempDir(), 'photographs');
  await mkdir(folder);
  await paintPhotographs(folder, 3, size);
  return folder;
}

async function bytesOf(cacheDir: string): Promise<Buffer> {
  return readFile(join(cacheDir, 'student.checkpoint'));
}

await suiteOnBackend('distillation', 'tensorflow', (name) => {
  describe(name, () => {
    let teacher: Lpips;
    const run = async (
      folder: string,
      options: Partial<DistillOptions> & { cacheDir: string },
    ): Promise<WeightMap> => distill(await readPhotographs(folder), teacher, { ...SMALL, ...options });

    beforeAll(async () => {
      await selectBackend('tensorflow');
      teacher = await loadLpips({ net: 'lite' });
    });

    it('goes on after a kill, in the recipe, in a round and in the last cycle, to the weights of a run that was not killed', async () => {
      const folder = await photographFolder();
      const whole = await tempDir();
      const expected = await run(folder, { cacheDir: whole });

      const broken = await tempDir();
      for (const [round, step] of [
        [0, 3],
        [1, 1],
        [2, 1],
      ] as const) {
        const killed = run(folder, {
          cacheDir: broken,
          onProgress: (progress) => {
            if (progress.stage === 'training' && progress.round === round && progress.done === step) {
              throw new Error('killed');
            }
          },
        });
        await expect(killed).rejects.toThrow('killed');
      }
      const resumed = await run(folder, { cacheDir: broken });
      expect(expected.size).toBeGreaterThan(0);
      expect(resumed).toEqual(expected);
      expect(await bytesOf(broken)).toEqual(await bytesOf(whole));
      const lpips = Lpips.fromWeights(resumed, { net: 'lite' }); // no head is negative, no value is not finite
      lpips.dispose();
    });

    it('takes a quarter of the last steps with 128x128 and 256x256, and goes on after a kill to the same weights', async () => {
      const folder = await photographFolder({ width: 280, height: 260 });
      const options = { rounds: 0, epochs: 1, finishSteps: 9, largeReferences: 4 };
      const whole = await tempDir();
      const expected = await run(folder, { ...options, cacheDir: whole });
      const sizes = await Promise.all(
        ['large-128-00000', 'large-256-00000'].map(
          async (name) => (await readFile(join(whole, `${name}.pictures`))).length,
        ),
      );
      expect(sizes).toEqual([4 * 9 * 128 ** 2, 9 * 256 ** 2]);
      const broken = await tempDir();
      const killed = run(folder, {
        ...options,
        cacheDir: broken,
        onProgress: ({ stage, round, done }) => {
          if (stage === 'training' && round === 1 && done === 6) throw new Error('killed');
        },
      });
      await expect(killed).rejects.toThrow('killed');
      expect(await run(folder, { ...options, cacheDir: broken })).toEqual(expected);
      const without = await run(folder, { ...options, largeReferences: 0, cacheDir: await tempDir() });
      expect(without).not.toEqual(expected);
    });

    it('leaves no tensor behind when a round is stopped: as its autoencoder trains, and as its pictures are read', async () => {
      const folder = await photographFolder();
      const options = { epochs: 0, finishSteps: 0 };
      await run(folder, { ...options, cacheDir: await tempDir() }); // what stays is made by now
      const { numTensors } = memory();
      const stopped = run(folder, {
        ...options,
        cacheDir: await tempDir(),
        onProgress: ({ stage }) => {
          if (stage === 'autoencoder') throw new Error('stopped');
        },
      });
      await expect(stopped).rejects.toThrow('stopped');
      expect(memory().numTensors).toBe(numTensors);
      const cacheDir = await tempDir();
      const withoutPictures = run(folder, {
        ...options,
        cacheDir,
        onProgress: ({ stage, done }) => {
          if (stage === 'autoencoder' && done === 2) rmSync(join(cacheDir, 'recipe-00000.pictures'));
        },
      });
      await expect(withoutPictures).rejects.toThrow('ENOENT');
      expect(memory().numTensors).toBe(numTensors);
    });

    it('changes weights towards the teacher: less loss after 12 epochs of 8 triplets', async () => {
      const losses: number[] = [];
      const onProgress: DistillOptions['onProgress'] = ({ loss }) => {
        if (loss !== undefined) losses.push(loss);
      };
      const options = { cacheDir: await tempDir(), epochs: 12, rounds: 0, finishSteps: 0, onProgress };
      await run(await photographFolder(), options);
      expect(losses).toHaveLength(24);
      expect(losses.at(-1)).toBeLessThan(0.9 * at(losses, 0));
    });

    it('names the step whose loss is not a number', async () => {
      const options = { cacheDir: await tempDir(), rate: 1e30, epochs: 4, rounds: 0 };
      await expect(run(await photographFolder(), options)).rejects.toThrow(
        /^distill: expected a finite number for the loss of step \d+, got (NaN|Infinity)\. Lower the learning rate/,
      );
    });

    it('refuses the checkpoint of another run, a damaged one, and pictures of other photographs', async () => {
      const folder = await photographFolder();
      const cacheDir = await tempDir();
      await run(folder, { cacheDir, epochs: 1, rounds: 0 });
      await expect(run(folder, { cacheDir, epochs: 2, rounds: 0 })).rejects.toThrow(
        /^distill: expected a checkpoint of this run for .*student\.checkpoint, got one of another\./,
      );
      const path = join(cacheDir, 'student.checkpoint');
      const bytes = await readFile(path);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      await writeFile(path, bytes);
      await expect(run(folder, { cacheDir, epochs: 1, rounds: 0 })).rejects.toThrow(
        /expected a whole checkpoint for .*student\.checkpoint, got a damaged one\. Delete it to begin anew\./,
      );
      await paintPhotographs(folder, 1, { first: 7 });
      await expect(run(folder, { cacheDir, epochs: 1, rounds: 0 })).rejects.toThrow(
        /^distill: expected triplets of this run for .*triplets\.json, got those of another\./,
      );
    });
  });
});

describe('bapps distill', () => {
  it('trains to a file or measures one, not both and not none', async () => {
    const neither = await bapps('distill', 'photos');
    expect([neither.code, neither.error]).toEqual([
      2,
      'bapps: expected --out to train or --evaluate to measure, got neither. Name a file for one of them.\n',
    ]);
    const both = await bapps('distill', 'photos', '--out', 'a.safetensors', '--evaluate', 'b.safetensors');
    expect([both.code, both.error]).toEqual([
      2,
      'bapps: cannot train and measure at once: both --out and --evaluate are given. Leave one of them out.\n',
    ]);
  });

  it('takes a side only to measure, and names a photograph that is smaller than that side', async () => {
    const train = await bapps('distill', 'photos', '--out', 'a.safetensors', '--side', '128');
    expect([train.code, train.error]).toEqual([
      2,
      'bapps: cannot train at another side: --side is given without --evaluate. Name --large-references to train on larger pictures.\n',
    ]);
    const measure = await bapps(
      'distill',
      await photographFolder(),
      '--evaluate',
      'a',
      '--side',
      '128',
      '--backend',
      'cpu',
    );
    expect(measure.code).toBe(1);
    expect(measure.error).toMatch(/expected at least 128x128 pixels for .*photograph-0\.png, got 120x96/);
  });

  it('refuses fewer crops than a batch holds', async () => {
    const { code, error } = await bapps('distill', 'photos', '--out', 'a.safetensors', '--references', '63');
    expect(code).toBe(2);
    expect(error).toBe(
      'bapps: cannot fill a batch: --references is 63 and --batch is 64. Raise the one or lower the other.\n',
    );
  });

  it('trains on WASM with the kernels of tfjs-wasm-kernels, and writes what it was made of', async () => {
    const folder = await photographFolder();
    const out = join(await tempDir(), 'lite.safetensors');
    const args = [
      '--references',
      '4',
      '--batch',
      '4',
      '--epochs',
      '1',
      '--rounds',
      '0',
      '--finish-steps',
      '1',
    ];
    const where = ['--teacher', 'lite', '--backend', 'wasm', '--workers', '1', '--quiet', '--json'];
    const events = await tempDir();
    const more = ['--tensorboard', events];
    const told = await builtBapps('distill', folder, '--out', out, ...args, ...where, ...more);
    const { code, error, out: text } = told;
    expect(error).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ out, backend: 'wasm', seed: '1' });
    const { weights, metadata } = parseSafetensors(await readFile(out));
    Lpips.fromWeights(weights, { net: 'lite' }).dispose();
    const [file = ''] = await readdir(join(events, 'lite'));
    const written = await readFile(join(events, 'lite', file), 'latin1');
    for (const tag of ['loss/recipe', 'loss/last_cycle']) expect(written.split(tag)).toHaveLength(2); // one step each
    expect(metadata['teacher']).toMatch(/^lite /);
    expect(JSON.parse(metadata['recipe'] ?? '')).toMatchObject({ references: 4, epochs: 1, rounds: 0 });
  });

  it.each([
    ['64', []],
    ['80', ['--side', '80']],
  ])('measures on WASM at %s: a file that is its own teacher agrees with it wholly', async (side, more) => {
    const folder = await photographFolder();
    const path = new URL('../../../lpips-core/weights/lite.safetensors', import.meta.url).pathname;
    const args = [
      '--teacher',
      'lite',
      '--backend',
      'wasm',
      '--references',
      '8',
      '--quiet',
      '--json',
      '--workers',
      '1',
    ];
    const { code, out, error } = await builtBapps('distill', folder, '--evaluate', path, ...args, ...more);
    expect(error).toBe('');
    expect(code).toBe(0);
    const result = JSON.parse(out) as Record<string, Record<string, { spearman: number; sameOrder: number }>>;
    expect(result['side']).toBe(Number(side));
    for (const mixture of ['recipe', 'held-out', 'unseen']) {
      expect(result[mixture]?.[path]).toEqual({ spearman: 1, sameOrder: 1 });
      expect(result[mixture]?.['MSE']?.spearman).toBeLessThan(1);
    }
  });

  it('names a photograph that is too small', async () => {
    const folder = join(await tempDir(), 'photographs');
    await mkdir(folder);
    await paintPhotographs(folder, 1, { width: 70, height: 50 });
    const { code, error } = await bapps(
      'distill',
      folder,
      '--teacher',
      'lite',
      '--backend',
      'cpu',
      '--out',
      join(folder, 'x'),
    );
    expect(code).toBe(1);
    expect(error).toMatch(
      /^distill: expected at least 64x64 pixels for .*photograph-0\.png, got 70x50\. Leave it out\./,
    );
  });
});

it('makes the same weights from the same seed, and others from another', () => {
  expect(randomWeights('lite', 1)).toEqual(randomWeights('lite', 1));
  expect(randomWeights('lite', 1)).not.toEqual(randomWeights('lite', 2));
});
