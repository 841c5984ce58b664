/**
 * @module
 * `bapps votes` shows who voted and how far people agree, leaves raters out, and exports and imports votes.
 */
import { invalid, printable } from 'lpips-core';
import {
  countOption,
  EXIT,
  type ExitCode,
  jsonOption,
  numberWithin,
  quietOption,
  startProgress,
  type Terminal,
  UsageError,
  untilInterrupted,
} from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import type { Argv } from 'yargs';
import { checkEmpty } from '../data-set/grow-folder.js';
import { TOOL } from '../tool.js';
import { exportDataSet } from '../votes/export-data-set.js';
import { importInto } from '../votes/import-file.js';
import { excludedRaters, summarizeRaters, withoutRaters } from '../votes/rater-summary.js';
import { findTrialItems } from '../votes/trial-items.js';
import { agreementByGroup } from '../votes/vote-agreement.js';
import { sharesToCsv, votesToCsv } from '../votes/vote-csv.js';
import { journalOf, readJournal } from '../votes/vote-journal.js';
import { VoteLog } from '../votes/vote-log.js';
import { listOption, textOption } from './shared-options.js';
import { groupLines, raterLines } from './vote-lines.js';

/** Arguments of `bapps votes`. */
export interface VotesArguments {
  readonly data: string;
  readonly import: string | undefined;
  readonly exclude: readonly string[] | undefined;
  readonly catchBelow: number;
  readonly export: string | undefined;
  readonly leastVotes: number;
  readonly heldOut: number;
  readonly crop: boolean;
  readonly csv: string | undefined;
  readonly shares: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `bapps votes`. */
export function votesOptions<Options>(parser: Argv<Options>) {
  const shareOption = (option: string, describe: string) =>
    ({
      ...textOption(describe),
      default: '0',
      coerce: (text: string) => numberWithin(option, text, 0, 1),
    }) as const;
  return parser
    .positional('data', {
      describe: 'folder of triplets or pairs with its votes',
      type: 'string',
      demandOption: true,
    })
    .option(
      'import',
      textOption(
        'first add the votes or shares of a CSV file, the triplets and votes of NIGHTS, or a folder of triplets',
      ),
    )
    .option('exclude', listOption('leave these raters out, separated by commas'))
    .option(
      'catch-below',
      shareOption('--catch-below', 'leave out raters with a smaller share of catch trials right'),
    )
    .option(
      'export',
      textOption('make a data set in the layout of BAPPS, for bapps extract, train and evaluate'),
    )
    .option('least-votes', countOption('--least-votes', 'of --export: leave out items with fewer votes', 1))
    .option(
      'held-out',
      shareOption('--held-out', 'of --export: share of the triplets that becomes held out (val)'),
    )
    .option('crop', {
      describe: 'of --export: take the middle square of images that are not square',
      boolean: true,
      default: false,
    })
    .option('csv', textOption('write one line a vote to this file'))
    .option('shares', textOption('write one line an item to this file'))
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps votes data/', 'raters, agreement, catch trials, time')
    .example('bapps votes data/ --catch-below 0.8 --export judged/', 'a data set of the votes of who looked')
    .example('bapps votes data/ --import votes.csv', 'votes that were collected elsewhere')
    .epilogue(
      '"others" is how often a rater agrees with another on the same item, "left" how often he chose the left picture. ' +
        '"two people" is how often two different people agree; "paper" is p² + (1 − p)², which counts each against himself too. ' +
        'Nothing is deleted: raters are left out of this output alone.',
    );
}

/** Imports, then shows and exports. */
export async function runVotes(options: VotesArguments, terminal: Terminal): Promise<ExitCode> {
  const { data, quiet, json, exclude = [], catchBelow, csv, shares } = options;
  if (options.export !== undefined) await checkEmpty(options.export, 'votes');
  for (const path of [csv, shares]) if (path !== undefined) await checkOutput(path, [journalOf(data)]);
  const imported =
    options.import === undefined ? undefined : await runImport(options, options.import, terminal);
  if (imported?.assumed !== undefined && !quiet) tellAssumed(imported.assumed, terminal);
  const { records, torn } = await readJournal(data);
  if (torn > 0 && !quiet)
    terminal.error(`bapps: the last line of ${printable(journalOf(data))} is cut off.\n`);
  const summaries = summarizeRaters(new VoteLog(records));
  const stranger = exclude.find((id) => !summaries.some(({ rater }) => rater === id));
  if (stranger !== undefined)
    throw new UsageError(`expected a rater for --exclude, got "${stranger}", who did not vote.`);
  const excluded = excludedRaters(summaries, { raters: exclude, catchBelow });
  const log = new VoteLog(withoutRaters(records, excluded));
  const tallies = log.tallies();
  const items = await findTrialItems(data);
  if (items.length === 0 && records.length === 0) {
    throw invalid(
      'votes',
      'a folder of triplets or votes',
      data,
      'none',
      'Name the folder that bapps collect was given.',
    );
  }
  const groups = agreementByGroup(
    items.map(({ id }) => id),
    tallies,
  );
  const exported = options.export === undefined ? undefined : await runExport(options, options.export);
  if (csv !== undefined) await writeAtomically(csv, votesToCsv([...log.votes, ...log.checks]));
  if (shares !== undefined) await writeAtomically(shares, sharesToCsv(tallies));
  if (json) {
    terminal.out(
      `${JSON.stringify({ data, imported, raters: summaries, excluded, groups, exported, tool: TOOL })}\n`,
    );
    return EXIT.done;
  }
  if (imported) {
    const { items: made, lines, known } = imported;
    terminal.out(`imported ${made} items and ${lines} lines of votes; ${known} lines were known already\n`);
  }
  if (summaries.length > 0) terminal.out(`${raterLines(summaries, excluded)}\n`);
  terminal.out(groupLines(groups));
  if (exported) {
    terminal.out(`\n${printable(exported.out)}  ${exported.items} items, ${exported.votes} votes\n`);
  }
  return EXIT.done;

  async function runExport({ leastVotes, heldOut, crop }: VotesArguments, out: string) {
    const progress = startProgress(terminal, 'exporting', 0, { unit: 'items', quiet });
    const raters = new Set(log.votes.map(({ rater }) => rater)).size;
    try {
      const made = await untilInterrupted((signal) =>
        exportDataSet(items, log, out, {
          leastVotes,
          heldOut,
          crop,
          about: { raters, excluded },
          signal,
          onProgress: (done, total) => progress.update(done, total),
        }),
      );
      return { out, ...made };
    } finally {
      progress.stop();
    }
  }
}

async function runImport({ data, quiet }: VotesArguments, from: string, terminal: Terminal) {
  const progress = startProgress(terminal, 'importing', 0, { unit: 'items', quiet });
  try {
    return await importInto(data, from, (done, total) => progress.update(done, total));
  } finally {
    progress.stop();
  }
}

function tellAssumed(votes: number, terminal: Terminal): void {
  const counted = `${votes} ${votes === 1 ? 'vote is' : 'votes are'} counted on each item`;
  terminal.error(
    `bapps: these shares come without numbers of votes; ${counted}, the least number that gives them. Add a column votes and import the file again where there were more.\n`,
  );
}
