/**
 * @module
 * The demo from end to end: photographs, distortions, rankings, descents, the page. `compare` takes the metric, so
 * that any net can be shown; `runDemo` chooses one and writes the page.
 */
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { invalid, type Lpips } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { type Distortion, quantile, type Raster, toTensor, trim } from 'lpips-pictures';
import { DISTORTIONS } from 'lpips-pictures/node';
import { strengthForPsnr } from './equal-psnr.js';
import { type DescentExperiment, descentSection } from './page/descent-section.js';
import { renderPage } from './page/page.js';
import { disagreementSection, equalPsnrSection, rankingSection } from './page/ranking-section.js';
import { loadPhotograph, MARGIN, PHOTOGRAPHS, type Photograph } from './photographs.js';
import { type DescentOptions, descend } from './pixel-descent.js';
import {
  type Disagreement,
  disagreements,
  type Measurement,
  measure,
  type Ranking,
  rank,
} from './rank-distortions.js';
import type { Progress } from './terminal.js';

/** How much of everything; `QUICK` is for tests. */
export interface DemoSize {
  readonly photographs: readonly Photograph[];
  /** width and height of the compared pictures, in pixels */
  readonly pictureSize: number;
  readonly descentSize: number;
  readonly movingSteps: number;
  readonly stillSteps: number;
}

const EQUAL_PSNR = { photograph: 'boats', decibels: 24 } as const;
const EQUAL_PSNR_DISTORTIONS = ['contrast', 'cast', 'warp', 'noise', 'specks', 'blur', 'mosaic'];
const DESCENT_PHOTOGRAPH = 'acanthus';
/** Two pixels, so that 25 views are seen four times each in the full size. */
const UNSTEADINESS = 2;
const LEARNING_RATE = 0.03;
/** Share of heat map samples that stay below the end of the colour scale. */
const HEAT_SHARE = 0.985;

export const FULL: DemoSize = {
  photographs: PHOTOGRAPHS,
  pictureSize: 320,
  descentSize: 224,
  movingSteps: 100,
  stillSteps: 60,
};

export const QUICK: DemoSize = {
  photographs: PHOTOGRAPHS.filter(({ id }) => id === EQUAL_PSNR.photograph || id === DESCENT_PHOTOGRAPH),
  pictureSize: 96,
  descentSize: 64,
  movingSteps: 24,
  stillSteps: 12,
};

export interface DemoOptions {
  readonly size?: DemoSize;
  /** where the page is written; its folder is made for the default alone */
  readonly out?: string;
  readonly progress: Progress;
}

/** Everything that was measured, and the page that shows it. */
export interface DemoResult {
  readonly net: string;
  readonly version: string;
  readonly backend: string;
  readonly equalPsnr: Ranking;
  readonly rankings: readonly Ranking[];
  readonly disagreements: readonly Disagreement[];
  readonly moving: DescentExperiment;
  readonly still: DescentExperiment;
  readonly page: string;
}

export const DEFAULT_OUT = 'demo-output/compare.html';

/** Runs the demo with the weights at hand on WASM and writes the page; gives its absolute path and the results. */
export async function runDemo({
  size = FULL,
  out,
  progress,
}: DemoOptions): Promise<DemoResult & { path: string }> {
  const path = resolve(out ?? DEFAULT_OUT);
  if (out === undefined) await mkdir(dirname(path), { recursive: true });
  await refuseUnwritable(path);
  const { name: backend } = await selectBackend('wasm');
  const lpips = await loadForWasm();
  try {
    const result = await compare(lpips, backend, size, progress);
    await writeFile(partOf(path), result.page);
    await rename(partOf(path), path);
    return { ...result, path };
  } finally {
    progress.end();
    lpips.dispose();
  }
}

/** The weights at hand, unless they are VGG16's alone, which would take a quarter of an hour here. */
async function loadForWasm(): Promise<Lpips> {
  const lpips = await loadLpips();
  if (lpips.net !== 'vgg') return lpips;
  lpips.dispose();
  return loadLpips({ net: 'lite' });
}

/** A place that cannot be written is told before the work, not after it. */
async function refuseUnwritable(path: string): Promise<void> {
  const folder = dirname(path);
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw invalid('runDemo', 'a file in an existing folder', 'out', path, `Make ${folder} first.`);
  const advice = 'Name a file that can be written.';
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile()) {
    const got = `the ${found.isDirectory() ? 'folder' : 'device'} ${path}`;
    throw invalid('runDemo', 'a file', 'out', got, advice);
  }
  try {
    await writeFile(partOf(path), '');
    await rm(partOf(path));
  } catch (error) {
    const got = `${path} (${error instanceof Error ? error.message : String(error)})`;
    throw invalid('runDemo', 'a file in a folder that can be written', 'out', got, advice);
  }
}

/** Where the page is written before it is renamed, so that a page is whole or absent. */
function partOf(path: string): string {
  return `${path}.part`;
}

