import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJudgement, serializeNpy } from 'bapps-train';
import { liteWeightsUrl, parseSafetensors, serializeSafetensors, type WeightMap } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { identityOf, readExtractionManifest } from '../../src/extraction/extraction-manifest.js';
import type { ScoreTable } from '../../src/scores/tabulate.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { bapps, builtBapps } from '../support/run-bapps.js';

interface Result {
  readonly net: string;
  readonly backend: string;
  readonly twoAfc?: ScoreTable;
  readonly jnd?: ScoreTable;
}

const FAST = ['--backend', 'wasm', '--draws', '20', '--quiet', '--net', 'lite', '--size', '24'] as const;

async function dataSet(): Promise<string> {
  const root = await tempDir();
  await paintDataSet(root, { triplets: { near: 7, far: 5 }, pairs: { near: 6 } });
  return root;
}

/** The heads of lite, less `offset`, at most `count` of them. */
async function putHeads(name: string, offset: number, count = 5): Promise<string> {
  const { weights } = parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl)));
  const heads: WeightMap = new Map(
    [...weights]
      .filter(([key]) => key.startsWith('lin'))
      .slice(0, count)
      .map(([key, { shape, data }]) => [key, { shape, data: data.map((weight) => weight - offset) }]),
  );
  const path = join(await tempDir(), name);
  await writeFile(path, serializeSafetensors(heads));
  return path;
}

function scoreOf(table: ScoreTable | undefined, metric: string, distortion: string): number {
  const column = table?.distortions.findIndex(({ name }) => name === distortion) ?? -1;
  return table?.rows.find(({ name }) => name === metric)?.scores[column]?.score ?? Number.NaN;
}

