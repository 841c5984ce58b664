/**
 * @module
 * `bapps report` shows what a training run reached, as one HTML page.
 */
import { basename, join, resolve } from 'node:path';
import { printable } from 'lpips-core';
import { calibrationName } from 'lpips-node';
import { countOption, EXIT, type ExitCode, expandPatterns, type Terminal } from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { metricOptions, openMetric } from 'lpips-node/metric-options';
import type { Argv } from 'yargs';
import {
  addWeightsFiles,
  contenderOf,
  disposeTrunks,
  type Trunk,
  withoutHeads,
} from '../evaluation/contenders.js';
import { findItems } from '../evaluation/measure.js';
import { composeReport } from '../report/compose-report.js';
import { withVotes } from '../scores/votes-on-triplets.js';
import { WHAT } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { readTrainingLog } from '../training/training-log.js';
import { COUNT_FILES, findVotesAloud, tellNoAgreement } from './find-votes-aloud.js';
import { measureAloud } from './measure-aloud.js';
import {
  FILE,
  findRunWeights,
  noteOfFold,
  noteOfNetwork,
  type ReportArguments,
  withoutMissingHeads,
} from './report-arguments.js';
import { noBaselinesOption, sizeOption, textOption } from './shared-options.js';

/** Options and help of `bapps report`. */
export function reportOptions<Options>(parser: Argv<Options>) {
  return metricOptions(parser)
    .parserConfiguration({ 'boolean-negation': false, 'duplicate-arguments-array': true }) // else the last run is all of them
    .positional('run', {
      describe: 'folder that bapps train filled; several are compared on one page',
      type: 'string',
      array: true,
      demandOption: true,
    })
    .option('data', {
      ...textOption('data set with images; the run is scored on its val'),
      demandOption: true,
    })
    .option('extraction', textOption('take the vectors that bapps extract made: seconds instead of minutes'))
    .option(
      'out',
      textOption(
        `where the page goes (default: ${FILE} in the folder of the run, or in this one for several)`,
      ),
    )
    .option(
      'shown',
      countOption('--shown', 'triplets to show, of those on which the metric and people disagree most', 12),
    )
    .option('no-baselines', noBaselinesOption)
    .option('size', sizeOption)
    .example('bapps report run/ --data bapps/', 'one page that loads nothing')
    .example('bapps report one/ two/ --data bapps/', 'both on one page, with their differences')
    .example('bapps report run/ --data bapps/ --extraction vectors/', 'without another pass of the net');
}

/** Writes the page of a run, or of several. */
export async function runReport(given: ReportArguments, terminal: Terminal): Promise<ExitCode> {
  const options = await withoutMissingHeads({ ...given, run: await expandPatterns(given.run) });
  const [run = '', ...more] = options.run;
  if (more.length === 0) return await reportRun({ ...options, run }, terminal);
  const { reportRuns } = await import('./report-runs.js');
  return await reportRuns(options, terminal);
}

/** Measures the run beside the net's own heads and beside none, and writes the page. */
async function reportRun(
  options: Omit<ReportArguments, 'run'> & { readonly run: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const { run, data, extraction, out = join(run, FILE), shown, json } = options;
  const log = await readTrainingLog(run);
  const weights = await findRunWeights(run);
  await checkOutput(out, [weights]);
  const found = await findItems({ data, split: 'val', ...(extraction !== undefined && { extraction }) });
  const votes = await findVotesAloud(found, terminal, options.quiet);
  const net = options.net ?? log.net;
  const version = options.version ?? (log.version === '0.0' ? '0.0' : undefined);
  const { lpips, origin } = await openMetric({ ...options, net, version }, terminal);
  const trunks: Trunk[] = [{ lpips, contenders: [] }];
  try {
    await addWeightsFiles(trunks, [{ path: weights, name: 'trained' }]);
    const [trained] = trunks.flatMap(({ contenders }) => contenders);
    if (!trained) throw new Error('report: no weights were added');
    const { official } = origin.identity;
    const called = official ? lpips.net : `${lpips.net} ${calibrationName(lpips, origin.identity)}`;
    const none = { ...withoutHeads(lpips), name: 'without heads' };
    const others = lpips.linear ? [{ ...contenderOf(lpips), name: `${called} heads` }, none] : [none];
    trunks[0]?.contenders.push(...others);
    const measured = withVotes(await measureAloud(found, trunks, options, terminal), votes);
    if (!options.quiet) tellNoAgreement(measured.judged, COUNT_FILES, terminal);
    const ofNetwork = await noteOfNetwork('This run', log, lpips);
    if (ofNetwork !== undefined && !options.quiet) terminal.error(`bapps: ${printable(ofNetwork)}\n`);
    const notes = [found.simulated ? WHAT : undefined, noteOfFold('This run', log), ofNetwork].filter(
      (note) => note !== undefined,
    );
    const page = await composeReport({
      title: `${net}, calibrated on ${basename(resolve(data))}`,
      ...(notes.length > 0 && { note: notes.join(' ') }),
      simulated: found.simulated,
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
    disposeTrunks(trunks);
  }
}
