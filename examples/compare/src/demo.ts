/**
 * @module
 * The demo from end to end: photographs, distortions, rankings, descents, the page. `runDemo` chooses a net; `compare`
 * shows any.
 */
import { prepareOutput } from 'example-harness/page';
import {
  COLOUR_PHOTOGRAPHS,
  loadSquare,
  MARGIN,
  type Photograph,
  photographOf,
} from 'example-harness/photographs';
import type { Parts } from 'example-harness/progress';
import type { Lpips } from 'lpips-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { type Distortion, quantile, type Raster, toTensor, trim } from 'lpips-pictures';
import { DISTORTIONS } from 'lpips-pictures/node';
import { strengthForPsnr } from './equal-psnr.js';
import { type DescentExperiment, descentSection } from './page/descent-section.js';
import { renderPage } from './page/page.js';
import { disagreementSection, equalPsnrSection, rankingSection } from './page/ranking-section.js';
import { type DescentOptions, descend } from './pixel-descent.js';
import {
  type Disagreement,
  disagreements,
  type Measurement,
  measure,
  type Ranking,
  rank,
} from './rank-distortions.js';

/** How much of everything; `QUICK` is for tests. */
export interface DemoSize {
  /** the command that makes a page of this size */
  readonly command: string;
  readonly photographs: readonly Photograph[];
  /** width and height of the compared pictures, in pixels */
  readonly pictureSize: number;
  readonly descentSize: number;
  readonly movingSteps: number;
  readonly stillSteps: number;
}

const EQUAL_PSNR = { photograph: 'coffee', decibels: 24 } as const;
const EQUAL_PSNR_DISTORTIONS = ['contrast', 'cast', 'warp', 'noise', 'specks', 'blur', 'mosaic'];
const DESCENT_PHOTOGRAPH = 'chelsea';
/** In pixels. With 2 there are 25 views, and in the full size each is seen four times. */
const UNSTEADINESS = 2;
const LEARNING_RATE = 0.03;
/** Share of heat map samples that stay below the end of the colour scale. */
const HEAT_SHARE = 0.985;

export const FULL: DemoSize = {
  command: 'npm run demo:compare',
  photographs: [...COLOUR_PHOTOGRAPHS, photographOf('boats')],
  pictureSize: 320,
  descentSize: 224,
  movingSteps: 100,
  stillSteps: 60,
};

export const QUICK: DemoSize = {
  command: 'npm run demo:compare -- --quick',
  photographs: [EQUAL_PSNR.photograph, DESCENT_PHOTOGRAPH].map(photographOf),
  pictureSize: 96,
  descentSize: 64,
  movingSteps: 24,
  stillSteps: 12,
};