describe('bapps evaluate', () => {
  it('scores a net, heads beside it, the baselines, people and an oracle, as one JSON object', async () => {
    const root = await dataSet();
    const same = await putHeads('same.safetensors', 0);
    const mine = await putHeads('mine.safetensors', 0);
    const namesake = join(dirname(mine), 'other', 'mine.safetensors');
    await mkdir(dirname(namesake));
    await copyFile(same, namesake);
    const weights = ['--heads', mine, '--beside', `${same},${namesake}`];
    const { code, out, error } = await builtBapps('evaluate', root, ...weights, ...FAST, '--json');
    expect([code, error]).toEqual([0, '']);
    const { net, backend, twoAfc, jnd }: Result = JSON.parse(out);
    expect([net, backend]).toEqual(['lite', 'wasm']);
    const [own = '', ...others] = twoAfc?.rows.map(({ name }) => name) ?? [];
    expect([own, ...others]).toEqual([
      'mine',
      'same',
      namesake,
      'L2',
      'SSIM',
      'two people',
      "paper's human score",
      'oracle',
    ]);
    expect(jnd?.rows.map(({ name }) => name)).toEqual([own, 'same', namesake, 'L2', 'SSIM']);
    for (const distortion of ['near', 'far']) {
      const score = scoreOf(twoAfc, own, distortion);
      expect(score).toBe(scoreOf(twoAfc, 'same', distortion));
      expect(score).toBeLessThanOrEqual(scoreOf(twoAfc, 'oracle', distortion));
    }
  });

  it('tells people a table and writes every score and interval as CSV', async () => {
    const root = await dataSet();
    const csv = join(await tempDir(), 'scores.csv');
    const { code, out } = await builtBapps('evaluate', root, ...FAST, '--csv', csv);
    expect(code).toBe(0);
    expect(out).toMatch(/^2AFC of .*, %; .*\n +far \(5\) +near \(7\) +mean\nlite \S+ +\d/);
    expect(out).toMatch(/\nJND average precision of .*, %\n/);
    const lines = (await readFile(csv, 'utf8')).trim().split('\r\n');
    expect(lines[0]).toBe('task,distortion,metric,kind,score,low,high,count');
    expect(lines).toHaveLength(1 + 6 * 3 + 3 * 2); // 3 metrics and 3 bounds in 2 distortions and their mean, 3 in 1
  });

  it('scores tables of judgements, without images or weights', async () => {
    const folder = await tempDir();
    await writeInto(folder, 'a.csv', 'id,judge,m_d0,m_d1\n1,0.2,1,2\n2,1,1,1\n');
    const { code, out } = await bapps('evaluate', '--judgements', folder, '--json');
    expect(code).toBe(0);
    const { twoAfc }: Result = JSON.parse(out);
    expect(scoreOf(twoAfc, 'm', 'a')).toBeCloseTo((0.8 + 0.5) / 2, 15);
    const told = await bapps('evaluate', '--judgements', folder);
    expect(told.out).toMatch(/\nm +0\.650000 ±/);
  });

  it('prints names of files and columns so that none can forge a line or move the cursor', async () => {
    const folder = await tempDir();
    const rows = '1,0.2,1,2\n2,1,1,1\n';
    await writeInto(folder, 'a\nbest  99.00\x1b[2A.csv', `id,judge,"m\r\u202e_d0","m\r\u202e_d1"\n${rows}`);
    const { code, out } = await bapps('evaluate', '--judgements', folder);
    expect(code).toBe(0);
    expect(out).toContain('a\\x0abest  99.00\\x1b[2A (2)');
    expect(out).toContain('\nm\\x0d\\u202e ');
    expect(out.trimEnd().split('\n')).toHaveLength(2 + 1 + 3);
  });

  it('compares each metric with those before it on the same draws', async () => {
    const folder = await tempDir();
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 4 === 0 ? 0 : 1},${i % 5},2,2,1,${i % 3},1`);
    await writeInto(folder, 'a.csv', `judge,m_d0,m_d1,n_d0,n_d1,o_d0,o_d1\n${rows.join('\n')}\n`);
    const csv = join(folder, 'scores.txt');
    const { out } = await bapps('evaluate', '--judgements', join(folder, 'a.csv'), '--json', '--csv', csv);
    const { twoAfc }: Result = JSON.parse(out);
    expect(twoAfc?.differences?.map(({ name, from }) => [name, from])).toEqual([
      ['n', 'm'],
      ['o', 'm'],
      ['o', 'n'],
    ]);
    const [ofN] = twoAfc?.differences ?? [];
    const score = scoreOf(twoAfc, 'n', 'a') - scoreOf(twoAfc, 'm', 'a');
    expect(ofN?.scores[0]?.score).toBeCloseTo(score, 12);
    const told = await bapps('evaluate', '--judgements', join(folder, 'a.csv'));
    expect(told.out).toMatch(
      /\nDifferences of 2AFC; .*\n +a +mean\nn − m +\+0\.\d{6} \[[+−]?0\.\d+, \+0\.\d+\] \d+\.\d %/,
    );
    expect(await readFile(csv, 'utf8')).toContain(`\r\n2afc,a,n − m,difference,${ofN?.scores[0]?.score},`);
  });

  it('draws references and raters, where it is asked to', async () => {
    const root = await dataSet();
    const args = [root, ...FAST, '--no-baselines', '--json'];
    const byReference: Result = JSON.parse(
      (await builtBapps('evaluate', ...args, '--cluster', 'reference')).out,
    );
    expect(byReference.twoAfc?.cluster).toEqual({ by: 'reference', count: 12 });
    expect(byReference.jnd?.cluster).toEqual({ by: 'reference', count: 6 });
    const missing = await bapps('evaluate', ...args, '--cluster', 'rater');
    expect(missing.error).toContain(
      `votes.csv beside the images, for --cluster rater, for ${root}, got none.`,
    );
    const items = { near: 7, far: 5 };
    const lines: string[] = [];
    for (const [distortion, count] of Object.entries(items)) {
      for (let index = 0; index < count; index++) {
        const name = String(index).padStart(6, '0');
        const judge = await readJudgement(join(root, '2afc/val', distortion, 'judge', `${name}.npy`));
        for (let rater = 0; rater < 5; rater++) {
          lines.push(
            `2afc/val/${distortion}/${name},r${rater},${rater < Math.round(5 * judge) ? 'p1' : 'p0'}`,
          );
        }
      }
    }
    await writeInto(root, 'votes.csv', `item,rater,choice\n${lines.join('\n')}\n`);
    const byRater: Result = JSON.parse((await builtBapps('evaluate', ...args, '--cluster', 'rater')).out);
    expect(byRater.twoAfc?.cluster).toEqual({ by: 'rater', count: 5 });
    expect(byRater.twoAfc?.rows[0]?.mean.score).toBe(byReference.twoAfc?.rows[0]?.mean.score);
    const flipped = lines.map((line, index) =>
      index > 0 ? line : line.replace(/[01]$/, (vote) => `${1 - Number(vote)}`),
    );
    await writeInto(root, 'votes.csv', `item,rater,choice\n${flipped.join('\n')}\n`);
    const wrong = await bapps('evaluate', ...args, '--cluster', 'rater');
    expect(wrong.error).toMatch(
      /^evaluate: expected the votes behind the judgement .* of val\/near\/000000 for .*votes\.csv, got/,
    );
  });

  it('takes the number of votes from --votes, and says so where the shares do not tell it', async () => {
    const folder = await tempDir();
    await writeInto(folder, 'a.csv', 'judge,m_d0,m_d1\n0.33,1,2\n0.67,1,1\n');
    const untold = await bapps('evaluate', '--judgements', folder);
    expect(untold.error).toBe(
      'bapps: these shares do not tell how many votes they are made of; --votes N, or a column votes in every file, adds how often ' +
        'two people agree.\n',
    );
    expect(untold.out).not.toContain('two people');
    const { out, error } = await bapps('evaluate', '--judgements', folder, '--votes', '3', '--json');
    expect(error).toBe('');
    const { twoAfc }: Result = JSON.parse(out);
    expect(twoAfc?.votes).toBe(3);
    expect(scoreOf(twoAfc, 'two people', 'a')).toBeCloseTo((3 * (0.33 ** 2 + 0.67 ** 2) - 1) / 2, 12);
    await writeInto(folder, 'a.csv', 'judge,n,m_d0,m_d1\n0.25,4,1,2\n1,6,1,1\n');
    const counted = await bapps('evaluate', '--judgements', folder, '--json');
    expect(counted.error).toBe('');
    const byColumn = (JSON.parse(counted.out) as Result).twoAfc;
    expect(byColumn?.votes).toBe(5);
    expect(scoreOf(byColumn, 'two people', 'a')).toBeCloseTo((1 / 2 + 1) / 2, 12);
    await writeInto(folder, 'a.csv', 'judge,n,m_d0,m_d1\n0,1,1,2\n1,1,1,1\n');
    expect((await bapps('evaluate', '--judgements', folder)).error).toBe(
      'bapps: there is one vote on each triplet, which does not tell how often two people agree.\n',
    );
  });

  it('takes the numbers of votes from votes.csv of the data set, and leaves one aside that does not fit', async () => {
    const root = await tempDir();
    await paintDataSet(root, { triplets: { near: 2 }, pairs: {} });
    const judge = join(root, '2afc/val/near/judge');
    for (const [index, share] of [1 / 3, 1 / 7].entries())
      await writeInto(judge, `00000${index}.npy`, serializeNpy({ shape: [1], data: Float32Array.of(share) }));
    const args = ['evaluate', root, ...FAST.filter((arg) => arg !== '--quiet'), '--no-baselines', '--json'];
    const untold =
      'bapps: these shares do not tell how many votes they are made of; --votes N, or votes.csv or shares.csv in the folder of the ' +
      'data set, adds how often two people agree.\n';
    const without = await builtBapps(...args);
    expect([without.code, without.error]).toEqual([0, untold]);
    const lines = [3, 7].flatMap((count, index) =>
      Array.from({ length: count }, (_, rater) => `val/near/00000${index},r${rater},${rater === 0 ? 1 : 0}`),
    );
    await writeInto(root, 'votes.csv', ['item,rater,vote', ...lines].join('\n'));
    const told = await builtBapps(...args);
    expect(told.error).toBe('');
    const { twoAfc }: Result = JSON.parse(told.out);
    expect(twoAfc?.votes).toBe(5);
    expect(scoreOf(twoAfc, 'two people', 'near')).toBeCloseTo((1 / 3 + 5 / 7) / 2, 5);
    await writeInto(root, 'votes.csv', ['item,rater,vote', ...lines.slice(1)].join('\n'));
    const { code, error } = await builtBapps(...args);
    expect(code).toBe(0);
    expect(error).toMatch(
      /^bapps: evaluate: expected the votes behind .* in 2 votes\. votes\.csv is left aside\.\n/,
    );
    expect(error.endsWith(untold)).toBe(true);
  });

  it('takes the numbers of votes from shares.csv, where nothing is known of the raters', async () => {
    const root = await tempDir();
    await paintDataSet(root, { triplets: { near: 2 }, pairs: {} });
    for (const index of [0, 1]) {
      const bytes = serializeNpy({ shape: [1], data: Float32Array.of(index) });
      await writeInto(join(root, '2afc/val/near/judge'), `00000${index}.npy`, bytes);
    }
    const args = ['evaluate', root, ...FAST.filter((arg) => arg !== '--quiet'), '--no-baselines', '--json'];
    const without = await builtBapps(...args);
    expect([without.code, without.error]).toEqual([
      0,
      'bapps: these shares do not tell how many votes they are made of; --votes N, or votes.csv or shares.csv in the folder of the ' +
        'data set, adds how often two people agree.\n',
    ]);
    const shares = [
      'item,votes,yes',
      '2afc/val/near/000000,6,0',
      'near/000001,8,8',
      'jnd/val/near/000000,3,1',
    ];
    await writeInto(root, 'shares.csv', shares.join('\n'));
    const told = await builtBapps(...args);
    expect([told.code, told.error]).toEqual([0, '']);
    const { twoAfc }: Result = JSON.parse(told.out);
    expect(twoAfc?.votes).toBe(7);
    expect(scoreOf(twoAfc, 'two people', 'near')).toBe(1);
    // As an export has it of a folder with imported shares beside votes of known raters.
    await writeInto(root, 'votes.csv', 'item,rater,answer\n2afc/val/near/000000,ann,p0\n');
    expect(await builtBapps(...args)).toMatchObject({ error: '', out: told.out });
    await rm(join(root, 'votes.csv'));
    await writeInto(root, 'shares.csv', shares.join('\n').replace('8,8', '8,7'));
    expect((await builtBapps(...args)).error).toMatch(
      /^bapps: evaluate: expected the votes behind the judgement 1 of val\/near\/000001 for .*, got 7 of 8\. shares\.csv is left aside\.\n/,
    );
  });

  it('takes the numbers of votes from vectors alone, as the data set named them when it was extracted', async () => {
    const root = await tempDir();
    await paintDataSet(root, { triplets: { near: 2 }, pairs: { near: 1 } });
    for (const index of [0, 1]) {
      const bytes = serializeNpy({ shape: [1], data: Float32Array.of(index) });
      await writeInto(join(root, '2afc/val/near/judge'), `00000${index}.npy`, bytes);
    }
    const vectors = await tempDir();
    const extract = [
      'extract',
      root,
      '--out',
      vectors,
      '--net',
      'lite',
      '--backend',
      'wasm',
      '--size',
      '24',
      '--quiet',
    ];
    const args = ['evaluate', '--extraction', vectors, '--backend', 'wasm', '--draws', '20', '--json'];
    expect((await builtBapps(...extract)).code).toBe(0);
    expect((await bapps(...args)).error).toBe(
      'bapps: these shares do not tell how many votes they are made of; --votes N, or votes.csv or shares.csv in the folder of the ' +
        'data set before "bapps extract", adds how often two people agree.\n',
    );
    const before = identityOf(await readExtractionManifest(vectors));
    await writeInto(root, 'shares.csv', 'item,share,n\nnear/000000,0,6\nnear/000001,1,8\n');
    const again = await builtBapps(...extract, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ images: 0, kept: 8, renewed: 0 });
    const { out, error } = await bapps(...args);
    expect(error).toBe('');
    const { twoAfc }: Result = JSON.parse(out);
    expect(twoAfc?.votes).toBe(7);
    expect(scoreOf(twoAfc, 'two people', 'near')).toBe(1);
    const manifest = await readExtractionManifest(vectors);
    expect(manifest.groups.map(({ task, votes }) => [task, votes])).toEqual([
      ['2afc', [6, 8]],
      ['jnd', undefined],
    ]);
    expect(identityOf(manifest)).toBe(before); // so that a training on these vectors goes on
    for (const votes of ['6', '6, 8, 8', '6, 0', '6, 1.5']) {
      const path = join(vectors, 'extraction.json');
      const groups = manifest.groups.map((group) => ({
        ...group,
        ...(group.votes && { votes: JSON.parse(`[${votes}]`) }),
      }));
      await writeFile(path, JSON.stringify({ ...manifest, groups }));
      await expect(readExtractionManifest(vectors)).rejects.toThrow('expected a manifest of format 4');
    }
  });

  it('says of a simulated data set, and of vectors of one, that no person was asked', async () => {
    const root = await dataSet();
    await writeFile(join(root, 'synthesis.json'), '{}');
    const vectors = await tempDir();
    const from = ['--net', 'lite', '--backend', 'wasm', '--size', '24'];
    expect((await builtBapps('extract', root, '--out', vectors, ...from, '--quiet')).code).toBe(0);
    const { out, error } = await bapps(
      'evaluate',
      '--extraction',
      vectors,
      ...from.slice(0, 4),
      '--draws',
      '20',
    );
    expect(error).toBe('bapps: these judgements are simulated; no person was asked.\n');
    expect(out).toMatch(/^2AFC of the simulated judgements of /);
    for (const name of ['two simulated observers', "paper's human score, simulated", 'oracle, simulated']) {
      expect(out).toContain(`\n${name} `);
    }
  });

  it.each([
    [[], 2, /^bapps: expected a data set or --judgements, got neither\. Name one of them\.\n$/],
    [
      ['data', '--judgements', 'x'],
      2,
      /^bapps: cannot score images and --judgements at once: both are given\. Leave one of them out\.\n$/,
    ],
    [
      ['--judgements', 'x', '--cluster', 'reference'],
      2,
      /^bapps: cannot draw references or raters of --judgements, which name neither\. Leave --cluster out\.\n$/,
    ],
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

  it('scores a whole network in the layout of Python beside the net, and names what its file holds beside it', async () => {
    const root = await dataSet();
    const { weights } = parseSafetensors(await readFile(fileURLToPath(liteWeightsUrl)));
    const tuned: WeightMap = new Map([
      ...[...weights].map(
        ([key, { shape, data }]) =>
          [
            key.replace('features', 'net.slice1'),
            { shape, data: key.endsWith('.bias') ? data.map((value) => value - 0.1) : data },
          ] as const,
      ),
      ['classifier.bias', { shape: [1], data: Float32Array.of(1) }],
    ]);
    const path = await writeInto(await tempDir(), 'tuned.safetensors', serializeSafetensors(tuned));
    const args = ['evaluate', root, '--beside', path, ...FAST.filter((arg) => arg !== '--quiet'), '--json'];
    const { code, out, error } = await builtBapps(...args);
    expect([code, error]).toEqual([
      0,
      expect.stringContaining(`${path}: left out "classifier.bias", which the metric does not use.`),
    ]);
    const { twoAfc } = JSON.parse(out) as Result;
    expect(twoAfc?.rows[1]?.name).toBe('tuned');
    expect(scoreOf(twoAfc, 'tuned', 'near')).toBeGreaterThan(0);
  });

  it('names heads of another net, and negative ones', async () => {
    const root = await dataSet();
    const few = await putHeads('few.safetensors', 0, 2);
    expect((await bapps('evaluate', root, '--beside', few, ...FAST)).error).toBe(
      `evaluate: expected 5 heads of lite for ${few}, got 2. Name the net with --net.\n`,
    );
    const negative = await putHeads('negative.safetensors', 1);
    expect((await bapps('evaluate', root, '--beside', negative, ...FAST)).error).toMatch(
      /^evaluate: expected finite values ≥ 0 for lin0\.model\.1\.weight in .*negative\.safetensors, got -/,
    );
  });

  it('names a missing judgement', async () => {
    const root = await dataSet();
    const gone = join(root, '2afc', 'val', 'near', 'judge', '000003.npy');
    await rm(gone);
    const { code, error } = await bapps('evaluate', root, ...FAST);
    expect(code).toBe(1);
    expect(error).toContain(`for ${gone}, got no such file.`);
  });
});
