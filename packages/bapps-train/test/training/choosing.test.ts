/**
 * Small data sets: the rate that follows from their size, the epoch that is kept, an early end, weight decay, and the table of epochs.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at as item, type WeightMap } from 'lpips-core';
import { readWeights } from 'lpips-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Adam } from '../../src/training/adam.js';
import {
  autoLearningRate,
  inNumbers,
  OFFICIAL_RECIPE,
  warningOfFewSteps,
} from '../../src/training/recipe.js';
import { type HeldOut, runTraining, type Step, type Trainee } from '../../src/training/run-training.js';
import { trainHeads } from '../../src/training/train-heads.js';
import { trainInFolder } from '../../src/training/train-in-folder.js';
import { type Epoch, readTrainingLog } from '../../src/training/training-log.js';
import { drawExtraction } from '../support/drawn-extraction.js';
import { bapps } from '../support/run-bapps.js';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-choosing-'));
  await drawExtraction(at('vectors'), { train: 120, val: 60 });
});
afterAll(() => rm(folder, { recursive: true }));

describe('the learning rate', () => {
  it.each([
    // 151,400 triplets are 3,028 steps an epoch, and ten epochs at 1 to 0.2 of the rate as many as eight at all of it.
    [151_400, 0.0001],
    [1_000_000, 0.0001],
    [15_140, 0.001],
    [5000, 0.003],
    [800, 0.01], // 0.019 by the rule
  ])('auto, for %i triplets: %f', (triplets, rate) => {
    expect(autoLearningRate(OFFICIAL_RECIPE, triplets)).toBe(rate);
    expect(inNumbers({ ...OFFICIAL_RECIPE, learningRate: 'auto' }, triplets).learningRate).toBe(rate);
  });

  it('is warned of where a tenth of the official way cannot be made', () => {
    expect(warningOfFewSteps(OFFICIAL_RECIPE, 800)).toBe(
      '160 steps at a learning rate of 0.0001 move a weight by 0.013 at most, so little may be learned. ' +
        'The learning rate "auto" would be 0.01.',
    );
    expect(warningOfFewSteps({ ...OFFICIAL_RECIPE, epochs: 1, decayEpochs: 0 }, 40)).toMatch(
      /^1 step at a learning rate of 0\.0001 moves a weight by /,
    );
    expect(warningOfFewSteps({ ...OFFICIAL_RECIPE, learningRate: 0.01 }, 800)).toBeUndefined();
    expect(warningOfFewSteps(OFFICIAL_RECIPE, 151_400)).toBeUndefined();
  });
});

/** A trainee whose held-out score after each epoch is given, and whose one weight is the number of its steps. */
function scripted(scores: readonly number[]): Trainee & { readonly value: () => number } {
  const data = Float32Array.of(0);
  const weights: WeightMap = new Map([['w', { shape: [1], data }]]);
  return {
    triplets: 2,
    value: () => item(data, 0),
    state: () => weights,
    restore: (state) => data.set(state.get('w')?.data ?? []),
    kept: () => weights,
    take: (values) => data.set(values.get('w')?.data ?? []),
    step: () => {
      data[0] = item(data, 0) + 1;
      return { loss: 1, agreement: 1, clamped: 0 };
    },
    heldOut: (): HeldOut => ({ scores: { all: scores[item(data, 0) - 1] ?? 0 }, loss: 0.5 }),
  };
}

