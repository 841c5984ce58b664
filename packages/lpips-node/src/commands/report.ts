/**
 * @module
 * How results are told: to people, as one JSON object, and as CSV.
 */
import { createRequire } from 'node:module';
import type { Lpips } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';

const manifest: unknown = createRequire(import.meta.url)('../../package.json');

/** Version of this package. */
export const TOOL_VERSION: string =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';

/** One compared pair. */
export interface PairResult {
  readonly image: string;
  readonly reference: string;
  readonly distance: number;
}

/** The keys that open every JSON result. */
export function jsonHead({ net, version, linear }: Lpips, backend: BackendName) {
  return { net, version, linear, backend };
}

/** The keys that close every JSON result. */
export function jsonTail() {
  return { tool: `lpips-node ${TOOL_VERSION}` };
}

/** Which metric made a number, for people. */
export function describeMetric({ net, version, linear }: Lpips, backend: BackendName): string {
  return `${net} ${version}${linear ? '' : ' without heads (baseline)'} on ${backend}`;
}

/** What must be said beside a number that `lite` made; empty for the published nets. */
export function liteNote({ net }: Lpips): string {
  if (net !== 'lite') return '';
  return (
    'lite is the built-in network: this is not a published LPIPS number. ' +
    'For official weights run "lpips weights fetch alex".\n'
  );
}

/** A distance for people: enough digits to tell any two apart that the metric can. */
export function formatDistance(distance: number): string {
  return distance.toFixed(7);
}

/** A table of pairs with their mean. */
export function pairsTable(pairs: readonly PairResult[], mean: number): string {
  const width = Math.max(...pairs.map(({ image }) => image.length));
  const rows = pairs.map(
    ({ image, reference, distance }) => `${formatDistance(distance)}  ${image.padEnd(width)}  ${reference}`,
  );
  return `${rows.join('\n')}\n${formatDistance(mean)}  mean of ${pairs.length}\n`;
}

/** RFC 4180, with a header line. */
export function pairsCsv(pairs: readonly PairResult[]): string {
  const rows = pairs.map(({ image, reference, distance }) => [
    csvField(image),
    csvField(reference),
    distance,
  ]);
  return [['image', 'reference', 'distance'], ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

/** Arithmetic mean; NaN of nothing. */
export function meanDistance(pairs: readonly PairResult[]): number {
  return pairs.reduce((sum, { distance }) => sum + distance, 0) / pairs.length;
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
