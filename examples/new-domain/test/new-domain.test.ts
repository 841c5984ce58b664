import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  convolveSeparable,
  gaussianKernel,
  mapSamples,
  paint,
  resample,
  roundToBytes,
  seededRandom,
} from 'lpips-pictures';
import { describe, expect, it } from 'vitest';
import { askProgram } from '../../../test/support/ask-program.js';
import { runProgram } from '../../../test/support/program.js';
import { tempDir, writeInto } from '../../../test/support/temp-dir.js';
import { shapeDistance } from '../src/botanists.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const BAPPS = fileURLToPath(new URL('../../../packages/bapps-train/dist/cli.js', import.meta.url));
/** 220 triplets, spoiled, extracted and trained on, on two busy cores. */
const TIMEOUT_MS = 300_000;

const run = (...args: readonly string[]) => runProgram(MAIN, args);

describe('shapeDistance', () => {
  const leaf = paint(64, 64, (x, y) => {
    const value = 0.5 + 0.3 * Math.sin(x / 5) * Math.cos(y / 7);
    return [value, value, value];
  });

  it('is 0 for a darker and a flatter print, and small for grain, but large for another shape', () => {
    const darker = mapSamples(leaf, (value) => value - 0.1);
    const flatter = mapSamples(leaf, (value) => 0.5 + 0.5 * (value - 0.5));
    const random = seededRandom(1);
    const grainy = roundToBytes(mapSamples(leaf, (value) => value + 0.1 * random.normal()));
    const bent = resample(leaf, 64, 64, (x, y) => [x + 3 * Math.sin(y / 6), y]);
    expect(shapeDistance(darker, leaf)).toBeLessThan(1e-4);
    expect(shapeDistance(flatter, leaf)).toBeLessThan(0.01);
    expect(shapeDistance(grainy, leaf)).toBeLessThan(0.2);
    expect(shapeDistance(bent, leaf)).toBeGreaterThan(0.3);
    expect(shapeDistance(convolveSeparable(leaf, gaussianKernel(1, 3)), leaf)).toBeLessThan(0.1);
  });
});

describe('new-domain', () => {
  it('takes official weights from a folder, as the sentence about missing ones says', async () => {
    const folder = await tempDir();
    for (const name of ['alexnet-owt-7be5be79.pth', 'v0.1/alex.pth'])
      await writeInto(folder, name, 'no weights');
    const { code, error } = await run('--quick', '--net', 'alex', '--weights', folder, '--out', folder);
    expect([code, error]).toEqual([1, expect.stringContaining(folder)]);
  });

  it(
    'retrains the heads so that they agree better with botanists on held-out pictures, and shows it',
    async () => {
      const out = await tempDir();
      const { code, out: told, error } = await run('--quick', '--out', out);
      expect([code, error]).toEqual([0, '']);
      const [, before, after] = /held-out 2AFC ([\d.]+) % before, ([\d.]+) % after/.exec(told) ?? [];
      expect(Number(after)).toBeGreaterThan(Number(before) + 1);
      expect((await readdir(join(out, 'run'))).sort()).toEqual([
        'checkpoint-previous.safetensors',
        'checkpoint.safetensors',
        'heads.pth',
        'heads.safetensors',
        'training.csv',
        'training.json',
      ]);
      const page = (await readFile(join(out, 'report.html'), 'utf8')).replaceAll(/data:[^"]*/g, 'data:');
      for (const name of [
        'retrained',
        'lite heads',
        'without heads',
        'L2',
        'SSIM',
        'two simulated observers',
      ]) {
        expect(page.includes(`<th scope="row">${name}</th>`), name).toBe(true);
      }
      for (const words of [
        `<b class="lpips">${after} %</b>`,
        'Karl Blossfeldt',
        'CC0 1.0',
        'No person was asked',
      ]) {
        expect(page.includes(words), words).toBe(true);
      }
      expect(page.match(/(src|href)="(?!data:)|<script|url\(|NaN|undefined/g)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    'makes triplets for people, and trains on what they judged: the page says that they are people',
    async () => {
      const folder = await tempDir();
      const [data, judged, out] = [join(folder, 'data'), join(folder, 'judged'), join(folder, 'out')];
      const made = await run('--quick', '--triplets', data);
      expect([made.code, made.error]).toEqual([0, '']);
      expect(made.out).toContain(`  bapps collect ${data}\n`);
      // Four of five people say p1 of every other triplet, one of five of the rest; most triplets were not judged yet.
      const lines = ['train', 'val'].flatMap((split) =>
        Array.from({ length: split === 'train' ? 60 : 20 }, (_, index) => {
          const item = `2afc/${split}/traditional/${String(index).padStart(6, '0')}`;
          return `${item},5,${index % 2 === 0 ? 4 : 1}`;
        }),
      );
      const csv = await writeInto(folder, 'votes.csv', ['item,votes,yes', ...lines].join('\n'));
      const votes = await runProgram(BAPPS, ['votes', data, '--import', csv, '--export', judged]);
      expect([votes.code, votes.error]).toEqual([0, '']);
      const { code, out: told, error } = await run('--quick', '--judged', judged, '--out', out);
      expect([code, error]).toEqual([0, '']);
      expect(told).toContain(`after (${judged}, trained in`);
      const page = (await readFile(join(out, 'report.html'), 'utf8')).replaceAll(/data:[^"]*/g, 'data:');
      expect(page).toContain('<th scope="row">two people</th>');
      expect(page).not.toMatch(/simulated|No person was asked/);
    },
    TIMEOUT_MS,
  );

  it.each([
    [['--net', 'resnet'], 2, /^new-domain: expected one of lite, .* for --net, got "resnet"\.\n$/],
    [['--seed', 'x'], 2, /^new-domain: expected a whole number from 0 up for --seed, got "x"\.\n$/],
    [['--fast'], 2, /^new-domain: Unknown option '--fast'/],
  ])('refuses %j with code %i, in one sentence', async (args, code, message) => {
    const outcome = await askProgram(MAIN, [...args]);
    expect(outcome.code).toBe(code);
    expect(outcome.error).toMatch(message);
  });
});
