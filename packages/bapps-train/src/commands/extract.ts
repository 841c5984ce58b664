/**
 * @module
 * `bapps extract` passes each image of a data set through the backbone once.
 */
import { NET_NAMES, type NetName, printable } from 'lpips-core';
import { BACKEND_CHOICES, type BackendChoice, loadLpips, selectBackend } from 'lpips-node';
import {
  EXIT,
  type ExitCode,
  jsonOption,
  offlineOption,
  oneOf,
  quietOption,
  startProgress,
  type Terminal,
} from 'lpips-node/command-line';
import { tellLeftOut } from 'lpips-node/metric-options';
import type { Argv } from 'yargs';
import { groupName } from '../data-set/layout.js';
import { extract } from '../extraction/extract.js';
import { listSplits } from '../extraction/list-items.js';
import { choiceOption, choicesOf, sizeOption, textOption } from './shared-options.js';

const EXTRACTED_SPLITS = ['2afc/train', '2afc/val', 'jnd/val'] as const;

/** Arguments of `bapps extract`. */
export interface ExtractArguments {
  readonly data: string;
  readonly out: string;
  readonly net: NetName | undefined;
  readonly version: '0.1' | '0.0' | undefined;
  readonly weights: string | undefined;
  readonly network: string | undefined;
  readonly backend: BackendChoice;
  readonly only: readonly string[] | undefined;
  readonly size: number;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `bapps extract`. */
export function extractOptions<Options>(parser: Argv<Options>) {
  return parser
    .positional('data', { describe: 'folder that holds 2afc and jnd', type: 'string', demandOption: true })
    .option('out', {
      describe: 'folder of the vectors, made if it is missing; an unfinished one is completed',
      string: true,
      requiresArg: true,
      demandOption: true,
    })
    .option(
      'net',
      choiceOption(
        '--net',
        'lite, alex, squeeze or vgg; without it the first of alex, vgg, squeeze at hand, else lite',
        NET_NAMES,
      ),
    )
    .option('version', {
      describe: '0.1 (default), or 0.0, the first release, without scaling layer',
      string: true,
      requiresArg: true,
      coerce: (value: unknown) =>
        value === undefined ? undefined : oneOf('--version', ['0.1', '0.0'] as const, value),
    })
    .option('weights', textOption('folder of weights files'))
    .option('network', textOption('file of a whole network of your own; --net may be left out'))
    .option('backend', {
      describe: 'auto, tensorflow, webgpu, wasm or cpu',
      requiresArg: true,
      default: 'auto',
      coerce: (value: unknown) => oneOf('--backend', BACKEND_CHOICES, value),
    })
    .option('only', {
      ...textOption('these of 2afc/train, 2afc/val, jnd/val, separated by commas (default: all)'),
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : choicesOf('--only', EXTRACTED_SPLITS, text),
    })
    .option('size', sizeOption)
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps extract bapps/ --net alex --out vectors/', 'everything that heads can learn from')
    .epilogue(
      'It may be stopped at any moment: started again, it goes on and ends with the same bytes. A triplet takes 18 kB ' +
        'with alex, 36 with squeeze, 24 with vgg, 5 with lite.',
    );
}

/** Extracts under a progress bar and prints how fast. */
export async function runExtract(options: ExtractArguments, terminal: Terminal): Promise<ExitCode> {
  const { data, out, net, version, weights, network, only, size, offline, quiet, json } = options;
  await listSplits(data, only && { only }); // before any weights are fetched
  const backend = await selectBackend(options.backend);
  const loading = startProgress(terminal, 'weights', 0, { unit: 'bytes', quiet });
  const lpips = await loadLpips({
    ...(net !== undefined && { net }),
    ...(weights !== undefined && { weightsDir: weights }),
    ...(network !== undefined && { networkFile: network, onLeftOut: tellLeftOut(terminal, quiet) }),
    ...(net !== 'lite' && version !== undefined && { version }),
    linear: false, // heads come later
    onWarning: null, // patches are decoded to [-1, 1], and a white one has no value below 0
    offline,
    onProgress: ({ receivedBytes, totalBytes }) => loading.update(receivedBytes, totalBytes),
  }).finally(() => loading.stop());
  await terminal.letSignalsKill();
  const progress = startProgress(terminal, `extracting ${lpips.net}`, 0, {
    unit: 'images',
    rate: true,
    quiet,
  });
  const start = Date.now();
  try {
    const { manifest, images, kept, renewed } = await extract(lpips, data, out, {
      size,
      ...(only && { only }),
      onProgress: ({ images, kept, total }) => progress.update(kept + images, total),
    });
    progress.stop();
    const seconds = (Date.now() - start) / 1000;
    if (json) {
      terminal.out(`${JSON.stringify({ out, ...manifest, images, kept, renewed, seconds })}\n`);
      return EXIT.done;
    }
    const rate = images > 0 ? `, ${Math.round(images / seconds)} a second` : '';
    const earlier = kept > 0 ? `, ${kept} were there` : '';
    if (renewed > 0 && !quiet) {
      const why = 'images or judgements beside them have changed since an earlier run';
      terminal.error(`bapps: ${renewed} of these images were extracted again: ${why}.\n`);
    }
    const groups = manifest.groups.map((group) => `  ${printable(groupName(group))}  ${group.items}\n`);
    terminal.out(
      `${printable(out)}  ${lpips.net} ${manifest.calibration} on ${backend.name}: ${images} images in ${seconds.toFixed(1)} s${rate}${earlier}\n`,
    );
    terminal.out(groups.join(''));
    return EXIT.done;
  } finally {
    progress.stop();
    lpips.dispose();
  }
}
