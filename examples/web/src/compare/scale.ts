/**
 * @module
 * The scale on which a distance stands: the medians of known changes over the page's photographs, by the net that measures.
 * `scale/run.ts` measured them into `known-changes.json`.
 */
import type { Instrument } from '../worker/engine.js';
import table from './known-changes.json' with { type: 'json' };

/** A change and its distance. */
export interface Rung {
  /** A noun, such as "a shift by one pixel". */
  readonly like: string;
  readonly distance: number;
}

/** Distances whose ratio is at most this are told as about the same. */
const ABOUT = 1.2;

/** How many photographs the scale was measured on, and their height and width in pixels. */
export const SCALE_SOURCE = { photographs: table.photographs, side: table.side };

/** The scale by a net, from the closest change to the furthest. Empty where the weights are not those of the table. */
export function scaleOf({ net, calibration }: Pick<Instrument, 'net' | 'calibration'>): Rung[] {
  const nets: Readonly<Record<string, readonly number[]>> = table.nets;
  const distances = nets[`${net} ${calibration}`] ?? [];
  return distances
    .map((distance, index) => ({ like: table.likes[index] ?? '', distance }))
    .toSorted((a, b) => a.distance - b.distance);
}

/** Where a distance stands on the scale, as a sentence; empty without a scale. */
export function likenessOf(distance: number, scale: readonly Rung[]): string {
  const [first, last] = [scale[0], scale.at(-1)];
  if (!first || !last) return '';
  const ratio = (rung: Rung) => Math.max(rung.distance / distance, distance / rung.distance);
  const nearest = scale.reduce((best, rung) => (ratio(rung) < ratio(best) ? rung : best));
  if (ratio(nearest) <= ABOUT) return `About like ${nearest.like}.`;
  if (distance < first.distance) return `Less than ${first.like}.`;
  if (distance > last.distance) return `Further apart than ${last.like}.`;
  const above = scale.find((rung) => rung.distance > distance) ?? last;
  const below = scale.findLast((rung) => rung.distance < distance) ?? first;
  return `More than ${below.like}, less than ${above.like}.`;
}
