import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { liteWeightsUrl, parseSafetensors, serializeSafetensors, type WeightMap } from 'lpips-core';
import { loadLpips, readImage, selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../lpips-node/test/support/temp-dir.js';
import { scanPairs, scanTriplets } from '../../src/data-set/scan-data-set.js';
import { paint } from '../../src/pictures/raster.js';
import { averagePrecision } from '../../src/scores/average-precision.js';
import type { ScoreTable } from '../../src/scores/score-table.js';
import { twoAfcScore } from '../../src/scores/two-afc.js';
import { paintDataSet, png } from '../support/painted-data-set.js';
import { bapps } from '../support/run-bapps.js';

interface Result {
  readonly net: string;
  readonly backend: string;
  readonly twoAfc?: ScoreTable;
  readonly jnd?: ScoreTable;
}

const FAST = ['--backend', 'wasm', '--draws', '20', '--quiet', '--net', 'lite'] as const;

async function dataSet(): Promise<string> {
  const root = await tempDir();
  await paintDataSet(root, { triplets: { near: 7, far: 5 }, pairs: { near: 6 } });
  return root;
}

/** The weights of lite, its heads scaled tap by tap. */
async function otherHeads(): Promise<WeightMap> {
  const { weights } = parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl)));
  const heads = [...weights].filter(([name]) => name.startsWith('lin'));
  return new Map(
    heads.map(([name, { shape, data }], tap) => [
      name,
      { shape, data: data.map((w, c) => (c % (tap + 2)) * w) },
    ]),
  );
}

function scoreOf(table: ScoreTable | undefined, metric: string, distortion: string): number {
  const column = table?.distortions.findIndex(({ name }) => name === distortion) ?? -1;
  return table?.rows.find(({ name }) => name === metric)?.scores[column]?.score ?? Number.NaN;
}

