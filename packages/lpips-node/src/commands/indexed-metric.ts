/**
 * @module
 * The metric of an index: whoever searches it computes with the net, version and weights that it was made with.
 */
import { stat } from 'node:fs/promises';
import type { Lpips, NetName } from 'lpips-core';
import type { IndexHeader, SearchIndex } from 'lpips-search';
import { openIndexFile } from 'lpips-search/node';
import type { Argv } from 'yargs';
import type { Terminal } from '../command-line/terminal.js';
import { type MetricArguments, metricOptions, type OpenMetric, openMetric } from './metric-options.js';
import { jsonHead } from './report.js';

/** Arguments of a command that reads an index. */
export interface IndexArguments extends MetricArguments {
  readonly index: string;
}

/** Adds the index and the options of the metric to a command. */
export function indexOptions<Options>(parser: Argv<Options>) {
  return metricOptions(parser).positional('index', {
    describe: 'index file that lpips index has made; its net is taken without --net',
    type: 'string',
    demandOption: true,
  });
}

/** An index with its metric. */
export interface OpenIndex extends OpenMetric {
  readonly index: SearchIndex;
}

/**
 * Opens an index and loads its metric, for `work`. Both are closed afterwards.
 *
 * @param command as its user types it
 * @throws LpipsError where the index cannot be read, or the weights that are loaded are not those that made it
 */
export async function withIndex<Result>(
  command: string,
  options: IndexArguments,
  terminal: Terminal,
  work: (opened: OpenIndex) => Promise<Result>,
): Promise<Result> {
  const { index, close } = await openIndexFile(options.index);
  let lpips: Lpips | undefined;
  try {
    const metric = await openMetric(metricOf(options, index.header), terminal);
    ({ lpips } = metric);
    await index.checkFits(command, lpips);
    return await work({ ...metric, index });
  } finally {
    lpips?.dispose();
    await close();
  }
}

/** The options of a metric, where the index decides what they leave open. */
export function metricOf<Options extends MetricArguments>(options: Options, header: IndexHeader): Options {
  const { net, version, noLinear } = options;
  const official = header.version === '0.1' || header.version === '0.0' ? header.version : undefined;
  const own = options.network !== undefined;
  return {
    ...options,
    net: net ?? (own ? undefined : (header.net as NetName)),
    version: version ?? official,
    noLinear: noLinear || !header.linear,
  };
}

/** The head of an index, or undefined where there is no such file. */
export async function headerOf(path: string): Promise<IndexHeader | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const { index, close } = await openIndexFile(path);
  await close();
  return index.header;
}

/** What results name of a metric. */
export interface ReportedMetric extends Pick<OpenMetric, 'origin'> {
  readonly lpips: Pick<Lpips, 'net' | 'version' | 'linear'>;
  readonly backend: Pick<OpenMetric['backend'], 'name'>;
}

/** The keys that open the JSON of a command that uses an index. */
export function indexJson({ lpips, backend, origin }: ReportedMetric, path: string, header: IndexHeader) {
  const { width, height, cells } = header;
  return { ...jsonHead(lpips, backend.name, origin), index: path, size: { width, height }, cells };
}
