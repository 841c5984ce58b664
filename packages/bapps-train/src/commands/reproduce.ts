/**
 * @module
 * `bapps reproduce` makes the published calibration again: it downloads, extracts, trains and scores. Each stage is a command of
 * its own that goes on where it stopped, and so does the whole.
 */
import { join } from 'node:path';
import { cannot, NET_NAMES, type NetName, printable } from 'lpips-core';
import { BACKEND_CHOICES, type BackendChoice } from 'lpips-node';
import {
  countOption,
  EXIT,
  type ExitCode,
  jsonOption,
  offlineOption,
  oneOf,
  quietOption,
  type Terminal,
  UsageError,
} from 'lpips-node/command-line';
import { makeFolder } from 'lpips-node/files';
import type { Argv } from 'yargs';
import { ARCHIVE_NAMES, ARCHIVES, type ArchiveName, PUBLISHED_AT } from '../data-set/archives.js';
import { listDistortions } from '../data-set/scan-data-set.js';
import { listSplits } from '../extraction/list-items.js';
import type { NetFolder } from '../reproduce/score-nets.js';
import { HEADS_FILES } from '../training/run-files.js';
import { agree, readAgreement, writeAgreement } from './agree-on-needs.js';
import { runStage, untilStopped } from './run-stage.js';
import {
  choicesOf,
  learningRateOption,
  noBaselinesOption,
  sizeOption,
  textOption,
} from './shared-options.js';
import { RESULT_FILES, tellScores } from './tell-reproduction.js';

