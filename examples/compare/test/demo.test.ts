import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { loadSquare, PHOTOGRAPHS } from 'example-harness/photographs';
import { tellParts } from 'example-harness/progress';
import { at } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { DISTORTIONS } from 'lpips-pictures/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { askProgram } from '../../../test/support/ask-program.js';
import { runProgram } from '../../../test/support/program.js';
import { tempDir } from '../../../test/support/temp-dir.js';
import { testTerminal } from '../../../test/support/test-terminal.js';
import { type DemoResult, QUICK, runDemo } from '../src/demo.js';
import { descend, LOSSES } from '../src/pixel-descent.js';
import { summarize } from '../src/summary.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** Two full steps of descent and a page of pictures, on two busy cores. */
const TIMEOUT_MS = 300_000;

describe('runDemo, quick', () => {
  let result: DemoResult;
  let printed: string;

  beforeAll(async () => {
    const { terminal, outcome } = testTerminal();
    result = await runDemo({
      size: QUICK,
      out: join(tmpdir(), 'page.html'),
      parts: tellParts(terminal),
    });
    printed = outcome().out;
  }, TIMEOUT_MS);

  it('prints each part of the work, and what was found', () => {
    expect(printed.trimEnd().split('\n')).toHaveLength(5);
    const summary = summarize(result);
    expect(summary).toContain(`Net ${result.net}, version ${result.version}, backend wasm`);
    for (const { name } of Object.values(LOSSES)) expect(summary).toContain(`Descent with ${name}`);
  });

  it('as a command writes the same page, and nothing else', { timeout: TIMEOUT_MS }, async () => {
    const folder = await tempDir();
    const page = join(folder, 'page.html');
    const { code, out, error } = await runProgram(MAIN, ['--quick', '--out', page]);
    expect([code, error]).toEqual([0, '']);
    expect(out.startsWith(printed)).toBe(true);
    expect(out).toContain(summarize(result));
    expect(out).toContain(`Open the page in a browser:\n${page}\n`);
    expect(await readdir(folder)).toEqual(['page.html']);
    expect((await readFile(page, 'utf8')) === result.page).toBe(true);
    expect(result.page.length).toBeLessThan(6e6);
  });

  it('measures every distortion of every photograph with finite numbers', () => {
    expect(result.rankings).toHaveLength(QUICK.photographs.length);
    for (const { measurements, places } of result.rankings) {
      expect(measurements.map(({ distortion }) => distortion.id).toSorted()).toEqual(
        DISTORTIONS.map(({ id }) => id).toSorted(),
      );
      for (const one of measurements) {
        expect(one.lpips).toBeGreaterThan(0);
        expect(one.heat.every((value) => value >= 0)).toBe(true);
        expect(Number.isFinite(one.psnr)).toBe(true);
        expect(one.ssim).toBeLessThan(1);
      }
      for (const order of Object.values(places)) {
        expect([...order.values()].toSorted((a, b) => a - b)).toEqual(
          DISTORTIONS.map((_, index) => index + 1),
        );
      }
    }
  });

  it('at equal PSNR forgives a warp and less contrast before noise and blur, and disagrees in opposite orders', () => {
    const { places } = result.equalPsnr;
    const place = (id: string) => places.lpips.get(id) ?? Number.NaN; // NaN fails every comparison
    expect(Math.max(place('contrast'), place('warp'))).toBeLessThan(Math.min(place('noise'), place('blur')));
    expect(result.disagreements.length).toBeGreaterThan(0);
    for (const { metric, metricsChoice, lpipsChoice } of result.disagreements) {
      expect(metricsChoice[metric]).toBeGreaterThan(lpipsChoice[metric]);
      expect(metricsChoice.lpips).toBeGreaterThan(lpipsChoice.lpips);
    }
  });

  it('descends: LPIPS falls under every loss towards a still original, and under L1 + LPIPS always', () => {
    for (const experiment of [result.moving, result.still]) {
      const ends = new Map(
        experiment.descents.map(({ loss, frames }) => {
          const [first, last] = [at(frames, 0).lpips, at(frames, frames.length - 1).lpips];
          // when the original moves, MSE leads to the mean of all views, which may look worse than the start
          if (experiment === result.still || loss === 'l1-lpips') expect(last).toBeLessThan(first);
          return [loss, last] as const;
        }),
      );
      expect(ends.get('l1-lpips')).toBeLessThan(ends.get('mse') ?? Number.NaN);
    }
  });

  it('MSE ends closest to all views of the unsteady original, as it must', () => {
    const [mse, ...others] = result.moving.descents;
    expect(others).toHaveLength(2);
    for (const { psnrToViews } of others) expect(mse?.psnrToViews).toBeGreaterThan(psnrToViews);
  });

  it('loads nothing: no script, and every picture within the page', () => {
    expect(result.page).not.toMatch(/<(script|iframe|object|embed)\b/i);
    expect(result.page).not.toMatch(/(src|srcset|poster)="(?!data:)/i);
    expect(result.page).not.toMatch(/<link[^>]+href="(?!data:)/i);
    expect(result.page).not.toMatch(/url\(|@import/i);
  });

  it('gives every picture a text, size and data, and every chart a label', () => {
    const pictures = result.page.match(/<img\b[^>]*>/g) ?? [];
    expect(pictures.length).toBeGreaterThan(2 * DISTORTIONS.length * QUICK.photographs.length);
    for (const picture of pictures) {
      expect(picture).toMatch(/ width="\d+" height="\d+"/);
      expect(picture).toMatch(/ alt="/);
      expect(picture).toMatch(/src="data:image\/webp;base64,[\w+/=]+"/);
    }
    // only thumbnails with a label beside them have an empty text
    expect(pictures.filter((picture) => / alt=""/.test(picture))).toHaveLength(QUICK.photographs.length);
    for (const chart of result.page.match(/<svg\b[^>]*>/g) ?? [])
      expect(chart).toMatch(/role="img" aria-label="[^"]+"/);
    const words = result.page.replaceAll(/base64,[\w+/=]+/g, ''); // base64 contains any three letters by chance
    expect(words).not.toMatch(/NaN|undefined|\[object/);
  });

  it('lists its sections, and each link leads to one', () => {
    const links = [...result.page.matchAll(/<li><a href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links).toHaveLength(5);
    for (const id of links) expect(result.page).toContain(`id="${id}"`);
  });

  it('shows the three widest disagreements, folds the others, and names its own command', () => {
    const [open = '', folded = ''] = result.page.split('<details class="more">');
    expect(result.disagreements.length).toBeGreaterThan(3);
    expect(open.match(/class="duel"/g)).toHaveLength(3);
    expect(folded.match(/class="duel"/g)).toHaveLength(result.disagreements.length - 3);
    const margins = result.disagreements.map(({ margin }) => margin);
    expect(margins).toEqual(margins.toSorted((a, b) => b - a));
    expect(result.page).toContain('Made by <code>npm run demo:compare -- --quick</code>');
  });

  it('writes the numbers of its charts with the decimals that tell them apart', () => {
    for (const [chart] of result.page.matchAll(/<svg class="chart lines[\s\S]*?<\/svg>/g)) {
      const ticks = [...chart.matchAll(/text-anchor="end">([^<]*)</g)].map(([, text]) => Number(text));
      const steps = ticks.slice(1).map((tick, index) => tick - at(ticks, index));
      for (const step of steps) expect(step).toBeCloseTo(at(steps, 0), 9);
    }
  });

  it('names the net, every distortion, and every photograph with source and licence', () => {
    expect(result.page).toContain(`version ${result.version}`);
    if (result.net === 'lite') expect(result.page).toContain('not published');
    for (const { name } of DISTORTIONS) expect(result.page).toContain(name);
    for (const { author, source, via, licence } of QUICK.photographs) {
      expect(result.page).toContain(author.replaceAll("'", '&#39;'));
      expect(result.page).toContain(source);
      expect(result.page).toContain(via);
      expect(result.page).toContain(licence);
    }
    expect(result.page).toContain('CC0 1.0');
  });
});

describe('the command', () => {
  it.each([
    [
      ['--out', '/no/such/folder/page.html'],
      1,
      /cannot write \/no\/such\/folder\/page\.html: there is no folder \/no\/such\/folder\./,
    ],
    [['--out', tmpdir()], 1, /got a folder\. Name a file in it\.\n$/],
    [['--out', '/dev/null'], 1, /\/dev\/null, got a device\./],
    [['--fast'], 2, /^compare: Unknown option '--fast'/],
    [['--out'], 2, /^compare: Option '--out <value>' argument missing\n$/],
  ])('refuses %j with code %i, in one sentence, before any work', async (args, code, message) => {
    const outcome = await askProgram(MAIN, args);
    expect([outcome.code, outcome.out]).toEqual([code, '']);
    expect(outcome.error).toMatch(message);
    expect(outcome.error.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('descend', () => {
  it('leaves no tensors behind', async () => {
    await selectBackend('wasm');
    const lpips = await loadLpips({ net: 'lite' });
    const wide = await loadSquare(at(PHOTOGRAPHS, 0), 32);
    const options = {
      losses: ['mse', 'l1-lpips'],
      steps: 3,
      learningRate: 0.03,
      unsteadiness: 1,
      snapshots: [0],
    } as const;
    await descend(lpips, wide, options); // the first gradient makes what later ones reuse
    const before = tf.memory().numTensors;
    await descend(lpips, wide, options);
    expect(tf.memory().numTensors).toBe(before);
    lpips.dispose();
  });
});
