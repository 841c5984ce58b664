import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scanTriplets } from 'bapps-train';
import { LITE_VERSION } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { sending, startFileServer } from '../../../../test/support/file-server.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import type { BesidePaper } from '../../src/reproduce/beside-paper.js';
import type { ScoreTable } from '../../src/scores/tabulate.js';
import { paintDataSet } from '../support/painted-data-set.js';
import { bapps, startBapps } from '../support/run-bapps.js';
import { type TarEntry, tarGzBytes } from '../support/tar-bytes.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const FAMILIES = ['traditional', 'cnn', 'superres', 'deblur', 'color', 'frameinterp'] as const;

/** The published archives, with painted pictures: what each holds lies under its own name in it. */
async function paintedArchives(): Promise<Record<string, Buffer>> {
  const root = await tempDir();
  const some = (count: number) => Object.fromEntries(FAMILIES.map((name) => [name, count]));
  await paintDataSet(root, { triplets: { traditional: 10, cnn: 10 }, pairs: {}, split: 'train' });
  await paintDataSet(root, { triplets: some(4), pairs: { traditional: 4, cnn: 4 } });
  return {
    '/twoafc_train.tar.gz': tarGzBytes(await entriesOf(join(root, '2afc/train'), 'train')),
    '/twoafc_val.tar.gz': tarGzBytes(await entriesOf(join(root, '2afc/val'), 'val')),
    '/jnd.tar.gz': tarGzBytes(await entriesOf(join(root, 'jnd'), 'jnd')),
  };
}

async function entriesOf(folder: string, name: string): Promise<TarEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (file) => {
      const path = join(file.parentPath, file.name);
      return { path: path.replace(folder, name), content: await readFile(path) };
    }),
  );
}

interface Reproduced {
  readonly simulated: boolean;
  readonly twoAfc: ScoreTable;
  readonly jnd: ScoreTable;
  readonly besidePaper: readonly BesidePaper[];
  readonly commands: readonly string[];
}

const FAST = ['--nets', 'lite', '--backend', 'wasm', '--size', '24', '--yes'] as const;

