/**
 * @module
 * `bapps download` fetches the published data set.
 */

import { printable } from 'lpips-core';
import {
  EXIT,
  type ExitCode,
  jsonOption,
  oneOf,
  type Progress,
  quietOption,
  startProgress,
  type Terminal,
  UsageError,
  untilInterrupted,
} from 'lpips-node/command-line';
import type { Argv } from 'yargs';
import {
  ARCHIVE_NAMES,
  ARCHIVES,
  type Archive,
  type ArchiveName,
  PUBLISHED_AT,
} from '../data-set/archives.js';
import { type FetchDataProgress, type FetchedData, fetchData } from '../data-set/fetch-data-set.js';
import { scanPairs, scanTriplets } from '../data-set/scan-data-set.js';
import { TOOL } from '../tool.js';
import { choicesOption, textOption } from './shared-options.js';

/** Arguments of `bapps download`. */
export interface DownloadArguments {
  readonly out: string;
  readonly parts: readonly ArchiveName[];
  readonly sha256: ReadonlyMap<ArchiveName, string>;
  readonly mirror: string | undefined;
  readonly keep: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `bapps download`. */
export function downloadOptions<Options>(parser: Argv<Options>) {
  return parser
    .positional('out', { describe: 'folder of the data set', type: 'string', demandOption: true })
    .option(
      'parts',
      choicesOption('--parts', 'jnd (0.2 GB), val (1.1 GB), train (5.3 GB), or some of them', ARCHIVE_NAMES),
    )
    .option('sha256', {
      describe: 'sha256 that an archive must have: val=1f3a…,jnd=… (as an earlier run printed it)',
      string: true,
      requiresArg: true,
      default: '',
      coerce: digestsOf,
    })
    .option(
      'mirror',
      textOption('address of a folder with the archives (default: BAPPS_MIRROR, else their publishers’)'),
    )
    .option('keep', { describe: 'keep the archives after they are unpacked', boolean: true, default: false })
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps download data/ --parts val,jnd', 'what evaluation needs')
    .example('bapps download data/', 'all of it; run it again to go on after a break')
    .epilogue(
      `From ${PUBLISHED_AT}. Its publishers state no digests: the size that the server tells, gzip's own checksum and ` +
        'the layout are checked, and the sha256 is printed, for --sha256 next time. An archive that is ' +
        'already in the folder is used as it is.',
    );
}

/** Fetches the parts one by one and prints what they hold. */
export async function runDownload(options: DownloadArguments, terminal: Terminal): Promise<ExitCode> {
  const results: object[] = [];
  for (const name of options.parts) {
    const fetched = await fetchPart(ARCHIVES[name], options, terminal);
    const counts = await countItems(options.out, fetched.archive);
    const { folder, state, sha256, leftOut } = fetched;
    results.push({ part: name, folder, state, sha256, counts, leftOut });
    if (!options.json) terminal.out(describe(fetched, counts));
    const [first] = leftOut;
    if (first !== undefined && !options.quiet) {
      terminal.error(
        `bapps: ${leftOut.length} of ${ARCHIVES[name].file} left out, such as ${printable(first)}\n`,
      );
    }
  }
  if (options.json) terminal.out(`${JSON.stringify({ out: options.out, parts: results, tool: TOOL })}\n`);
  return EXIT.done;
}

async function fetchPart(
  archive: Archive,
  { out, sha256, mirror, keep, quiet }: DownloadArguments,
  terminal: Terminal,
): Promise<FetchedData> {
  let step: FetchDataProgress['step'] | undefined;
  let bar: Progress | undefined;
  const onProgress = (progress: FetchDataProgress) => {
    if (progress.step !== step) {
      bar?.stop();
      step = progress.step;
      bar = startProgress(terminal, `${step}ing ${archive.file}`, 0, { unit: 'bytes', quiet });
    }
    bar?.update(progress.bytes, progress.totalBytes ?? archive.bytes);
  };
  const digest = sha256.get(archive.name);
  try {
    return await untilInterrupted((signal) =>
      fetchData(archive, out, {
        keep,
        onProgress,
        signal,
        ...(mirror !== undefined && { mirror }),
        ...(digest !== undefined && { sha256: digest }),
      }),
    );
  } finally {
    bar?.stop();
  }
}

/** Counts the items of every distortion, and so reads every judgement: the error names what is missing or wrong. */
async function countItems(root: string, { task, split }: Archive): Promise<Record<string, number>> {
  const found = task === '2afc' ? await scanTriplets(root, split) : await scanPairs(root, split);
  return Object.fromEntries(found.map(({ distortion, items }) => [distortion, items.length]));
}

function describe({ archive, folder, state, sha256 }: FetchedData, counts: Record<string, number>): string {
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  const each = Object.entries(counts).map(([name, count]) => `${printable(name)} ${count}`);
  const what = `${total} ${archive.task === '2afc' ? 'triplets' : 'pairs'} (${each.join(', ')})`;
  return `${printable(folder)}  ${state}  ${what}${sha256 === undefined ? '' : `\n  sha256 ${sha256}`}\n`;
}

/** @throws UsageError unless it is a list of archives with hex digits */
function digestsOf(text: string): ReadonlyMap<ArchiveName, string> {
  const entries = text.split(',').filter((part) => part.trim() !== '');
  return new Map(
    entries.map((entry): [ArchiveName, string] => {
      const [name, digest = ''] = entry.split('=').map((part) => part.trim());
      if (!/^[0-9a-f]{8,64}$/i.test(digest)) {
        throw new UsageError(`expected part=digits with 8 to 64 hex digits for --sha256, got "${entry}".`);
      }
      return [oneOf('--sha256', ARCHIVE_NAMES, name), digest];
    }),
  );
}
