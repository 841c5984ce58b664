/**
 * @module
 * Prints results for people, as one JSON object, or as CSV.
 */
import { at, type Lpips, printable, printableMessage } from 'lpips-core';
import type { BackendName } from '../backends/candidates.js';
import { packageVersion } from '../command-line/package-version.js';
import type { Terminal } from '../command-line/terminal.js';
import { csvField } from '../files/csv-field.js';
import { writeAtomically } from '../files/write-atomically.js';
import { calibrationName } from '../weights/identify-weights.js';
import type { WeightsOrigin } from './metric-options.js';

/** Tells the user something beside the result: one line on stderr. */
export function tellNote(terminal: Terminal, note: string): void {
  terminal.error(`lpips: ${printableMessage(note)}\n`);
}

/** `--csv`, for yargs. */
export const csvOption = {
  describe: 'write image, reference, distance',
  string: true,
  requiresArg: true,
} as const;

/** Version of this package. */
export const TOOL_VERSION = packageVersion(new URL('../../package.json', import.meta.url));

/** Name and version of this package, as results and plans state them. */
export const TOOL = `lpips-node ${TOOL_VERSION}`;

/** One compared pair. */
export interface PairResult {
  readonly image: string;
  readonly reference: string;
  readonly distance: number;
}

/** What of a metric a result names. */
type MetricHead = Pick<Lpips, 'net' | 'version' | 'linear'>;

/** The keys that open every JSON result. */
export function jsonHead(
  { net, version, linear }: MetricHead,
  backend: BackendName,
  { identity, heads, network }: WeightsOrigin,
) {
  const files = { ...(heads !== undefined && { heads }), ...(network !== undefined && { network }) };
  return { net, version, linear, weights: identity, ...files, backend };
}

/** The keys that close every JSON result. */
export function jsonTail() {
  return { tool: TOOL };
}

/** Names the metric that made a number, for people, and the files that its weights come from where they are one's own. */
export function describeMetric(
  lpips: MetricHead,
  backend: BackendName,
  { identity, heads, network }: WeightsOrigin,
): string {
  const baseline = lpips.linear ? '' : ' without heads (baseline)';
  const files = [network, lpips.linear ? heads : undefined].filter((file) => file !== undefined);
  const from = files.length > 0 ? ` from ${files.map(printable).join(' and ')}` : '';
  return `${lpips.net} ${calibrationName(lpips, identity)}${baseline}${from} on ${backend}`;
}

/** The note beside a number that `lite` made; empty for the published nets. */
export function liteNote({ net }: Pick<Lpips, 'net'>): string {
  if (net !== 'lite') return '';
  return (
    'lite is the built-in network: this is not a published LPIPS number. ' +
    'For official weights run "lpips weights fetch alex".\n'
  );
}

/** A distance for people, with enough digits to tell apart what float32 tells apart. */
export function formatDistance(distance: number): string {
  return distance.toFixed(7);
}

/**
 * Reports pairs: in a CSV file where `csv` names one, then as a table or one JSON object.
 *
 * @param more further keys of the JSON object
 */
export async function reportPairs(
  terminal: Terminal,
  { lpips, backend, origin }: { lpips: MetricHead; backend: BackendName; origin: WeightsOrigin },
  pairs: readonly PairResult[],
  { csv, json, quiet }: { csv: string | undefined; json: boolean; quiet: boolean },
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const mean = meanDistance(pairs);
  if (csv !== undefined) await writeAtomically(csv, pairsCsv(pairs));
  if (json) {
    const result = { ...jsonHead(lpips, backend, origin), pairs, mean, ...more, ...jsonTail() };
    terminal.out(`${JSON.stringify(result)}\n`);
    return;
  }
  terminal.out(`${describeMetric(lpips, backend, origin)}\n${pairsTable(pairs, mean)}`);
  if (!quiet) terminal.error(liteNote(lpips));
}

/** A table of pairs with their mean. */
function pairsTable(pairs: readonly PairResult[], mean: number): string {
  const images = pairs.map(({ image }) => printable(image));
  const width = images.reduce((widest, { length }) => Math.max(widest, length), 0);
  const rows = pairs.map(
    ({ reference, distance }, index) =>
      `${formatDistance(distance)}  ${at(images, index).padEnd(width)}  ${printable(reference)}`,
  );
  return `${rows.join('\n')}\n${formatDistance(mean)}  mean of ${pairs.length}\n`;
}

/** RFC 4180, with a header line. */
function pairsCsv(pairs: readonly PairResult[]): string {
  const rows = pairs.map(({ image, reference, distance }) => [
    csvField(image),
    csvField(reference),
    distance,
  ]);
  return [['image', 'reference', 'distance'], ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}

/** Arithmetic mean; NaN where there is no pair. */
function meanDistance(pairs: readonly PairResult[]): number {
  return pairs.reduce((sum, { distance }) => sum + distance, 0) / pairs.length;
}
