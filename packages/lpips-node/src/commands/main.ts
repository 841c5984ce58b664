/**
 * @module
 * The `lpips` command: its grammar, and how everything that goes wrong becomes one sentence and an exit code.
 */
import { LpipsError } from 'lpips-core';
import type { Argv } from 'yargs';
import yargs from 'yargs';
import { backendListOptions, runBackendList } from './backend.js';
import { backendInstallOptions, runBackendInstall } from './backend-install.js';
import { distanceOptions, runDistance } from './distance.js';
import { EXIT, type ExitCode, UsageError } from './exit-code.js';
import { folderOptions, runFolder } from './folder.js';
import { pairsOptions, runPairs } from './pairs.js';
import { TOOL_VERSION } from './report.js';
import type { Terminal } from './terminal.js';
import {
  convertOptions,
  fetchOptions,
  listOptions,
  runConvert,
  runFetch,
  runList,
  runVerify,
} from './weights.js';

const COMMANDS = ['distance', 'folder', 'pairs', 'weights', 'backend'] as const;

/**
 * Runs the command line.
 *
 * @param args without node and script
 * @returns 0 done, 1 something failed, 2 wrong usage, 3 `--fail-above` exceeded; never throws
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  // `--version` before a command is this package's; behind one it is the calibration of the heads.
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
    terminal.out(`${TOOL_VERSION}\n`);
    return EXIT.done;
  }
  let code: ExitCode = EXIT.done;
  let help = '';
  const run = (task: Promise<ExitCode>) =>
    task.then((result) => {
      code = result;
    });
  try {
    const parser = grammar(terminal, run);
    await parser.parseAsync(
      args.length === 0 ? ['--help'] : namesBehindDashes(args),
      {},
      (_error, _argv, output) => {
        help = output;
      },
    );
    if (help !== '') terminal.out(`${help}\n`);
    return code;
  } catch (error) {
    terminal.error(`${sentence(error)}\n`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

/** Behind `--` a name may begin with a dash. Yargs takes nothing there for a positional, hence a path in its stead. */
function namesBehindDashes(args: readonly string[]): readonly string[] {
  const dashes = args.indexOf('--');
  if (dashes < 0) return args;
  const names = args.slice(dashes + 1).map((name) => (name.startsWith('-') ? `./${name}` : name));
  return [...args.slice(0, dashes), ...names];
}

function grammar(terminal: Terminal, run: (task: Promise<ExitCode>) => Promise<void>) {
  return yargs()
    .scriptName('lpips')
    .locale('en')
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
    .command('weights', 'official weights: list, fetch, verify, convert', (parser) =>
      weightsGrammar(parser, terminal, run),
    )
    .command('backend', 'what there is to compute with: list, install', (parser) =>
      actions(parser, 'backend', ['list', 'install'])
        .example('lpips backend list', 'which backends work here')
        .example('lpips backend install', 'the native one: TensorFlow on every core')
        .command('list', 'every backend and its state', backendListOptions, (argv) =>
          run(runBackendList(argv, terminal)),
        )
        .command('install', 'the native backend, into the cache', backendInstallOptions, (argv) =>
          run(runBackendInstall(argv, terminal)),
        ),
    )
    .command('$0 [word] [more..]', false, {}, (argv) => {
      throw unknown('lpips', COMMANDS, argv['word']);
    })
    .example('lpips distance photo.jpg original.png', 'one number')
    .example('lpips folder restored/ originals/ --csv scores.csv', 'a table')
    .example('lpips pairs frames/ --consecutive', 'flicker of a video')
    .epilogue(
      '"lpips <command> --help" has more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 above --fail-above.',
    )
    .help()
    .alias('help', 'h')
    .version(false)
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'boolean-negation': false, 'duplicate-arguments-array': false })
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      throw asUsageError(message, error);
    });
}

function weightsGrammar(parser: Argv, terminal: Terminal, run: (task: Promise<ExitCode>) => Promise<void>) {
  return actions(parser, 'weights', ['list', 'fetch', 'verify', 'convert'])
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

/** A command of commands: anything else, or none, is refused by name. */
function actions(parser: Argv, command: string, known: readonly string[]): Argv {
  return parser.command('$0 [word] [more..]', false, {}, (argv) => {
    throw unknown(`lpips ${command}`, known, argv['word']);
  });
}

function unknown(where: string, known: readonly string[], word: unknown): UsageError {
  const got = typeof word === 'string' ? word : undefined;
  const near = known.find((name) => isNear(name, got ?? ''));
  const hint = near === undefined ? `Run "${where} --help".` : `Did you mean ${near}?`;
  const given = got === undefined ? 'none' : `"${got}"`;
  return new UsageError(`${where}: expected one of ${known.join(', ')}, got ${given}. ${hint}`);
}

/** Whether two names share most of their letters in order. */
function isNear(name: string, got: string): boolean {
  const typed = Array.from(got.toLowerCase());
  const hits = Array.from(name).filter((letter) => {
    const at = typed.indexOf(letter);
    if (at >= 0) typed.splice(0, at + 1);
    return at >= 0;
  });
  return hits.length >= Math.max(name.length, got.length) * 0.6;
}

function asUsageError(message: string | null, error: unknown): unknown {
  if (error instanceof UsageError || error instanceof LpipsError) return error;
  if (error instanceof Error && error.name !== 'YError') return error;
  const text = (message ?? (error instanceof Error ? error.message : String(error))).split('\n')[0] ?? '';
  if (text.startsWith('lpips: ')) return new UsageError(text); // a coerced option's own sentence
  return new UsageError(`lpips: ${text}. Add --help to the command to see what it takes.`);
}

function sentence(error: unknown): string {
  if (error instanceof UsageError || error instanceof LpipsError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `lpips: ${(message.split('\n')[0] ?? '').trim()}`;
}