/** Arguments of `bapps reproduce`. */
export interface ReproduceArguments {
  readonly out: string;
  readonly nets: readonly NetName[];
  readonly data: string | undefined;
  readonly mirror: string | undefined;
  readonly weights: string | undefined;
  readonly backend: BackendChoice;
  readonly size: number;
  readonly seed: number;
  readonly learningRate: number | 'auto';
  readonly noBaselines: boolean;
  readonly yes: boolean;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `bapps reproduce`. */
export function reproduceOptions<Options>(parser: Argv<Options>) {
  return parser
    .positional('out', {
      describe: 'folder of everything, made if it is missing',
      type: 'string',
      demandOption: true,
    })
    .option('nets', {
      ...textOption('nets whose heads are trained, separated by commas'),
      default: 'alex,squeeze,vgg',
      coerce: (text: string) => choicesOf('--nets', NET_NAMES, text),
    })
    .option('data', textOption('a data set at hand (default: the published one, downloaded into OUT/data)'))
    .option(
      'mirror',
      textOption('address of a folder with the archives (default: BAPPS_MIRROR, else their publishers’)'),
    )
    .option('weights', textOption('folder of weights files'))
    .option('backend', {
      describe: 'auto, tensorflow, webgpu, wasm or cpu',
      requiresArg: true,
      default: 'auto',
      coerce: (value: unknown) => oneOf('--backend', BACKEND_CHOICES, value),
    })
    .option('size', sizeOption)
    .option('seed', countOption('--seed', 'of the first heads, the order and the dropout', 1, 0))
    .option('learning-rate', learningRateOption)
    .option('no-baselines', noBaselinesOption)
    .option('yes', { describe: 'do not ask whether to go on', boolean: true, default: false, alias: 'y' })
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps reproduce bapps/', 'all three nets; run it again to go on after a break')
    .example('bapps reproduce bapps/ --nets alex --yes', 'the fastest one, unasked')
    .example('bapps reproduce out/ --data mine/ --nets squeeze', 'the same on judgements of your own')
    .epilogue(
      `The data are those of ${PUBLISHED_AT}. Each stage is a command of bapps, which is printed. Heads begin as the official ` +
        'trainer begins them. Files in OUT: data/, NET/vectors/, NET/run/ with the heads, ' +
        `${RESULT_FILES.page}, ${RESULT_FILES.scores} and ${RESULT_FILES.table}.`,
    );
}

/** Says what it takes, runs the stages, and scores. */
export async function runReproduce(options: ReproduceArguments, terminal: Terminal): Promise<ExitCode> {
  const { out, nets, quiet, json } = options;
  if (nets.length === 0) throw new UsageError('expected a net for --nets, got none. Name one.');
  const { data = join(out, 'data') } = options;
  const parts = options.data === undefined ? await missingParts(data) : [];
  if (options.data !== undefined) await listSplits(data, { where: 'reproduce' });
  await makeFolder(out);
  const agreed = await readAgreement(out);
  if (nets.every((net) => agreed.nets.includes(net))) {
    if (!quiet) terminal.error(`bapps: going on in ${printable(out)}.\n`);
  } else if (!(await agree(options, data, parts, terminal))) {
    terminal.error('bapps: nothing was done.\n');
    return EXIT.failed;
  }
  // What an earlier run downloaded is a part of how the result was made.
  const downloads = ARCHIVE_NAMES.filter((name) => parts.includes(name) || agreed.downloads.includes(name));
  await writeAgreement(out, { nets: [...new Set([...agreed.nets, ...nets])], downloads });

  const onStop = () => {
    terminal.error('\nbapps: stopped. The same command goes on from here.\n');
  };
  const commands: string[] = [];
  for (const args of stagesOf(options, data, options.data === undefined ? downloads : [])) {
    const command = `bapps ${args.map(quoted).join(' ')}`;
    commands.push(command);
    if (args[0] === 'download' && parts.length === 0) continue;
    if (!quiet) terminal.error(`bapps: ${printable(command)}\n`);
    const switches = quiet ? ['--quiet'] : [];
    const { code, signal } = await runStage([...args, ...switches], { silent: json, onStop });
    if (code === 0) continue;
    const why = signal === null ? `it ended with code ${code}` : `${signal} ended it`;
    throw cannot('reproduce', `finish "${command}"`, why, 'The same command goes on from here.');
  }
  await untilStopped(
    () => tellScores({ ...options, data, folders: foldersOf(options), commands }, terminal),
    { onStop },
  );
  return EXIT.done;
}

/** The commands, without `bapps`. */
function stagesOf(options: ReproduceArguments, data: string, downloads: readonly ArchiveName[]): string[][] {
  const { mirror, weights, backend, size, seed, learningRate, offline } = options;
  const given = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
  const download = ['download', data, '--parts', downloads.join(','), ...given('--mirror', mirror)];
  const network = [...given('--weights', weights), ...(offline ? ['--offline'] : [])];
  return [
    ...(downloads.length > 0 ? [download] : []),
    ...foldersOf(options).flatMap(({ net, vectors, run }) => [
      [
        'extract',
        data,
        '--out',
        vectors,
        '--net',
        net,
        '--backend',
        backend,
        '--size',
        `${size}`,
        ...network,
      ],
      [
        'train',
        vectors,
        '--out',
        run,
        '--init',
        'random',
        '--seed',
        `${seed}`,
        '--learning-rate',
        `${learningRate}`,
      ],
    ]),
  ];
}

/** Where the files of each net are. */
function foldersOf({ out, nets }: ReproduceArguments): (NetFolder & { readonly run: string })[] {
  return nets.map((net) => {
    const run = join(out, net, 'run');
    return { net, vectors: join(out, net, 'vectors'), run, heads: join(run, HEADS_FILES.safetensors) };
  });
}

/** The archives whose content is not there yet. */
async function missingParts(data: string): Promise<ArchiveName[]> {
  const present = await Promise.all(
    ARCHIVE_NAMES.map(async (name) => {
      const { task, split } = ARCHIVES[name];
      return (await listDistortions(data, task, split)).length > 0;
    }),
  );
  return ARCHIVE_NAMES.filter((_, index) => present[index] === false);
}

/** An argument as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
