/**
 * @module
 * `lpips weights`: lists, fetches, verifies and converts weights files.
 */
import { at, printable } from 'lpips-core';
import {
  HEADS_VERSIONS,
  type HeadsVersion,
  OFFICIAL_NETS,
  type OfficialNet,
} from 'lpips-core/official-files';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, oneOf } from '../command-line/exit-code.js';
import { jsonOption, quietOption } from '../command-line/flags.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import { checkOutput } from '../files/write-atomically.js';
import { exportWeights } from '../weights/export-weights.js';
import { fetchWeights } from '../weights/fetch-weights.js';
import { listNames } from '../weights/list-names.js';
import { convertWeights, listWeights, verifyWeights, type WeightsRow } from '../weights/manage-weights.js';
import { jsonTail } from './report.js';

/** Arguments of `lpips weights list` and `verify`. */
export interface ListArguments {
  readonly weights: string | undefined;
  readonly json: boolean;
}

/** Options of `lpips weights list` and `verify`. */
export function listOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('json', jsonOption)
    .option('weights', {
      describe: 'folder of weights files, before the cache',
      string: true,
      requiresArg: true,
    })
    .example('lpips weights list', 'every file, where it lies or what it takes to download')
    .example(
      'lpips weights verify --weights nets/',
      'reads every file; "custom" is not the official network; exit code 1 where one is damaged',
    );
}

/** Options of `lpips weights fetch`. */
export function fetchOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('json', jsonOption)
    .positional('net', {
      describe: 'alex (10 MB), vgg (59 MB) or squeeze (4 MB)',
      demandOption: true,
      coerce: (value: unknown) => oneOf('net', OFFICIAL_NETS, value),
    })
    .option('out', {
      describe: 'also writes the net as one safetensors file, for pages',
      string: true,
      requiresArg: true,
    })
    .option('version', {
      describe: `heads in that file, ${HEADS_VERSIONS.join(' or ')}`,
      default: '0.1',
      coerce: (value: unknown) => oneOf('--version', HEADS_VERSIONS, value),
    })
    .option('quiet', quietOption)
    .example('lpips weights fetch alex', 'backbone and heads, checked and kept in the cache')
    .example(
      'lpips weights fetch vgg --out public/vgg.safetensors',
      'the file that loadLpips of a page takes',
    )
    .epilogue('LPIPS_CACHE names another cache folder, LPIPS_MIRROR another place to download from.');
}

/** Options of `lpips weights convert`. */
export function convertOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('json', jsonOption)
    .positional('input', { describe: 'PyTorch or safetensors file', type: 'string', demandOption: true })
    .positional('output', { describe: 'safetensors file to write', type: 'string', demandOption: true })
    .example('lpips weights convert vgg16-397923af.pth vgg.safetensors', 'only what the metric needs');
}

/** Prints every file with its state. */
export async function runList(options: ListArguments, terminal: Terminal): Promise<ExitCode> {
  printRows(await listWeights(placesOf(options)), options.json, terminal);
  return EXIT.done;
}

/** Reads every file that is there and prints its state. A damaged file is a failure. */
export async function runVerify(options: ListArguments, terminal: Terminal): Promise<ExitCode> {
  const rows = await verifyWeights(placesOf(options));
  printRows(rows, options.json, terminal);
  const damaged = rows.filter(({ state }) => state === 'damaged');
  for (const { name, fault = `${name} is damaged` } of damaged) terminal.error(`${fault}\n`);
  return damaged.length > 0 ? EXIT.failed : EXIT.done;
}

/** Arguments of `lpips weights fetch`. */
export interface FetchArguments {
  readonly net: OfficialNet;
  readonly out: string | undefined;
  readonly version: HeadsVersion;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Downloads what is missing of a net, with a bar, and writes it as one file where one is named. */
export async function runFetch(
  { net, out, version, quiet, json }: FetchArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  if (out !== undefined) await checkOutput(out);
  const progress = startProgress(terminal, `fetching ${net}`, 0, { unit: 'bytes', quiet });
  try {
    const fetched = await fetchWeights(net, {
      onProgress: ({ receivedBytes, totalBytes }) => progress.update(receivedBytes, totalBytes),
    });
    progress.stop();
    const files = fetched.map(({ name, path, state }) => ({ name, path, state }));
    const written = out === undefined ? undefined : await exportWeights(net, out, { version });
    if (json) {
      terminal.out(`${JSON.stringify({ net, files, ...(written && { out, ...written }), ...jsonTail() })}\n`);
      return EXIT.done;
    }
    terminal.out(files.map(({ name, path, state }) => `${name}  ${state}  ${printable(path)}\n`).join(''));
    if (written && out !== undefined) {
      terminal.out(`${printable(out)}  ${written.weights}, ${megabytes(written.bytes)}\n`);
    }
    return EXIT.done;
  } finally {
    progress.stop();
  }
}

/** Converts a weights file and says what it kept. */
export async function runConvert(
  { input, output, json }: { input: string; output: string; json: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const { from, kept, dropped, bytes, weights } = await convertWeights(input, output);
  if (json) {
    terminal.out(
      `${JSON.stringify({ input, output, weights, from, kept, dropped, bytes, ...jsonTail() })}\n`,
    );
  } else {
    const left = dropped.length > 0 ? `, left out ${listNames(dropped)}` : '';
    const size = `${kept.length} weights from ${from}, ${megabytes(bytes)}`;
    terminal.out(`${printable(output)}  ${weights}, ${size}${left}\n`);
  }
  return EXIT.done;
}

function printRows(rows: readonly WeightsRow[], json: boolean, terminal: Terminal): void {
  if (json) {
    terminal.out(`${JSON.stringify({ weights: rows, ...jsonTail() })}\n`);
    return;
  }
  const columns = [
    padded(rows.map(({ net }) => net)),
    padded(rows.map(({ part }) => (part === 'both' ? 'all' : part))),
    padded(rows.map(({ version = '' }) => version)),
    padded(rows.map(({ state }) => state)),
    padded(rows.map(({ bytes }) => megabytes(bytes))),
    rows.map(({ path, name }) => printable(path ?? `(${name})`)),
  ];
  const lines = rows.map((_, row) => columns.map((column) => at(column, row)).join('  '));
  terminal.out(lines.map((line) => `${line}\n`).join(''));
}

/** Texts, each as wide as the widest. */
function padded(texts: readonly string[]): string[] {
  const width = Math.max(...texts.map(({ length }) => length));
  return texts.map((text) => text.padEnd(width));
}

function placesOf({ weights }: ListArguments) {
  return weights === undefined ? {} : { weightsDir: weights };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e5 ? 3 : 1)} MB`;
}