describe('a run', () => {
  const recipe = { ...OFFICIAL_RECIPE, batch: 2, epochs: 6, decayEpochs: 0 };
  const scores = [0.5, 0.7, 0.6, 0.7, 0.65, 0.9];

  it('keeps the last epoch, or the first of the best', async () => {
    const [last, best] = [scripted(scores.slice(0, 5)), scripted(scores.slice(0, 5))];
    const short = { ...recipe, epochs: 5 };
    expect((await runTraining(last, { recipe: short, seed: 1 })).keptEpoch).toBe(5);
    expect(last.value()).toBe(5);
    expect((await runTraining(best, { recipe: short, seed: 1, keep: 'best' })).keptEpoch).toBe(2);
    expect(best.value()).toBe(2);
  });

  it('ends after three epochs without a better score, also where it was stopped among them', async () => {
    const options = { recipe, seed: 1, keep: 'best', patience: 3 } as const;
    const run = await runTraining(scripted(scores), options);
    expect([run.epochs.length, run.steps, run.keptEpoch]).toEqual([5, 5, 2]);
    const checkpoints = { folder: at('vectors'), run: 'scripted' };
    const stop = (step: number) => {
      if (step === 4) throw new Error('stopped');
    };
    await expect(runTraining(scripted(scores), { ...options, checkpoints, onStep: stop })).rejects.toThrow(
      'stopped',
    );
    const resumed = scripted(scores);
    const again = await runTraining(resumed, { ...options, checkpoints });
    expect([again.resumedAt, again.epochs.length, again.keptEpoch, resumed.value()]).toEqual([3, 5, 2, 2]);
    expect((await runTraining(scripted(scores), { ...options, checkpoints })).steps).toBe(5);
  });

  it('of heads leaves those of the epoch that its log names, and goes on with the same bits', async () => {
    const recipe = { ...OFFICIAL_RECIPE, learningRate: 'auto', epochs: 8, decayEpochs: 0 } as const;
    const options = { recipe, keep: 'best', seed: 2 } as const;
    const { log } = await trainHeads(at('vectors'), at('best'), options);
    const means = log.epochs.map(({ heldOut }) => heldOut['drawn'] ?? 0);
    expect(log.keptEpoch).toBe(1 + means.indexOf(Math.max(...means)));
    expect(log.epochs.every(({ heldOutLoss = 0 }) => heldOutLoss > 0.1 && heldOutLoss < 0.8)).toBe(true);
    const kept = await readWeights(at('best', 'heads.safetensors'));
    const short = { ...recipe, epochs: log.keptEpoch ?? 0 };
    await trainHeads(at('vectors'), at('short'), { ...options, keep: 'last', recipe: short });
    // The rate of the shorter run is the largest too.
    expect((await readWeights(at('short', 'heads.safetensors'))).weights).toEqual(kept.weights);
    const stop = (step: number) => {
      if (step === 22) throw new Error('stopped');
    };
    await expect(trainHeads(at('vectors'), at('again'), { ...options, onStep: stop })).rejects.toThrow(
      'stopped',
    );
    await trainHeads(at('vectors'), at('again'), options);
    expect((await readWeights(at('again', 'heads.safetensors'))).weights).toEqual(kept.weights);
  });

  it('whose weights are not finite after an epoch leaves no checkpoint of them', async () => {
    const trainee = scripted(scores);
    const step = (of: Step) => {
      const result = trainee.step(of);
      if (of.index === 2) trainee.take(new Map([['w', { shape: [1], data: Float32Array.of(Number.NaN) }]]));
      return result;
    };
    const checkpoints = { folder: at('not-finite'), run: 'a run' };
    await mkdir(checkpoints.folder);
    await expect(runTraining({ ...trainee, step }, { recipe, seed: 1, checkpoints })).rejects.toThrow(
      'train: expected finite weights in w for step 3, got NaN. ' +
        'Lower the learning rate. The last checkpoint is from before this step.',
    );
    const again = scripted(scores);
    expect(await runTraining(again, { recipe, seed: 1, checkpoints })).toMatchObject({ resumedAt: 2 });
    expect(again.value()).toBe(6);
  });

  it('that was killed between its last checkpoint and its table writes the table', async () => {
    const checkpoints = { folder: at('no-table'), run: 'a run' };
    await mkdir(checkpoints.folder);
    const tables: number[] = [];
    const afterEpoch = (epochs: readonly Epoch[]) => {
      if (epochs.length === 6 && tables.length === 5) return Promise.reject(new Error('killed'));
      tables.push(epochs.length);
      return Promise.resolve();
    };
    const options = { recipe, seed: 1, checkpoints, afterEpoch };
    await expect(runTraining(scripted(scores), options)).rejects.toThrow('killed');
    tables.length = 0;
    expect(await runTraining(scripted(scores), options)).toMatchObject({ resumedAt: 6 });
    expect(tables).toEqual([6]);
  });

  it('that is to choose needs held-out triplets', async () => {
    const trainee = { ...scripted([]), heldOut: () => ({ scores: {}, loss: undefined }) };
    const subject = { description: 'nothing', mode: 'linear', net: 'lite', version: '1' } as const;
    const settings = { seed: 1, recipe, dropout: true, keep: 'best' } as const;
    const about = { ...subject, settings: {}, calibration: '1', simulated: false };
    await expect(trainInFolder(trainee, at('none'), about, settings)).rejects.toThrow(
      'train: cannot choose the best epoch: there are no held-out triplets to choose by. ' +
        'Make a folder 2afc/val, or keep the last one.',
    );
  });
});

