import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scanTriplets, serializeNpy } from 'bapps-train';
import { LITE_VERSION, liteWeightsUrl, parseSafetensors, serializeSafetensors } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { type TrainingLog, writeTrainingLog } from '../../src/training/training-log.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { bapps, builtBapps } from '../support/run-bapps.js';

const BOUNDS = [
  'two simulated observers',
  'paper&#39;s human score, simulated',
  'oracle, simulated',
] as const;
const FAST = ['--backend', 'wasm', '--quiet', '--size', '24'] as const;

const LOG: TrainingLog = {
  tool: 'bapps-train',
  mode: 'linear',
  net: 'lite',
  version: '0.1',
  calibration: 'custom 1a2b3c4d',
  simulated: true,
  seed: 7,
  triplets: 120,
  steps: 6,
  before: { far: 0.5, near: 0.6 },
  epochs: [1, 2].map((epoch) => ({
    epoch,
    learningRate: 1e-4,
    loss: 0.7 - 0.05 * epoch,
    trainScore: 0.6 + 0.02 * epoch,
    clamped: 3,
    heldOut: { far: 0.5 + 0.03 * epoch, near: 0.6 + 0.02 * epoch },
  })),
};

/** A run whose heads are lite's without every third weight, so that it judges otherwise; and a data set for it. */
async function prepare(): Promise<{ run: string; data: string; weights: string }> {
  const [run, data] = [await tempDir(), await tempDir()];
  await paintDataSet(data, { triplets: { near: 12, far: 9 }, pairs: { near: 6 } });
  await writeTrainingLog(run, LOG);
  const { weights } = parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl)));
  const heads = [...weights]
    .filter(([name]) => name.startsWith('lin'))
    .map(
      ([name, { shape, data: values }]) =>
        [name, { shape, data: values.map((weight, c) => (c % 3 === 0 ? 0 : weight)) }] as const,
    );
  const path = join(run, 'heads.safetensors');
  await writeFile(path, serializeSafetensors(new Map(heads)));
  return { run, data, weights: path };
}