export interface DemoOptions {
  readonly size?: DemoSize;
  /** where the page will be written, an absolute path; it is checked before the work */
  readonly out: string;
  readonly parts: Parts;
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

/**
 * Runs the demo on WASM with the weights at hand.
 *
 * @throws LpipsError where the page cannot be written
 */
export async function runDemo({ size = FULL, out, parts }: DemoOptions): Promise<DemoResult> {
  await prepareOutput(out, DEFAULT_OUT);
  const { name: backend } = await selectBackend('wasm');
  const lpips = await loadForWasm();
  try {
    return await compare(lpips, backend, size, parts);
  } finally {
    parts.end();
    lpips.dispose();
  }
}

/** Loads the weights at hand, or lite where they are VGG16's alone, which would take a quarter of an hour on WASM. */
async function loadForWasm(): Promise<Lpips> {
  const lpips = await loadLpips();
  if (lpips.net !== 'vgg') return lpips;
  lpips.dispose();
  return loadLpips({ net: 'lite' });
}

/** The demo with a given metric. */
async function compare(lpips: Lpips, backend: string, size: DemoSize, parts: Parts): Promise<DemoResult> {
  const onFound = parts.begin('Finding pictures of equal error', EQUAL_PSNR_DISTORTIONS.length);
  const equalPsnr = await rankAtEqualPsnr(lpips, photographOf(EQUAL_PSNR.photograph), size, onFound);
  const rankings: Ranking[] = [];
  const total = size.photographs.length * DISTORTIONS.length;
  const onRanked = parts.begin('Distorting and ranking photographs', total);
  for (const photograph of size.photographs) {
    rankings.push(await rankPhotograph(lpips, photograph, size.pictureSize, onRanked));
  }
  const { moving, still, original } = await descendTwice(lpips, size, parts);
  const onDrawn = parts.begin('Drawing the page', 1);
  const found = [...disagreements(rankings, 'psnr', 4), ...disagreements(rankings, 'ssim', 2)].toSorted(
    (a, b) => b.margin - a.margin,
  );
  const full = heatScaleEnd([equalPsnr, ...rankings]);
  const { net, version } = lpips;
  const page = renderPage({
    instrument: { net, version, backend },
    command: size.command,
    photographs: size.photographs,
    sections: [
      await disagreementSection(found, full),
      await equalPsnrSection(equalPsnr, EQUAL_PSNR.decibels, full),
      await rankingSection(rankings, full),
      await descentSection({ photograph: photographOf(DESCENT_PHOTOGRAPH), original, moving, still }),
    ],
  });
  onDrawn();
  return { net, version, backend, equalPsnr, rankings, disagreements: found, moving, still, page };
}

async function rankAtEqualPsnr(
  lpips: Lpips,
  photograph: Photograph,
  { pictureSize }: DemoSize,
  onMeasured: () => void,
): Promise<Ranking> {
  const wide = await loadSquare(photograph, pictureSize);
  const distortions = DISTORTIONS.filter(({ id }) => EQUAL_PSNR_DISTORTIONS.includes(id));
  return rankAll(lpips, photograph, wide, distortions, onMeasured, (distortion) =>
    strengthForPsnr(wide, distortion, EQUAL_PSNR.decibels, MARGIN),
  );
}

async function rankPhotograph(
  lpips: Lpips,
  photograph: Photograph,
  size: number,
  onMeasured: () => void,
): Promise<Ranking> {
  const wide = await loadSquare(photograph, size);
  return rankAll(lpips, photograph, wide, DISTORTIONS, onMeasured, ({ strength }) => strength);
}

/** Compares all distortions of a photograph with the photograph. Its features are computed once. */
async function rankAll(
  lpips: Lpips,
  photograph: Photograph,
  wide: Raster,
  distortions: readonly Distortion[],
  onMeasured: () => void,
  strengthOf: (distortion: Distortion) => number | Promise<number>,
): Promise<Ranking> {
  const reference = trim(wide, MARGIN);
  const tensor = toTensor(reference);
  const target = lpips.features(tensor);
  const measurements: Measurement[] = [];
  for (const distortion of distortions) {
    measurements.push(await measure(lpips, wide, target, distortion, await strengthOf(distortion)));
    onMeasured();
  }
  tensor.dispose();
  target.dispose();
  return rank(photograph, reference, measurements);
}

async function descendTwice(
  lpips: Lpips,
  { descentSize, movingSteps, stillSteps }: DemoSize,
  parts: Parts,
): Promise<{ original: Raster; moving: DescentExperiment; still: DescentExperiment }> {
  const wide = await loadSquare(photographOf(DESCENT_PHOTOGRAPH), descentSize);
  const run = async (part: string, steps: number, unsteadiness: number) => {
    const losses = ['mse', 'l1', 'l1-lpips'] as const;
    const options: DescentOptions = {
      losses,
      steps,
      learningRate: LEARNING_RATE,
      unsteadiness,
      snapshots: Array.from({ length: steps + 1 }, (_, index) => index).filter((index) => index % 2 === 0),
      onStep: parts.begin(part, steps * losses.length),
    };
    const shown = [0, 0.04, 0.1, 0.2, 0.5, 1].map((share) => Math.round((share * steps) / 2) * 2);
    return { descents: await descend(lpips, wide, options), options, shown: [...new Set(shown)] };
  };
  return {
    original: trim(wide, MARGIN),
    moving: await run('Descending towards an unsteady original', movingSteps, UNSTEADINESS),
    still: await run('Descending towards a still original', stillSteps, 0),
  };
}

/** The end of the one scale for all heat maps of the page, rounded to a number that reads well. */
function heatScaleEnd(rankings: readonly Ranking[]): number {
  const end = quantile(
    rankings.flatMap(({ measurements }) => measurements.map(({ heat }) => heat)),
    HEAT_SHARE,
  );
  return Math.max(0.05, Math.round(end * 20) / 20);
}