/** The demo with a given metric. */
async function compare(
  lpips: Lpips,
  backend: string,
  size: DemoSize,
  progress: Progress,
): Promise<DemoResult> {
  progress.begin('Finding pictures of equal error', EQUAL_PSNR_DISTORTIONS.length);
  const equalPsnr = await rankAtEqualPsnr(lpips, chosen(EQUAL_PSNR.photograph), size, progress);
  const rankings: Ranking[] = [];
  progress.begin('Distorting and ranking photographs', size.photographs.length * DISTORTIONS.length);
  for (const photograph of size.photographs) {
    rankings.push(await rankPhotograph(lpips, photograph, size.pictureSize, progress));
  }
  const { moving, still, original } = await descendTwice(lpips, size, progress);
  progress.begin('Drawing the page', 1);
  const found = [...disagreements(rankings, 'psnr', 4), ...disagreements(rankings, 'ssim', 2)];
  const full = heatScaleEnd([equalPsnr, ...rankings]);
  const { net, version } = lpips;
  const page = renderPage({
    instrument: { net, version, backend },
    photographs: size.photographs,
    sections: [
      await equalPsnrSection(equalPsnr, EQUAL_PSNR.decibels, full),
      await disagreementSection(found, full),
      await rankingSection(rankings, full),
      await descentSection({ photograph: chosen(DESCENT_PHOTOGRAPH), original, moving, still }),
    ],
  });
  progress.advance();
  return { net, version, backend, equalPsnr, rankings, disagreements: found, moving, still, page };
}

async function rankAtEqualPsnr(
  lpips: Lpips,
  photograph: Photograph,
  { pictureSize }: DemoSize,
  progress: Progress,
): Promise<Ranking> {
  const wide = await loadPhotograph(photograph, pictureSize);
  const distortions = DISTORTIONS.filter(({ id }) => EQUAL_PSNR_DISTORTIONS.includes(id));
  return rankAll(lpips, photograph, wide, distortions, progress, (distortion) =>
    strengthForPsnr(wide, distortion, EQUAL_PSNR.decibels, MARGIN),
  );
}

async function rankPhotograph(
  lpips: Lpips,
  photograph: Photograph,
  size: number,
  progress: Progress,
): Promise<Ranking> {
  const wide = await loadPhotograph(photograph, size);
  return rankAll(lpips, photograph, wide, DISTORTIONS, progress, ({ strength }) => strength);
}

/** Compares all distortions of a photograph with its features, which are computed once. */
async function rankAll(
  lpips: Lpips,
  photograph: Photograph,
  wide: Raster,
  distortions: readonly Distortion[],
  progress: Progress,
  strengthOf: (distortion: Distortion) => number | Promise<number>,
): Promise<Ranking> {
  const reference = trim(wide, MARGIN);
  const tensor = toTensor(reference);
  const target = lpips.features(tensor);
  const measurements: Measurement[] = [];
  for (const distortion of distortions) {
    measurements.push(await measure(lpips, wide, target, distortion, await strengthOf(distortion)));
    await step(progress);
  }
  tensor.dispose();
  target.dispose();
  return rank(photograph, reference, measurements);
}

async function descendTwice(
  lpips: Lpips,
  { descentSize, movingSteps, stillSteps }: DemoSize,
  progress: Progress,
): Promise<{ original: Raster; moving: DescentExperiment; still: DescentExperiment }> {
  const wide = await loadPhotograph(chosen(DESCENT_PHOTOGRAPH), descentSize);
  const run = async (part: string, steps: number, unsteadiness: number) => {
    const options: DescentOptions = {
      losses: ['mse', 'l1', 'l1-lpips'],
      steps,
      learningRate: LEARNING_RATE,
      unsteadiness,
      snapshots: Array.from({ length: steps + 1 }, (_, index) => index).filter((index) => index % 2 === 0),
      onStep: () => step(progress),
    };
    progress.begin(part, steps * options.losses.length);
    const shown = [0, 0.04, 0.1, 0.2, 0.5, 1].map((share) => Math.round((share * steps) / 2) * 2);
    return { descents: await descend(lpips, wide, options), options, shown: [...new Set(shown)] };
  };
  return {
    original: trim(wide, MARGIN),
    moving: await run('Descending towards an unsteady original', movingSteps, UNSTEADINESS),
    still: await run('Descending towards a still original', stillSteps, 0),
  };
}

/** One scale for all heat maps of the page, its end rounded to a number that reads well. */
function heatScaleEnd(rankings: readonly Ranking[]): number {
  const end = quantile(
    rankings.flatMap(({ measurements }) => measurements.map(({ heat }) => heat)),
    HEAT_SHARE,
  );
  return Math.max(0.05, Math.round(end * 20) / 20);
}

function chosen(id: string): Photograph {
  const photograph = PHOTOGRAPHS.find((one) => one.id === id);
  if (!photograph) throw new RangeError(`no photograph ${id}`);
  return photograph;
}

/** Lets the terminal be drawn and Ctrl-C be heard between pieces of work that do not wait for anything. */
async function step(progress: Progress): Promise<void> {
  progress.advance();
  await breathe();
}