describe('bapps reproduce', () => {
  it('goes on after Ctrl-C from the archives to the scores, beside the paper and as a page', async () => {
    const archives = await paintedArchives();
    const server = await startFileServer((request, response) => {
      const body = archives[request.url ?? ''];
      if (body) sending(body)(request, response);
      else response.writeHead(404).end();
    });
    const { answers } = server;
    const asked: string[] = [];
    server.answers = [
      (request, response) => {
        asked.push(request.url ?? '');
        if (request.url !== '/twoafc_val.tar.gz') return answers[0]?.(request, response);
        const body = archives['/twoafc_val.tar.gz'] ?? Buffer.alloc(0);
        response
          .writeHead(200, { 'content-length': body.length, etag: '"one"' })
          .write(body.subarray(0, 999));
      },
    ];
    const out = join(await tempDir(), 'out');
    const line = ['reproduce', out, ...FAST, '--mirror', server.url];
    const child = spawn(process.execPath, [CLI, ...line], { stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
    await expect.poll(() => asked, { timeout: 60_000 }).toContain('/twoafc_val.tar.gz');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([null, 'SIGINT']);
    expect(told).toContain(
      '151,400 triplets to learn from, 36,300 held out, 9,600 pairs\n  download  jnd, val, train, 6.6 GB',
    );
    expect(told).toMatch(/\n {2}lite {6}.* at [\d,]+ images a second, \d\.\d GB\n {2}in all/);
    expect(told).toMatch(/\nbapps: stopped\. The same command goes on from here\.\n$/);
    expect(await readdir(join(out, 'data'))).toContain('jnd');

    server.answers = answers;
    const { code, out: printed, error } = await startBapps(...line);
    expect([code, error.split('\n')[0]], error).toEqual([0, `bapps: going on in ${out}.`]);
    const download = `bapps download ${join(out, 'data')} --parts jnd,val,train --mirror ${server.url}`;
    expect(error.split('\n').filter((each) => each.startsWith('bapps: bapps download'))).toEqual([
      `bapps: ${download}`,
    ]);
    expect(printed).toContain('2AFC beside Zhang et al., CVPR 2018, table 5, %');
    const result = JSON.parse(await readFile(join(out, 'reproduction.json'), 'utf8')) as Reproduced;
    expect(result.twoAfc.rows.map(({ name }) => name)).toEqual([
      'lite, trained here',
      `lite ${LITE_VERSION}`,
      'lite without heads',
      'L2',
      'SSIM',
      'two people',
      "paper's human score",
      'oracle',
    ]);
    expect(result.jnd.distortions.map(({ count }) => count)).toEqual([4, 4]);
    expect(result.besidePaper.map(({ name, groups }) => [name, ...groups.map(({ paper }) => paper)])).toEqual(
      [
        ['L2', 59.9, 77.8, 68.9, 64.7, 58.2, 63.5, 55, 60.3, 63.2],
        ['SSIM', 60.3, 79.1, 69.7, 65.1, 58.6, 58.1, 57.7, 59.8, 63.1],
        ["paper's human score", 80.8, 84.4, 82.6, 73.4, 67.1, 68.8, 68.6, 69.5, 73.9],
      ],
    );
    const human = result.twoAfc.rows.find(({ kind }) => kind === 'human');
    const scoreOf = (name: string) =>
      human?.scores[result.twoAfc.distortions.findIndex((each) => each.name === name)]?.score ?? Number.NaN;
    const own = result.besidePaper.at(-1)?.groups.map((group) => group.own?.score);
    expect(own?.[0]).toBeCloseTo(scoreOf('traditional'), 12);
    expect(own?.[2]).toBeCloseTo((scoreOf('traditional') + scoreOf('cnn')) / 2, 12);
    const real = ['superres', 'deblur', 'color', 'frameinterp'].map(scoreOf);
    expect(own?.[7]).toBeCloseTo(real.reduce((sum, score) => sum + score, 0) / 4, 12);
    const page = await readFile(join(out, 'reproduction.html'), 'utf8');
    for (const part of [
      'Beside the paper',
      'lite, trained here',
      '69.5',
      download,
      `bapps train ${join(out, 'lite/vectors')}`,
    ]) {
      expect(page.includes(part), part).toBe(true);
    }
    expect(/(src|href)="(?!data:)|<script|NaN|undefined/.exec(page)).toBeNull();
    const lines = (await readFile(join(out, 'scores.csv'), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(1 + 8 * 7 + 5 * 3);
  });

  it('leaves no stage behind when it is killed, so that the same command can go on at once', async () => {
    let isDownloading = false;
    const server = await startFileServer((_, response) => {
      isDownloading = true;
      response.once('close', () => {
        isDownloading = false;
      });
      response.writeHead(200, { 'content-length': 9999 }).write('some');
    });
    const out = await tempDir();
    await writeFile(join(out, '.agreed.json'), '{"nets":["lite"]}');
    const child = spawn(process.execPath, [CLI, 'reproduce', out, ...FAST, '--mirror', server.url], {
      stdio: 'ignore',
    });
    await expect.poll(() => isDownloading, { timeout: 60_000 }).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isDownloading, { timeout: 60_000 }).toBe(false);
  });

  it('takes a data set at hand, says that observers are simulated, and compares them with no paper', async () => {
    const data = await tempDir();
    await paintDataSet(data, { triplets: { near: 6 }, pairs: {}, split: 'train' });
    await paintDataSet(data, { triplets: { near: 5 }, pairs: {} });
    await writeFile(join(data, 'synthesis.json'), '{}');
    const triplets = (await scanTriplets(data, 'val')).flatMap(({ items }) => items);
    const lines = triplets.map(({ name, judge }) => `2afc/val/near/${name},20,${Math.round(20 * judge)}`);
    await writeFile(join(data, 'shares.csv'), ['item,votes,yes', ...lines].join('\n'));
    const out = await tempDir();
    const args = ['reproduce', out, '--data', data, ...FAST, '--no-baselines', '--json'];
    const { code, out: printed, error } = await startBapps(...args, '--quiet');
    expect([code, error]).toEqual([0, '']);
    const result = JSON.parse(printed) as Reproduced;
    expect([result.simulated, result.besidePaper, result.commands.length]).toEqual([true, [], 2]);
    expect(result.twoAfc.votes).toBe(20);
    const votes = triplets.flatMap(({ name, judge }) =>
      Array.from(
        { length: 10 },
        (_, rater) => `near/${name},r${rater},${rater < Math.round(10 * judge) ? 1 : 0}`,
      ),
    );
    await writeFile(join(data, 'votes.csv'), ['triplet,rater,choice', ...votes].join('\n'));
    const again = await startBapps(...args, '--quiet');
    expect((JSON.parse(again.out) as Reproduced).twoAfc.votes).toBe(10);
    expect((await readdir(out)).sort()).toEqual(
      ['.agreed.json', 'lite', 'reproduction.html', 'reproduction.json', 'scores.csv'].sort(),
    );
    expect(await readFile(join(out, 'reproduction.html'), 'utf8')).toContain('no person was asked');
  });

  it('names the stage that fails, and how to go on', async () => {
    const data = await tempDir();
    await paintDataSet(data, { triplets: { near: 3 }, pairs: {} }); // nothing to learn from
    const out = await tempDir();
    const { code, error } = await startBapps('reproduce', out, '--data', data, ...FAST, '--quiet');
    expect(code).toBe(1);
    expect(error).toMatch(
      /\nreproduce: cannot finish "bapps train .*": it ended with code 1\. The same command goes on from here\.\n$/,
    );
  });

  it('asks for --yes where nobody can answer, and refuses nets and data that there are not', async () => {
    const out = await tempDir();
    expect((await bapps('reproduce', out, '--nets', 'lite')).error).toBe(
      'bapps: expected --yes where nobody can be asked whether to go on, got none. Add it.\n',
    );
    expect((await bapps('reproduce', out, '--nets', 'resnet')).error).toMatch(
      /^bapps: expected one of .* for --nets/,
    );
    expect((await bapps('reproduce', out, '--data', out, '--yes')).error).toBe(
      `reproduce: expected a data set for ${out}, got no 2afc or jnd in it. Name the folder that holds 2afc and jnd.\n`,
    );
  });
});