describe('bapps evaluate', () => {
  beforeAll(async () => {
    await selectBackend('wasm');
  });

  it('gives the scores of distances that are taken one by one, whatever the batch', async () => {
    const root = await dataSet();
    const lpips = await loadLpips({ net: 'lite' });
    const distance = async (a: string, b: string) => {
      const [x, y] = [await readImage(a), await readImage(b)];
      return lpips.distance(x, y).dataSync()[0] ?? Number.NaN;
    };
    const expected = new Map<string, number>();
    for (const { distortion, items } of await scanTriplets(root, 'val')) {
      const d0 = await Promise.all(items.map(({ p0, ref }) => distance(p0, ref)));
      const d1 = await Promise.all(items.map(({ p1, ref }) => distance(p1, ref)));
      expected.set(distortion, twoAfcScore({ d0, d1, judge: items.map(({ judge }) => judge) }));
    }
    const [pairs] = await scanPairs(root);
    const distances = await Promise.all((pairs?.items ?? []).map(({ p0, p1 }) => distance(p0, p1)));
    const jnd = averagePrecision({ distances, same: (pairs?.items ?? []).map(({ same }) => same) });
    for (const batch of ['3', '25']) {
      const { code, out } = await bapps('evaluate', root, ...FAST, '--json', '--batch', batch);
      expect(code).toBe(0);
      const result: Result = JSON.parse(out);
      expect(result.backend).toBe('wasm');
      const name = `lite ${lpips.version}`;
      for (const [distortion, score] of expected) {
        expect(scoreOf(result.twoAfc, name, distortion)).toBeCloseTo(score, 12);
      }
      expect(scoreOf(result.jnd, name, 'near')).toBeCloseTo(jnd, 12);
      expect(result.twoAfc?.rows.map(({ name }) => name)).toEqual([name, 'L2', 'SSIM', 'human', 'oracle']);
    }
    lpips.dispose();
  });

  it('scores heads beside the net’s own as if they were loaded alone, and a whole network on its own backbone', async () => {
    const root = await dataSet();
    const heads = await otherHeads();
    const { weights } = parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl)));
    const folder = await tempDir();
    const [file, whole] = [join(folder, 'mine.safetensors'), join(folder, 'whole.safetensors')];
    await writeFile(file, serializeSafetensors(heads));
    await writeFile(whole, serializeSafetensors(new Map([...weights, ...heads])));
    const table = async (...args: string[]) => {
      const { out, error } = await bapps('evaluate', root, ...args, ...FAST, '--json', '--no-baselines');
      expect(error).toBe('');
      const { twoAfc }: Result = JSON.parse(out);
      return twoAfc;
    };
    const beside = await table('--beside', `${file},${whole}`);
    const alone = await table('--heads', file);
    const rows = beside?.rows.map(({ name }) => name) ?? [];
    expect(rows).toHaveLength(5);
    for (const distortion of ['near', 'far']) {
      const score = scoreOf(alone, alone?.rows[0]?.name ?? '', distortion);
      for (const name of rows.slice(1, 3)) expect(scoreOf(beside, name, distortion)).toBe(score);
    }
  });

  it('tells people a table and writes every score and interval as CSV', async () => {
    const root = await dataSet();
    const csv = join(await tempDir(), 'scores.csv');
    const { code, out } = await bapps('evaluate', root, ...FAST, '--csv', csv);
    expect(code).toBe(0);
    expect(out).toMatch(/^2AFC, %.*\n +far \(5\) +near \(7\) +mean\nlite \S+ +\d/);
    expect(out).toContain('JND average precision, %');
    const lines = (await readFile(csv, 'utf8')).trim().split('\r\n');
    expect(lines[0]).toBe('task,distortion,metric,kind,score,low,high,count');
    expect(lines).toHaveLength(1 + 5 * 3 + 3 * 2); // 5 metrics in 2 distortions and their mean, 3 in 1
  });

  it('scores tables of judgements, without images or weights', async () => {
    const folder = await tempDir();
    await writeInto(folder, 'a.csv', 'id,judge,m_d0,m_d1\n1,0.2,1,2\n2,1,1,1\n');
    const { code, out } = await bapps('evaluate', '--judgements', folder, '--json');
    expect(code).toBe(0);
    const { twoAfc }: Result = JSON.parse(out);
    expect(scoreOf(twoAfc, 'm', 'a')).toBeCloseTo((0.8 + 0.5) / 2, 15);
  });

  it('leaves no tensors behind', async () => {
    const root = await dataSet();
    const { memory } = await import('@tensorflow/tfjs-core');
    await bapps('evaluate', root, ...FAST);
    const before = memory().numTensors;
    await bapps('evaluate', root, ...FAST);
    expect(memory().numTensors).toBe(before);
  });

  it('names an image of another size than its reference, and one that is cut short', async () => {
    const root = await dataSet();
    const odd = join(root, '2afc', 'val', 'near', 'p1', '000003.png');
    await writeFile(odd, await png(paint(20, 24, () => [0, 0, 0])));
    const size = await bapps('evaluate', root, ...FAST);
    expect(size).toMatchObject({ code: 1, out: '' });
    expect(size.error).toBe(
      `evaluate: expected 24x24 pixels, as ${odd.replace('/p1/', '/ref/')} has, for ${odd}, got 20x24.\n`,
    );
    await writeFile(odd, (await png(paint(24, 24, (x) => [x / 24, 0, 0]))).subarray(0, 80));
    const cut = await bapps('evaluate', root, ...FAST);
    expect(cut.code).toBe(1);
    expect(cut.error).toMatch(
      new RegExp(`^readImage: expected .* for ${odd}, got a damaged or incomplete file .*\\n$`),
    );
  });

  it.each([
    [[], 2, /^bapps evaluate: expected a data set or --judgements, got neither\.\n$/],
    [['data', '--judgements', 'x'], 2, /^bapps evaluate: expected a data set or --judgements, got both\.\n$/],
    [['data', '--draws', 'x'], 2, /^bapps: expected a whole number from 2 up for --draws, got "x"\.\n$/],
    [
      ['/no/data'],
      1,
      /^scan: expected a folder for each distortion for \/no\/data\/2afc\/val, got no such folder\./,
    ],
    [
      ['--judgements', '/no/csv'],
      1,
      /^readJudgements: expected a CSV file or a folder of them for \/no\/csv, got nothing/,
    ],
  ])('refuses %j with code %i, in one sentence', async (args, code, message) => {
    const outcome = await bapps('evaluate', ...args);
    expect(outcome.code).toBe(code);
    expect(outcome.error).toMatch(message);
    expect(outcome.error.trim().split('\n')).toHaveLength(1);
  });

  it('names heads of another net, and negative ones', async () => {
    const root = await dataSet();
    const folder = await tempDir();
    const heads = await otherHeads();
    const put = async (name: string, weights: WeightMap) => {
      await writeFile(join(folder, name), serializeSafetensors(weights));
      return join(folder, name);
    };
    const few = await put('few.safetensors', new Map([...heads].slice(0, 2)));
    expect((await bapps('evaluate', root, '--beside', few, ...FAST)).error).toBe(
      `evaluate: expected 5 heads of lite for ${few}, got 2. Name the net with --net.\n`,
    );
    const negative = await put(
      'negative.safetensors',
      new Map([...heads].map(([name, { shape, data }]) => [name, { shape, data: data.map((w) => w - 1) }])),
    );
    expect((await bapps('evaluate', root, '--beside', negative, ...FAST)).error).toMatch(
      /^evaluate: expected finite values ≥ 0 for lin0\.model\.1\.weight in .*negative\.safetensors, got -/,
    );
  });
});
