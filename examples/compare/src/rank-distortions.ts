/**
 * @module
 * Measures distorted photographs by PSNR, SSIM and LPIPS, ranks them (1 = closest to the original) and finds the
 * pairs that two metrics order in opposite ways by the widest margins.
 */

import { MARGIN, type Photograph } from 'example-harness/photographs';
import { at, type Features, type Lpips } from 'lpips-core';
import { type Distortion, distort, psnr, type Raster, ssim, toTensor, trim } from 'lpips-pictures';

export type Metric = 'psnr' | 'ssim' | 'lpips';

export interface Measurement {
  readonly distortion: Distortion;
  readonly strength: number;
  readonly image: Raster;
  /** decibels; higher is closer */
  readonly psnr: number;
  /** higher is closer */
  readonly ssim: number;
  /** lower is closer */
  readonly lpips: number;
  /** LPIPS before its spatial mean, `[height, width]` */
  readonly heat: Float32Array;
}

export interface Ranking {
  readonly photograph: Photograph;
  readonly reference: Raster;
  /** from the closest by LPIPS to the furthest */
  readonly measurements: readonly Measurement[];
  /** places by distortion id, 1 = closest */
  readonly places: Readonly<Record<Metric, ReadonlyMap<string, number>>>;
}

export interface Disagreement {
  readonly ranking: Ranking;
  readonly metric: 'psnr' | 'ssim';
  /** the picture that the metric calls closer and LPIPS calls further */
  readonly metricsChoice: Measurement;
  readonly lpipsChoice: Measurement;
  /** the smaller of the two margins, in standard deviations of each metric over all measurements */
  readonly margin: number;
}

/** Distorts a photograph (with `MARGIN` around it) and measures the result against the original. */
export async function measure(
  lpips: Lpips,
  wide: Raster,
  target: Features,
  distortion: Distortion,
  strength: number = distortion.strength,
): Promise<Measurement> {
  const reference = trim(wide, MARGIN);
  const image = trim(await distort(wide, distortion, strength), MARGIN);
  const tensor = toTensor(image);
  const features = lpips.features(tensor);
  const distance = lpips.distance(features, target);
  const map = lpips.map(features, target);
  const value = at(await distance.data(), 0);
  const heat = Float32Array.from(await map.data());
  for (const used of [tensor, features, distance, map]) used.dispose();
  return {
    distortion,
    strength,
    image,
    psnr: psnr(image, reference),
    ssim: ssim(image, reference),
    lpips: value,
    heat,
  };
}

/** Puts measurements of one photograph in order. */
export function rank(
  photograph: Photograph,
  reference: Raster,
  measurements: readonly Measurement[],
): Ranking {
  const placesBy = (metric: Metric): ReadonlyMap<string, number> =>
    new Map(
      measurements
        .toSorted((a, b) => remoteness(a, metric) - remoteness(b, metric))
        .map(({ distortion }, index) => [distortion.id, index + 1]),
    );
  return {
    photograph,
    reference,
    measurements: measurements.toSorted((a, b) => a.lpips - b.lpips),
    places: { psnr: placesBy('psnr'), ssim: placesBy('ssim'), lpips: placesBy('lpips') },
  };
}

/**
 * The share of pairs of distortions of one photograph that two metrics put in the same order.
 *
 * @param kind counts pairs of this kind of distortion alone
 */
export function agreement(
  rankings: readonly Ranking[],
  a: Metric,
  b: Metric,
  kind?: Distortion['kind'],
): number {
  let same = 0;
  let all = 0;
  for (const { measurements } of rankings) {
    const counted = measurements.filter(({ distortion }) => kind === undefined || distortion.kind === kind);
    for (const [x, y] of pairs(counted)) {
      all++;
      const sign = (remoteness(x, a) - remoteness(y, a)) * (remoteness(x, b) - remoteness(y, b));
      if (sign > 0) same++;
    }
  }
  return same / all;
}

/**
 * The widest disagreements between a metric and LPIPS: in each, the metric calls one picture clearly closer and LPIPS the
 * other. No photograph comes twice, and no distortion is twice the choice of the metric or twice that of LPIPS.
 */
export function disagreements(
  rankings: readonly Ranking[],
  metric: 'psnr' | 'ssim',
  count: number,
): Disagreement[] {
  const all = rankings.flatMap((ranking) => ranking.measurements);
  const unit = spread(all.map((one) => remoteness(one, metric)));
  const lpipsUnit = spread(all.map((one) => remoteness(one, 'lpips')));
  const found = rankings.flatMap((ranking) =>
    pairs(ranking.measurements).map(([first, second]): Disagreement => {
      // measurements are in the order of LPIPS, so `first` is closer by LPIPS
      const against = (remoteness(first, metric) - remoteness(second, metric)) / unit;
      const apart = (remoteness(second, 'lpips') - remoteness(first, 'lpips')) / lpipsUnit;
      return {
        ranking,
        metric,
        metricsChoice: second,
        lpipsChoice: first,
        margin: Math.min(against, apart),
      };
    }),
  );
  const chosen: Disagreement[] = [];
  for (const candidate of found.filter(({ margin }) => margin > 0).toSorted((a, b) => b.margin - a.margin)) {
    if (chosen.length === count) break;
    const isNew = chosen.every(
      (one) =>
        one.ranking !== candidate.ranking &&
        one.metricsChoice.distortion !== candidate.metricsChoice.distortion &&
        one.lpipsChoice.distortion !== candidate.lpipsChoice.distortion,
    );
    if (isNew) chosen.push(candidate);
  }
  return chosen;
}

/** How far away the picture is by the metric: a number that grows with the difference. */
function remoteness(measurement: Measurement, metric: Metric): number {
  if (metric === 'lpips') return Math.log(measurement.lpips + 1e-3);
  return metric === 'psnr' ? -measurement.psnr : 1 - measurement.ssim;
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((first, i) => items.slice(i + 1).map((second): [T, T] => [first, second]));
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
