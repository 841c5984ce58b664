/**
 * @module
 * The end of `bapps reproduce`: scores of all nets, as tables, as a page, and beside the paper.
 */
import { join } from 'node:path';
import { type NetName, printable } from 'lpips-core';
import { startProgress, type Terminal } from 'lpips-node/command-line';
import { writeAtomically } from 'lpips-node/files';
import { findItems } from '../evaluation/measure.js';
import { besidePaper } from '../reproduce/beside-paper.js';
import { PAPER_HUMAN } from '../reproduce/published-scores.js';
import { renderReproduction } from '../reproduce/reproduction-page.js';
import { type NetFolder, scoreNets } from '../reproduce/score-nets.js';
import { whyNoAgreement } from '../scores/known-votes.js';
import { jndTable, twoAfcTable } from '../scores/score-table.js';
import { withVotes } from '../scores/votes-on-triplets.js';
import { isSynthetic, WHAT } from '../synthesize/synthesis-manifest.js';
import { TOOL } from '../tool.js';
import { COUNT_FILES, findVotesAloud, tellNoAgreement } from './find-votes-aloud.js';
import { besidePaperLines, SIMULATED, scoreCsv, scoreLines } from './score-lines.js';

/** A reproduction whose nets are trained. */
interface Reproduction {
  readonly out: string;
  readonly data: string;
  readonly nets: readonly NetName[];
  readonly folders: readonly NetFolder[];
  /** The commands that made it. */
  readonly commands: readonly string[];
  readonly weights: string | undefined;
  readonly size: number;
  readonly seed: number;
  readonly noBaselines: boolean;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Files of the result in the folder. */
export const RESULT_FILES = {
  page: 'reproduction.html',
  scores: 'reproduction.json',
  table: 'scores.csv',
} as const;

/** Scores all nets, writes the files and prints the tables. */
export async function tellScores(options: Reproduction, terminal: Terminal): Promise<void> {
  const { out, data, nets, folders, commands, noBaselines, seed, quiet, json } = options;
  const progress = startProgress(terminal, 'scoring', 0, { unit: 'judgements', quiet });
  const { measured, trained, published, paper } = await scoreNets(folders, {
    ...options,
    baselinesOf: noBaselines ? undefined : data,
    onProgress: (done, total) => {
      progress.update(done, total);
    },
  }).finally(() => {
    progress.stop();
  });
  const simulated = await isSynthetic(data);
  if (simulated && !quiet) terminal.error(SIMULATED);
  const votes = await findVotesAloud(await findItems({ data, split: 'val' }), terminal, quiet);
  const { judged } = withVotes(measured, votes);
  if (!quiet) tellNoAgreement(judged, COUNT_FILES, terminal);
  const twoAfc = twoAfcTable(judged, { simulated });
  const jnd = measured.noticed.length === 0 ? undefined : jndTable(measured.noticed);
  const beside = simulated ? [] : besidePaper(measured, { paper, human: PAPER_HUMAN });
  const result = { data, nets, seed, simulated, twoAfc, jnd, besidePaper: beside, commands, tool: TOOL };
  const page = renderReproduction({
    facts: [
      ['Nets', nets.join(', ')],
      ['Data', data],
      ['Seed', `${seed}`],
    ],
    note: simulated ? WHAT : undefined,
    judges: simulated ? 'simulated observers' : 'people',
    noAgreement: whyNoAgreement(judged),
    besidePaper: beside,
    twoAfc,
    jnd,
    trained,
    published,
    commands,
    tool: `bapps reproduce, ${TOOL}`,
  });
  const paths = {
    page: join(out, RESULT_FILES.page),
    scores: join(out, RESULT_FILES.scores),
    table: join(out, RESULT_FILES.table),
  };
  await writeAtomically(paths.scores, `${JSON.stringify(result, null, 2)}\n`);
  await writeAtomically(paths.table, scoreCsv({ '2afc': twoAfc, jnd }));
  await writeAtomically(paths.page, page);
  if (json) {
    terminal.out(`${JSON.stringify({ out, files: paths, ...result })}\n`);
    return;
  }
  const judges = simulated ? 'the simulated judgements of ' : '';
  const tables = [
    scoreLines(`2AFC of ${judges}${data}, %; ± half the 95 % interval`, twoAfc, 'percent'),
    jnd && scoreLines(`JND average precision of ${judges}${data}, %`, jnd, 'percent'),
    beside.length > 0 ? besidePaperLines(beside) : undefined,
  ];
  terminal.out(`\n${tables.filter((table) => table !== undefined).join('\n')}\n${printable(paths.page)}\n`);
}