describe('bapps report', () => {
  it('writes one page that loads nothing and tells scores, curves, heads and disagreements', async () => {
    const { run, data } = await prepare();
    await writeFile(join(data, 'synthesis.json'), '{}');
    const { code, out, error } = await builtBapps('report', run, '--data', data, ...FAST);
    expect([code, error, out]).toEqual([0, '', `${join(run, 'report.html')}\n`]);
    const page = await readFile(join(run, 'report.html'), 'utf8');
    const words = page.replaceAll(/data:[^"]*/g, 'data:');
    for (const foreign of [
      /<(script|iframe|object|embed)\b/i,
      /(src|srcset|poster|href)="(?!data:)/i,
      /url\(|@import/i,
      /NaN|undefined|\[object|Infinity/,
    ]) {
      expect(foreign.exec(words)).toBeNull();
    }
    for (const name of ['trained', 'lite heads', 'without heads', 'L2', 'SSIM', ...BOUNDS]) {
      expect(words.includes(`<th scope="row">${name}</th>`), name).toBe(true);
    }
    for (const told of [
      'How often the metric agrees',
      'What simulated observers do not notice',
      'lite custom 1a2b3c4d',
      'simulated judgements',
      'How training went',
      'Tap 5',
      '120 triplets',
      'no person was asked',
      `has learned on lite custom 1a2b3c4d, and is scored on lite ${LITE_VERSION}: name its network with --network.`,
    ]) {
      expect(words.includes(told), told).toBe(true);
    }
    const pictures = words.match(/<img\b[^>]*>/g) ?? [];
    expect(pictures.length).toBeGreaterThanOrEqual(3);
    expect(pictures.length % 3).toBe(0);
    for (const picture of pictures) expect(picture).toMatch(/width="24" height="24" .*alt="[^"]+"/);
  });

  it('says why nothing tells how often two people agree, until the data set names the votes', async () => {
    const { run, data } = await prepare();
    const lines: string[] = [];
    for (const { distortion, items } of await scanTriplets(data, 'val')) {
      for (const { name } of items) {
        const bytes = serializeNpy({ shape: [1], data: Float32Array.of(1) });
        await writeInto(join(data, '2afc/val', distortion, 'judge'), `${name}.npy`, bytes);
        lines.push(`${distortion}/${name},4,4`);
      }
    }
    const loud = FAST.filter((arg) => arg !== '--quiet');
    const line =
      'bapps: these shares do not tell how many votes they are made of; votes.csv or shares.csv in the folder of the data set adds how ' +
      'often two people agree.\n';
    const why =
      'How often two people agree is not known: these shares do not tell how many votes they are made of.';
    const out = join(run, 'page.html');
    const { run: other } = await prepare();
    for (const runs of [[run], [run, other]]) {
      const args = ['report', ...runs, '--data', data, '--out', out, '--no-baselines', ...loud];
      expect((await builtBapps(...args)).error).toContain(line);
      expect(await readFile(out, 'utf8')).toContain(why);
      await writeInto(data, 'shares.csv', ['item,votes,yes', ...lines].join('\n'));
      expect((await builtBapps(...args)).error).not.toContain('two people');
      const page = await readFile(out, 'utf8');
      expect(page).toContain('The <b>line</b> is how often two people agree.');
      expect(page).toContain('<th scope="row">two people</th>');
      await rm(join(data, 'shares.csv'));
    }
  });

  it('compares several runs on one page', async () => {
    const [one, two] = [await prepare(), await prepare()];
    const settings = { batch: '50', epochs: '2' };
    await writeTrainingLog(one.run, { ...LOG, calibration: LITE_VERSION, settings });
    await writeTrainingLog(two.run, { ...LOG, seed: 8, settings: { batch: '50', epochs: '4' } });
    const { weights } = parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl)));
    const heads = new Map([...weights].filter(([name]) => name.startsWith('lin')));
    await writeFile(two.weights, serializeSafetensors(heads));
    const out = join(one.run, 'both.html');
    const runs = [one.run, two.run];
    const told = await builtBapps('report', ...runs, '--data', one.data, '--out', out, '--json', ...FAST);
    expect([told.code, told.error]).toEqual([0, '']);
    expect(JSON.parse(told.out)).toMatchObject({ runs, out });
    const page = await readFile(out, 'utf8');
    for (const foreign of [
      /<(script|iframe|object|embed)\b/i,
      /(src|srcset|poster|href)="(?!data:)/i,
      /NaN|undefined|\[object|Infinity/,
    ]) {
      expect(foreign.exec(page)).toBeNull();
    }
    const [first, second] = runs.map((run) => basename(run));
    for (const part of [
      `<th scope="row">${first}</th>`,
      `<th scope="row">${second}</th>`,
      `<th scope="row">${second} − ${first}</th>`,
      '<tr class="differs"><th scope="row">epochs</th><td>2</td><td>4</td></tr>',
      '<tr class="differs"><th scope="row">seed</th><td>7</td><td>8</td></tr>',
      '<tr class=""><th scope="row">batch</th><td>50</td><td>50</td></tr>',
      '2 runs, compared on',
      'Held-out 2AFC',
      '% of draws against it',
      `${second} has learned on lite custom 1a2b3c4d, and is scored on lite ${LITE_VERSION}`,
    ]) {
      expect(page.includes(part), part).toBe(true);
    }
    expect(page).not.toContain(`${first} has learned on`);
    expect(page.match(/<title>[^<]*, tap 5<\/title>/g)).toHaveLength(2);
  });

  it('names a run without curves, with damaged ones, without weights, and a page that cannot be written', async () => {
    const { run, data, weights } = await prepare();
    const fault = async (...args: string[]) => {
      const { code, error } = await bapps('report', ...args, '--data', data, ...FAST);
      expect(code).toBe(1);
      return error;
    };
    expect(await fault(data)).toBe(
      `training log: expected a folder with training.json for ${data}/training.json, got no such file. Run "bapps train" first.\n`,
    );
    expect(await fault(run, '--out', weights)).toBe(
      `output: expected a file that can be written for ${weights}, got a file that is read. Name another file.\n`,
    );
    const log = await readFile(join(run, 'training.json'));
    for (const text of ['{', '{}', 'null', '{"net": "other", "epochs": []}']) {
      await writeFile(join(run, 'training.json'), text);
      expect(await fault(run)).toBe(
        `training log: expected a whole one of this version for ${run}/training.json, got a damaged or an older file. Run "bapps train" again.\n`,
      );
    }
    await writeFile(join(run, 'training.json'), log);
    await rm(weights);
    expect(await fault(run)).toBe(
      `report: expected one .safetensors file of the run’s weights for ${run}, got none. Let "bapps train" finish first.\n`,
    );
  });

  it('asks for the data set', async () => {
    const { code, error } = await bapps('report', 'run');
    expect(code).toBe(2);
    expect(error).toMatch(/^bapps: Missing required argument: data\. /);
  });
});
