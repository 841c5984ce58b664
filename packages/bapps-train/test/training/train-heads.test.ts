import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { at as item } from 'lpips-core';
import { readWeights } from 'lpips-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeInto } from '../../../../test/support/temp-dir.js';
import { PooledItems } from '../../src/extraction/open-extraction.js';
import { HeadsTrainee } from '../../src/training/heads-trainee.js';
import { OFFICIAL_RECIPE } from '../../src/training/recipe.js';
import { runTraining, type Trainee } from '../../src/training/run-training.js';
import { trainHeads } from '../../src/training/train-heads.js';
import { meanScore, readTrainingLog } from '../../src/training/training-log.js';
import { CHANNELS, drawExtraction, TEACHER } from '../support/drawn-extraction.js';
import { bapps, builtBapps } from '../support/run-bapps.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const SEED = 4;
/** Triplets to learn from: five steps an epoch, the last of them with fewer than 50. */
const TRIPLETS = 220;
const RECIPE = { ...OFFICIAL_RECIPE, learningRate: 0.01 };
/** 2AFC points that a student may fall short of its teacher. */
const HALF_A_POINT = 0.005;

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const files = ['heads.safetensors', 'heads.pth', 'training.json', 'checkpoint.safetensors'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-train-'));
  await drawExtraction(at('vectors'), { train: TRIPLETS, val: 100 });
  await trainHeads(at('vectors'), at('whole'), { seed: SEED, recipe: RECIPE });
});
afterAll(() => rm(folder, { recursive: true }));

async function bytesOf(run: string): Promise<string[]> {
  return Promise.all(files.map((name) => readFile(at(run, name), 'base64')));
}

/** A run that ends with an exception at a step, as a process that is killed does between two. */
async function stopAt(run: string, step: number, vectors = 'vectors'): Promise<void> {
  const stop = (taken: number) => {
    if (taken === step) throw new Error('stopped');
  };
  await expect(
    trainHeads(at(vectors), at(run), { seed: SEED, recipe: RECIPE, onStep: stop }),
  ).rejects.toThrow('stopped');
}

