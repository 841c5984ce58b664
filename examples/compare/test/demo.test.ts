import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { DISTORTIONS } from 'lpips-pictures/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoResult, QUICK, runDemo } from '../src/demo.js';
import { loadPhotograph, PHOTOGRAPHS } from '../src/photographs.js';
import { descend, LOSSES } from '../src/pixel-descent.js';
import { summarize } from '../src/summary.js';
import { lineProgress } from '../src/terminal.js';

/** Two full steps of descent and a page of pictures, on two busy cores. */
const TIMEOUT_MS = 180_000;

describe('runDemo, quick', () => {
  let folder: string;
  let result: DemoResult & { path: string };
  let written: string;
  const printed: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lpips-demo-'));
    const progress = lineProgress((line) => printed.push(line));
    result = await runDemo({ size: QUICK, out: join(folder, 'page.html'), progress });
    written = await readFile(result.path, 'utf8');
  }, TIMEOUT_MS);
  afterAll(() => rm(folder, { recursive: true }));

  it('prints each part of the work, and what was found', () => {
    expect(printed).toHaveLength(5);
    const summary = summarize(result);
    expect(summary).toContain(`Net ${result.net}, version ${result.version}, backend wasm`);
    for (const { name } of Object.values(LOSSES)) expect(summary).toContain(`Descent with ${name}`);
  });

  it('leaves one file', async () => {
    expect(await readdir(folder)).toEqual(['page.html']);
    expect(written).toBe(result.page);
    expect(written.length).toBeLessThan(6e6);
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
    for (const { places } of [result.equalPsnr]) {
      const place = (id: string) => places.lpips.get(id) ?? Number.NaN;
      expect(Math.max(place('contrast'), place('warp'))).toBeLessThan(
        Math.min(place('noise'), place('blur')),
      );
    }
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
          const [first, last] = [frames.at(0)?.lpips ?? Number.NaN, frames.at(-1)?.lpips ?? Number.NaN];
          // the mean of all views, where MSE leads when the original moves, may look worse than the start
          if (experiment === result.still || loss === 'l1-lpips') expect(last).toBeLessThan(first);
          return [loss, last] as const;
        }),
      );
      expect(ends.get('l1-lpips') ?? Number.NaN).toBeLessThan(ends.get('mse') ?? Number.NaN);
    }
  });

  it('MSE ends closest to all views of the unsteady original, as it must', () => {
    const [mse, ...others] = result.moving.descents;
    for (const { psnrToViews } of others) expect(mse?.psnrToViews ?? Number.NaN).toBeGreaterThan(psnrToViews);
  });

  it('loads nothing: no script, and every picture within the page', () => {
    expect(written).not.toMatch(/<(script|iframe|object|embed)\b/i);
    expect(written).not.toMatch(/(src|srcset|poster)="(?!data:)/i);
    expect(written).not.toMatch(/<link[^>]+href="(?!data:)/i);
    expect(written).not.toMatch(/url\(|@import/i);
  });

  it('gives every picture a text, size and data, and every chart a label', () => {
    const pictures = written.match(/<img\b[^>]*>/g) ?? [];
    expect(pictures.length).toBeGreaterThan(2 * DISTORTIONS.length * QUICK.photographs.length);
    for (const picture of pictures) {
      expect(picture).toMatch(/ width="\d+" height="\d+"/);
      expect(picture).toMatch(/ alt="/);
      expect(picture).toMatch(/src="data:image\/webp;base64,[\w+/=]+"/);
    }
    // only the thumbnails whose labels stand beside them are silent
    expect(pictures.filter((picture) => / alt=""/.test(picture))).toHaveLength(QUICK.photographs.length);
    for (const chart of written.match(/<svg\b[^>]*>/g) ?? [])
      expect(chart).toMatch(/role="img" aria-label="[^"]+"/);
    const words = written.replaceAll(/base64,[\w+/=]+/g, ''); // base64 contains any three letters by chance
    expect(words).not.toMatch(/NaN|undefined|\[object/);
  });

  it('names the net, every distortion, and every photograph with source and licence', () => {
    expect(written).toContain(`version ${result.version}`);
    if (result.net === 'lite') expect(written).toContain('not published');
    for (const { name } of DISTORTIONS) expect(written).toContain(name);
    for (const { author, source, packageName } of QUICK.photographs) {
      expect(written).toContain(author.replaceAll("'", '&#39;'));
      expect(written).toContain(source);
      expect(written).toContain(packageName);
    }
    expect(written).toContain('CC0 1.0');
  });
});

describe('runDemo', () => {
  it.each([
    [
      '/no/such/folder/page.html',
      /^runDemo: expected a file in an existing folder for out, got \/no\/such\/folder\/page\.html\. Make \/no\/such\/folder first\.$/,
    ],
    [tmpdir(), /^runDemo: expected a file for out, got the folder /],
    ['/dev/null', /^runDemo: expected a file for out, got the device \/dev\/null\./],
  ])('refuses to write to %s, in one sentence, before any work', async (out, message) => {
    const printed: string[] = [];
    await expect(
      runDemo({ size: QUICK, out, progress: lineProgress((line) => printed.push(line)) }),
    ).rejects.toThrow(message);
    expect(printed).toEqual([]);
  });
});

describe('descend', () => {
  it('leaves no tensors behind', async () => {
    await selectBackend('wasm');
    const lpips = await loadLpips({ net: 'lite' });
    const [photograph] = PHOTOGRAPHS;
    if (!photograph) throw new Error('no photographs');
    const wide = await loadPhotograph(photograph, 32);
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
