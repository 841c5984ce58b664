/**
 * @module
 * `bapps report` shows what a training run reached, as one HTML page.
 */
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { invalid, printable } from 'lpips-core';
import { calibrationName } from 'lpips-node';
import { countOption, EXIT, type ExitCode, startProgress, type Terminal } from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { type MetricArguments, metricOptions, openMetric } from 'lpips-node/metric-options';
import type { Argv } from 'yargs';
import {
  addWeightsFiles,
  contenderOf,
  disposeTrunks,
  type Trunk,
  withoutHeads,
} from '../evaluation/contenders.js';
import { findItems, measure } from '../evaluation/measure.js';
import { composeReport } from '../report/compose-report.js';
import { WHAT } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { readTrainingLog } from '../training/training-log.js';
import { noBaselinesOption, sizeOption, textOption } from './shared-options.js';

/** Arguments of `bapps report`. */
export interface ReportArguments extends MetricArguments {
  readonly run: string;
  readonly data: string;
  readonly extraction: string | undefined;
  readonly out: string | undefined;
  readonly shown: number;
  readonly noBaselines: boolean;
  readonly size: number;
}

const FILE = 'report.html';

/** Options and help of `bapps report`. */
export function reportOptions<Options>(parser: Argv<Options>) {
  return metricOptions(parser)
    .positional('run', { describe: 'folder that bapps train filled', type: 'string', demandOption: true })
    .option('data', {
      ...textOption('data set with images; the run is scored on its val'),
      demandOption: true,
    })
    .option('extraction', textOption('take the vectors that bapps extract made: seconds instead of minutes'))
    .option('out', textOption(`where the page goes (default RUN/${FILE})`))
    .option(
      'shown',
      countOption('--shown', 'triplets to show, of those on which the metric and people disagree most', 12),
    )
    .option('no-baselines', noBaselinesOption)
    .option('size', sizeOption)
    .example('bapps report run/ --data bapps/', 'one page that loads nothing')
    .example('bapps report run/ --data bapps/ --extraction vectors/', 'without another pass of the net');
}

/** Measures the run beside the net's own heads and beside none, and writes the page. */
export async function runReport(options: ReportArguments, terminal: Terminal): Promise<ExitCode> {
  const { run, data, extraction, out = join(run, FILE), shown, noBaselines, size, quiet, json } = options;
  const log = await readTrainingLog(run);
  const weights = await findRunWeights(run);
  await checkOutput(out, [weights]);
  const found = await findItems({ data, split: 'val', ...(extraction !== undefined && { extraction }) });
  const net = options.net ?? log.net;
  const version = options.version ?? (log.version === '0.0' ? '0.0' : undefined);
  const { lpips, origin } = await openMetric({ ...options, net, version }, terminal);
  const trunks: Trunk[] = [{ lpips, contenders: [] }];
  const progress = startProgress(terminal, 'measuring', 0, { unit: 'judgements', quiet });
  try {
    await addWeightsFiles(trunks, [{ path: weights, name: 'trained' }]);
    const [trained] = trunks.flatMap(({ contenders }) => contenders);
    if (!trained) throw new Error('report: no weights were added');
    const { official } = origin.identity;
    const called = official ? lpips.net : `${lpips.net} ${calibrationName(lpips, origin.identity)}`;
    const none = { ...withoutHeads(lpips), name: 'without heads' };
    const others = lpips.linear ? [{ ...contenderOf(lpips), name: `${called} heads` }, none] : [none];
    trunks[0]?.contenders.push(...others);
    const measured = await measure(found, trunks, {
      baselines: !noBaselines,
      size,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    const page = await composeReport({
      title: `${net}, calibrated on ${basename(resolve(data))}`,
      ...(found.simulated && { note: WHAT, simulated: true }),
      log,
      measured,
      triplets: found.triplets,
      trained,
      others,
      shown,
      tool: `bapps report, ${TOOL}`,
    });
    await writeAtomically(out, page);
    if (json)
      terminal.out(`${JSON.stringify({ run, data, out, bytes: Buffer.byteLength(page), tool: TOOL })}\n`);
    else terminal.out(`${printable(out)}\n`);
    return EXIT.done;
  } finally {
    progress.stop();
    disposeTrunks(trunks);
  }
}

/**
 * The weights that a run ended with: its only safetensors file beside the checkpoints.
 *
 * @throws LpipsError where there is none, or several
 */
async function findRunWeights(run: string): Promise<string> {
  const names = (await readdir(run)).filter(
    (name) => name.endsWith('.safetensors') && !name.startsWith('checkpoint') && !name.startsWith('.'),
  );
  const [name] = names;
  if (name !== undefined && names.length === 1) return join(run, name);
  const got = names.length === 0 ? 'none' : names.sort().join(', ');
  const advice = names.length === 0 ? 'Let "bapps train" finish first.' : 'Move the others away.';
  throw invalid('report', 'one .safetensors file of the run’s weights', run, got, advice);
}