describe('trainHeads', () => {
  it('reaches the held-out 2AFC of the teacher within half a point, from uniform heads: 2,400 triplets', async () => {
    await drawExtraction(at('many'), { train: 2400, val: 1200, votes: 5 });
    const { log } = await trainHeads(at('many'), at('student'), { recipe: RECIPE });
    const held = await PooledItems.open(at('many'), { split: 'val' });
    const teacher = new HeadsTrainee(held, held, { seed: 1, initial: TEACHER }).heldOut().scores;
    held.close();
    const after = meanScore(log.epochs.at(-1)?.heldOut ?? {});
    expect(after).toBeGreaterThan(meanScore(teacher) - HALF_A_POINT);
    expect(meanScore(log.before)).toBeLessThan(meanScore(teacher) - 5 * HALF_A_POINT);
  });

  it('closes the vectors to learn from where those held out cannot be opened', async () => {
    await drawExtraction(at('half'), { train: 20, val: 10 });
    await rm(at('half', '2afc-val-drawn-00000.safetensors'));
    const close = vi.spyOn(PooledItems.prototype, 'close');
    await expect(trainHeads(at('half'), at('no-run'))).rejects.toThrow('2afc-val-drawn-00000.safetensors');
    expect(close).toHaveBeenCalledTimes(1);
    close.mockRestore();
  });

  it('goes on from the last checkpoint with the same bits, wherever it was stopped: steps 3, 7 and 48 of 50', async () => {
    for (const step of [3, 7, 48]) {
      const run = `stopped-at-${step}`;
      await stopAt(run, step);
      const { resumedAt } = await trainHeads(at('vectors'), at(run), { seed: SEED, recipe: RECIPE });
      expect(resumedAt).toBe(Math.floor(step / 5) * 5); // checkpoints are written after each epoch of 5 steps
      expect(await bytesOf(run)).toEqual(await bytesOf('whole'));
    }
  });

  it('goes on within an epoch, with the same bits', async () => {
    const options = (stop?: number) => ({
      recipe: RECIPE,
      seed: SEED,
      checkpoints: { folder: at('vectors'), run: 'within', everyMs: -1 },
      onStep: (step: number) => {
        if (step === stop) throw new Error('stopped');
      },
    });
    const train = await PooledItems.open(at('vectors'), { split: 'train' });
    const trainee = () => new HeadsTrainee(train, undefined, { seed: SEED, initial: 'uniform' });
    const whole = trainee();
    const uninterrupted = await runTraining(whole, { recipe: RECIPE, seed: SEED });
    await expect(runTraining(trainee(), options(40))).rejects.toThrow('stopped');
    const resumed = trainee();
    const { resumedAt, epochs } = await runTraining(resumed, options());
    train.close();
    expect(resumedAt).toBe(39);
    expect(resumed.heads.values).toEqual(whole.heads.values);
    expect(epochs).toEqual(uninterrupted.epochs);
  });

  it('deletes what a run that was killed has left half-written, and nothing of another program', async () => {
    const leftBy = (name: string) => `.${name}.0123456789ab.tmp`;
    const others = [leftBy('report.html'), '.checkpoint.safetensors.tmp'];
    const unfinished = ['checkpoint.safetensors', 'heads.pth', 'training.csv'].map(leftBy);
    for (const name of [...others, ...unfinished]) await writeInto(at('left'), name, 'half');
    await trainHeads(at('vectors'), at('left'), { recipe: { ...RECIPE, epochs: 1, decayEpochs: 0 } });
    expect((await readdir(at('left'))).filter((name) => name.startsWith('.'))).toEqual(others.toSorted());
  });

  it('survives kill -9 as a command, with the same bits', async () => {
    const rate = ['--learning-rate', '0.01', '--seed', `${SEED}`, '--quiet'];
    const run = (out: string, killed: boolean) =>
      new Promise<NodeJS.Signals | null>((resolve) => {
        const child = spawn(process.execPath, [CLI, 'train', at('vectors'), '--out', out, ...rate], {
          stdio: 'ignore',
        });
        const watch = setInterval(() => {
          if (killed && existsSync(join(out, 'checkpoint.safetensors'))) child.kill('SIGKILL');
        }, 1);
        child.on('exit', (_, signal) => {
          clearInterval(watch);
          resolve(signal);
        });
      });
    expect(await run(at('killed'), true)).toBe('SIGKILL');
    expect(await run(at('killed'), false)).toBe(null);
    expect(await bytesOf('killed')).toEqual(await bytesOf('whole'));
  });

  it('writes heads that read back alike from both formats, none below 0, and curves of ten epochs', async () => {
    const [safe, pytorch] = [
      await readWeights(at('whole', files[0] ?? '')),
      await readWeights(at('whole', files[1] ?? '')),
    ];
    expect(pytorch.weights).toEqual(safe.weights);
    expect([...safe.weights.values()].map(({ shape }) => shape)).toEqual(
      CHANNELS.map((count) => [1, count, 1, 1]),
    );
    for (const { data } of safe.weights.values()) expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
    expect(safe.metadata).toMatchObject({ net: 'lite' });
    const log = await readTrainingLog(at('whole'));
    expect(log).toMatchObject({ mode: 'linear', triplets: TRIPLETS, steps: 50, seed: SEED });
    expect(log.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(log.epochs.at(-1)?.loss).toBeLessThan(item(log.epochs, 0).loss);
  });

  it('draws other heads for another seed, and begins where it is told', async () => {
    const { log } = await trainHeads(at('vectors'), at('own'), {
      recipe: { ...RECIPE, learningRate: 0 },
      initial: TEACHER,
    });
    expect((await readWeights(at('own', 'heads.safetensors'))).weights).toEqual(TEACHER);
    expect(log.before).toEqual(log.epochs.at(-1)?.heldOut);
    await trainHeads(at('vectors'), at('seeded'), { seed: SEED + 1, recipe: RECIPE });
    expect((await bytesOf('seeded'))[0]).not.toBe((await bytesOf('whole'))[0]);
  });
});

it('scores a distortion by any name, "__proto__" too, in the log, the checkpoint and the mean', async () => {
  await drawExtraction(at('proto'), { train: 60, val: 30, distortion: '__proto__' });
  await stopAt('proto-run', 3, 'proto');
  await trainHeads(at('proto'), at('proto-run'), { seed: SEED, recipe: RECIPE });
  const { before, epochs } = await readTrainingLog(at('proto-run'));
  for (const scores of [before, ...epochs.map(({ heldOut }) => heldOut)]) {
    expect(Object.keys(scores)).toEqual(['__proto__']);
    expect(meanScore(scores)).toBeGreaterThan(0);
  }
});

describe('what a training run refuses', () => {
  it('a folder in which another run trains, at once, and goes on once that has ended', async () => {
    let refusals = 0;
    const second = () => trainHeads(at('vectors'), at('shared'), { seed: SEED, recipe: RECIPE });
    const onStep = async (step: number) => {
      if (step === 1) refusals += (await refusal(second())).includes('another run writes there') ? 1 : 0;
    };
    const waiting: Promise<void>[] = [];
    await trainHeads(at('vectors'), at('shared'), {
      seed: SEED,
      recipe: RECIPE,
      onStep: (step) => void waiting.push(onStep(step)),
    });
    await Promise.all(waiting);
    expect(refusals).toBe(1);
    expect(await refusal(second())).toBe('nothing was refused');
    expect(await bytesOf('shared')).toEqual(await bytesOf('whole'));
  });

  it('beside a process that trains in the same folder: the second command ends with exit code 1', async () => {
    const train = ['train', at('vectors'), '--out', at('two'), '--epochs', '100000', '--quiet'];
    const first = spawn(process.execPath, [CLI, ...train], { stdio: 'ignore' });
    try {
      await vi.waitFor(() => expect(existsSync(at('two', '.writer'))).toBe(true), 50_000);
      first.kill('SIGSTOP'); // it stays alive, and takes no time
      const { code, error } = await builtBapps(...train);
      expect(code).toBe(1);
      expect(error).toMatch(/^train: cannot write .*two: another run writes there \(process \d+ on .*\n$/);
      expect(error.trimEnd()).not.toContain('\n');
    } finally {
      first.kill('SIGKILL');
    }
  });

  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'nothing was refused',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );

  it('a damaged checkpoint, by name; without it, the run goes on from the one before, with the same bits', async () => {
    await stopAt('corrupt', 18);
    const path = at('corrupt', 'checkpoint.safetensors');
    const bytes = await readFile(path);
    bytes[200] = bytes.readUInt8(200) ^ 1;
    await writeFile(path, bytes);
    const again = () => trainHeads(at('vectors'), at('corrupt'), { seed: SEED, recipe: RECIPE });
    expect(await refusal(again())).toBe(
      `readSealed: expected a whole checkpoint for ${path}, got a damaged one. ` +
        'Delete it to go on from the one before it, which was kept.',
    );
    await rm(path);
    expect((await again()).resumedAt).toBe(10);
    expect(await bytesOf('corrupt')).toEqual(await bytesOf('whole'));
  });

  it('a checkpoint of a run that was asked something else', async () => {
    const message = await refusal(trainHeads(at('vectors'), at('whole'), { seed: SEED + 1, recipe: RECIPE }));
    expect(message).toMatch(
      /^train: expected a checkpoint of heads of lite .*seed 5.* for .*, got one of .*seed 4/,
    );
    expect(message).toMatch(/Choose another --out, or delete the checkpoints to begin anew\.$/);
  });

  it('a loss that is not a number, naming the step', async () => {
    const trainee: Trainee = {
      triplets: 100,
      state: () => new Map(),
      restore: () => undefined,
      step: ({ index }) => ({ loss: index === 2 ? Number.NaN : 1, agreement: 1, clamped: 0 }),
      kept: () => new Map(),
      take: () => {},
      heldOut: () => ({ scores: {}, loss: undefined }),
    };
    expect(await refusal(runTraining(trainee, { recipe: OFFICIAL_RECIPE, seed: 1 }))).toBe(
      'train: expected a finite loss for step 3, got NaN. Lower the learning rate. The last checkpoint is from before this step.',
    );
  });

  it('unknown distortions, heads of another net, and a folder that is not an extraction', async () => {
    expect(await refusal(trainHeads(at('vectors'), at('none'), { distortions: ['cnn'] }))).toBe(
      `extraction: expected a distortion of 2afc/train in ${at('vectors')} for distortions, got cnn. There are: drawn.`,
    );
    const foreign = new Map([['lin0.model.1.weight', { shape: [1, 3, 1, 1], data: new Float32Array(3) }]]);
    expect(await refusal(trainHeads(at('vectors'), at('none'), { initial: foreign }))).toBe(
      'PooledHeads: expected a head of shape [1, 6, 1, 1] for lin0.model.1.weight, got [1, 3, 1, 1]. ' +
        'Do these heads belong to another network?',
    );
    const poisoned = new Map(TEACHER).set('lin0.model.1.weight', {
      shape: [1, 6, 1, 1],
      data: new Float32Array(6).fill(-1),
    });
    expect(await refusal(trainHeads(at('vectors'), at('none'), { initial: poisoned }))).toBe(
      'PooledHeads: expected finite values ≥ 0 for lin0.model.1.weight, got -1.',
    );
    const { code, error } = await bapps('train', folder, '--out', at('none'));
    expect(code).toBe(1);
    expect(error).toBe(
      `extraction: expected a folder with extraction.json for ${folder}, got none. Run "bapps extract" first.\n`,
    );
  });
});

it('bapps train tells each epoch and the files that it wrote', async () => {
  const { code, out } = await bapps(
    'train',
    at('vectors'),
    '--out',
    at('told'),
    '--epochs',
    '1',
    '--decay-epochs',
    '1',
  );
  expect(code).toBe(0);
  expect(out).toMatch(
    /^epoch 1\/2 {2}rate 0\.00010 {2}loss 0\.\d{4} {2}held-out loss 0\.\d{4}, 2AFC \d\d\.\d\d % \(drawn \d\d\.\d\d %\)\n/,
  );
  expect(out).toContain(`${at('told', 'heads.safetensors')}, ${at('told', 'heads.pth')}  held-out 2AFC`);
});

it.each([
  [['--learning-rate', '0'], 'bapps: expected a number above 0, up to 10, for --learning-rate, got "0".'],
  [
    ['--epochs', '0', '--decay-epochs', '0'],
    'bapps: expected an epoch for --epochs or --decay-epochs, got none. Raise one of them.',
  ],
])('bapps train refuses %j, which would train nothing', async (args, message) => {
  const { code, error } = await bapps('train', at('vectors'), '--out', at('nothing'), ...args);
  expect([code, error]).toEqual([2, `${message}\n`]);
  expect(existsSync(at('nothing'))).toBe(false);
});

it('bapps train names the backbone of the vectors in its log, and says that their judgements are simulated', async () => {
  const { error } = await bapps(
    'train',
    at('vectors'),
    '--learning-rate',
    'auto',
    '--out',
    at('named'),
    '--epochs',
    '1',
  );
  expect(error).toBe('bapps: these judgements are simulated; no person was asked.\n');
  expect(await readTrainingLog(at('named'))).toMatchObject({
    net: 'lite',
    calibration: 'custom 01234567',
    simulated: true,
  });
  const { metadata } = await readWeights(at('named', 'heads.safetensors'));
  expect(metadata['run']).toMatch(/^heads of lite custom 01234567 from uniform, /);
});
