/**
 * @module
 * The `lpips` command: its grammar.
 */
import type { Argv } from 'yargs';
import { actions, type Run, runCommandLine } from '../command-line/command-line.js';
import type { ExitCode } from '../command-line/exit-code.js';
import type { Terminal } from '../command-line/terminal.js';
import { runWork, type WorkCommand, workOptions } from '../plan-commands/work.js';
import { backendListOptions, runBackendList } from './backend.js';
import { backendInstallOptions, runBackendInstall } from './backend-install.js';
import { distanceOptions, runDistance } from './distance.js';
import { duplicatesOptions, runDuplicates } from './duplicates.js';
import { exportOptions, runExport } from './export.js';
import { folderOptions, runFolder } from './folder.js';
import { indexCollectionOptions, runIndexCollection } from './index-collection.js';
import { pairsOptions, runPairs } from './pairs.js';
import { TOOL_VERSION } from './report.js';
import { runSearch, searchOptions } from './search.js';
import { SHARD_KINDS } from './shard-kinds.js';
import {
  convertOptions,
  fetchOptions,
  listOptions,
  runConvert,
  runFetch,
  runList,
  runVerify,
} from './weights.js';

const WORK: WorkCommand = {
  command: 'lpips work',
  kinds: SHARD_KINDS,
  process: new URL('./shard-process.js', import.meta.url),
};

const COMMANDS = [
  'distance',
  'folder',
  'pairs',
  'index',
  'search',
  'duplicates',
  'export',
  'weights',
  'backend',
  'work',
] as const;

/**
 * Runs the command line.
 *
 * @param args without node and script
 * @returns 0 done, 1 something failed, 2 wrong usage, 3 `--fail-above` exceeded, 4 not possible on this machine; never
 *   throws
 */
export function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const grammar = (parser: Argv, run: Run) => lpipsGrammar(parser, terminal, run);
  return runCommandLine(
    { name: 'lpips', version: TOOL_VERSION, commands: COMMANDS, grammar },
    args,
    terminal,
  );
}

function lpipsGrammar(parser: Argv, terminal: Terminal, run: Run): Argv {
  return parser
    .usage('$0 <command>\n\nHow different two images look to people (LPIPS), from the terminal.')
    .command('distance <image> <reference>', 'one image against its reference', distanceOptions, (argv) =>
      run(runDistance(argv, terminal)),
    )
    .command('folder <dir> <reference-dir>', 'a folder against another, by name', folderOptions, (argv) =>
      run(runFolder(argv, terminal)),
    )
    .command('pairs <dir>', 'the images of a folder against each other', pairsOptions, (argv) =>
      run(runPairs(argv, terminal)),
    )
    .command('index <inputs..>', 'images become searchable', indexCollectionOptions, (argv) =>
      run(runIndexCollection(argv, terminal)),
    )
    .command('search <query> <index>', 'the images of an index nearest to one', searchOptions, (argv) =>
      run(runSearch(argv, terminal)),
    )
    .command(
      'duplicates <index>',
      'groups of images of an index that look alike',
      duplicatesOptions,
      (argv) => run(runDuplicates(argv, terminal)),
    )
    .command('export <index>', 'the vectors of an index, for a vector database', exportOptions, (argv) =>
      run(runExport(argv, terminal)),
    )
    .command('weights', 'official weights: list, fetch, verify, convert', (parser) =>
      weightsGrammar(parser, terminal, run),
    )
    .command('backend', 'what there is to compute with: list, install', (parser) =>
      actions(parser, 'lpips backend', 'backend', ['list', 'install'])
        .example('lpips backend list', 'which backends work here')
        .example('lpips backend install', 'the native one: TensorFlow on every core')
        .command('list', 'every backend and its state', backendListOptions, (argv) =>
          run(runBackendList(argv, terminal)),
        )
        .command('install', 'the native backend, into the cache', backendInstallOptions, (argv) =>
          run(runBackendInstall(argv, terminal)),
        ),
    )
    .command('work <redis>', 'shards from a queue, for commands with --queue', workOptions, (argv) =>
      run(runWork(WORK, argv, terminal)),
    )
    .example('lpips distance photo.jpg original.png', 'one number')
    .example('lpips folder restored/ originals/ --csv scores.csv', 'a table')
    .example('lpips pairs frames/ --consecutive', 'flicker of a video')
    .example('lpips index photos/ --out photos.lpips', 'then: lpips search query.jpg photos.lpips')
    .epilogue(
      '"lpips <command> --help" has more. Exit codes: 0 done, 1 something failed, 2 wrong usage, ' +
        '3 --fail-above exceeded, 4 not possible on this machine.',
    );
}

function weightsGrammar(parser: Argv, terminal: Terminal, run: Run): Argv {
  return actions(parser, 'lpips weights', 'weights', ['list', 'fetch', 'verify', 'convert'])
    .example('lpips weights list', 'what is at hand')
    .example('lpips weights fetch alex', 'what the published numbers are made with')
    .command('list', 'every file and where it lies', listOptions, (argv) => run(runList(argv, terminal)))
    .command('fetch <net>', 'download into the cache', fetchOptions, (argv) => run(runFetch(argv, terminal)))
    .command('verify', 'check every file that is there', listOptions, (argv) =>
      run(runVerify(argv, terminal)),
    )
    .command('convert <input> <output>', 'PyTorch file to safetensors', convertOptions, (argv) =>
      run(runConvert(argv, terminal)),
    );
}