it('weight decay is an L2 penalty, as in the Adam of PyTorch', () => {
  const data = Float32Array.of(2);
  const adam = new Adam(new Map([['w', { shape: [1], data }]]), { beta1: 0.9 });
  // torch.optim.Adam([w], lr=0.1, weight_decay=0.5), gradients 1 and −1: moments of 1 + 0.5·2 and −1 + 0.5·1.9
  adam.step(new Map([['w', [1]]]), 0.1, 0.5);
  expect(data[0]).toBeCloseTo(1.9, 6);
  adam.step(new Map([['w', [-1]]]), 0.1, 0.5);
  const mean = (0.9 * 0.1 * 2 + 0.1 * -0.05) / (1 - 0.9 ** 2);
  const square = (0.999 * 0.001 * 4 + 0.001 * 0.0025) / (1 - 0.999 ** 2);
  expect(data[0]).toBeCloseTo(1.9 - (0.1 * mean) / Math.sqrt(square), 5);
});

it('bapps train: chooses the rate and the epoch, warns of few steps, and writes a table', async () => {
  const few = await bapps('train', at('vectors'), '--out', at('few'), '--epochs', '1', '--decay-epochs', '0');
  expect(few.error).toContain('bapps: 3 steps at a learning rate of 0.0001 move a weight by 0.00030 at most');
  const chosen = ['--learning-rate', 'auto', '--keep', 'best', '--patience', '2', '--weight-decay', '0.001'];
  const { out, error, code } = await bapps('train', at('vectors'), '--out', at('chosen'), ...chosen);
  expect([code, error]).toEqual([0, 'bapps: these judgements are simulated; no person was asked.\n']);
  expect(out).toMatch(
    /epoch 1\/10 {2}rate 0\.010 {2}loss 0\.\d{4} {2}held-out loss 0\.\d{4}, 2AFC \d+\.\d\d %/,
  );
  const { epochs, keptEpoch } = await readTrainingLog(at('chosen'));
  expect(out).toContain(`after  epoch ${keptEpoch} of ${epochs.length}\n`);
  const [header, ...lines] = (await readFile(at('chosen', 'training.csv'), 'utf8')).trim().split('\n');
  expect(header).toBe(
    'epoch,learning rate,loss,train 2AFC,clamped,held-out loss,held-out 2AFC,held-out 2AFC of drawn',
  );
  expect(lines.map((line) => line.split(',')[0])).toEqual(epochs.map(({ epoch }) => `${epoch}`));
  const refused = await bapps('train', at('vectors'), '--out', at('refused'), '--keep', 'first');
  expect([refused.code, refused.error]).toEqual([
    2,
    expect.stringContaining('expected one of last, best for --keep, got "first".'),
  ]);
});

it('bapps train --seeds: a run for each seed, and a table of their scores', async () => {
  const few = ['--learning-rate', 'auto', '--epochs', '1', '--decay-epochs', '0', '--quiet'];
  const args = ['train', at('vectors'), '--out', at('seeds'), '--seed', '4', '--seeds', '3', ...few];
  const { out, code } = await bapps(...args);
  expect(code).toBe(0);
  const scores = await Promise.all(
    [4, 5, 6].map(async (seed) => {
      const { seed: of, epochs } = await readTrainingLog(at('seeds', `seed-${seed}`));
      expect(of).toBe(seed);
      return 100 * (epochs[0]?.heldOut['drawn'] ?? 0);
    }),
  );
  const mean = scores.reduce((sum, score) => sum + score, 0) / 3;
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 2);
  const cells = (name: string, value: number) => [name, `${value.toFixed(2)} %`, `${value.toFixed(2)} %`];
  expect(
    out
      .trim()
      .split('\n')
      .slice(-6)
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['held-out 2AFC', 'drawn', 'mean'],
    ...scores.map((score, i) => cells(`seed ${4 + i}`, score)),
    cells('mean', mean),
    cells('± deviation', deviation),
  ]);
  const told = JSON.parse((await bapps(...args, '--json')).out) as {
    runs: { seed: number; out: string }[];
    heldOut: Record<string, { mean: number; deviation: number }>;
  };
  expect(told.runs.map(({ seed, out: of }) => [seed, of])).toEqual(
    [4, 5, 6].map((seed) => [seed, at('seeds', `seed-${seed}`)]),
  );
  expect(told.heldOut['drawn']?.mean).toBeCloseTo(mean / 100, 10);
  expect(told.heldOut['mean']?.deviation).toBeCloseTo(deviation / 100, 10);
});
