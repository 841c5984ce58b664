/**
 * @module
 * The options that every comparing command shares, and the metric that they ask for.
 */
import { type Lpips, NET_NAMES, type NetName, printableMessage } from 'lpips-core';
import type { Argv } from 'yargs';
import {
  BACKEND_CHOICES,
  type BackendChoice,
  type SelectedBackend,
  selectBackend,
} from '../backends/select-backend.js';
import { oneOf, UsageError } from '../command-line/exit-code.js';
import { jsonOption, offlineOption, quietOption } from '../command-line/flags.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import { checkFits, type SizedImage } from '../comparing/compare-images.js';
import { identifyWeights, type WeightsIdentity } from '../weights/identify-weights.js';
import { listNames } from '../weights/list-names.js';
import { loadLpips } from '../weights/load-lpips.js';
import { checkWorkers, type WorkerArguments } from './worker-arguments.js';

/** Values of the shared options. */
export interface MetricArguments {
  readonly net: NetName | undefined;
  readonly version: '0.1' | '0.0' | undefined;
  readonly noLinear: boolean;
  readonly weights: string | undefined;
  readonly heads: string | undefined;
  readonly network: string | undefined;
  readonly backend: BackendChoice;
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Adds the shared options to a command. */
export function metricOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('net', {
      describe: 'lite, alex, squeeze or vgg; without it the first of alex, vgg, squeeze at hand, else lite',
      requiresArg: true,
      coerce: (value: unknown) => (value === undefined ? undefined : oneOf('--net', NET_NAMES, value)),
    })
    .option('version', {
      describe: 'calibration of the official heads: 0.1 (default) or 0.0',
      string: true,
      requiresArg: true,
      coerce: (value: unknown) =>
        value === undefined ? undefined : oneOf('--version', ['0.1', '0.0'] as const, value),
    })
    .option('no-linear', {
      describe: 'every head is 1, the "baseline" of the paper',
      boolean: true,
      default: false,
    })
    .option('weights', { describe: 'folder of weights files', string: true, requiresArg: true })
    .option('heads', {
      describe: 'file of other heads, for example your own; of a whole network all of it is taken',
      string: true,
      requiresArg: true,
    })
    .option('network', {
      describe: 'file of a whole network of your own, tuned or trained from scratch; --net may be left out',
      string: true,
      requiresArg: true,
    })
    .option('backend', {
      describe: 'auto, tensorflow, webgpu, wasm or cpu',
      requiresArg: true,
      default: 'auto',
      coerce: (value: unknown) => oneOf('--backend', BACKEND_CHOICES, value),
    })
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', jsonOption);
}

/** Images that a metric will compare. */
interface ComparedImages {
  /** The command, as its user types it, which begins the message about an image that does not fit. */
  readonly command: string;
  readonly images: readonly SizedImage[];
}

/** A loaded metric and where it computes. */
export interface OpenMetric {
  readonly lpips: Lpips;
  readonly backend: SelectedBackend;
  readonly origin: WeightsOrigin;
}

/** Whose weights a metric has, and the files of one's own that they come from. */
export interface WeightsOrigin {
  readonly identity: WeightsIdentity;
  readonly heads: string | undefined;
  readonly network: string | undefined;
}

/**
 * Selects the backend and loads the weights. A bar shows their download.
 *
 * @param compared images that must fit the metric
 * @returns the metric, which the caller disposes
 * @throws UsageError where options contradict each other
 * @throws LpipsError where no backend starts, weights are missing, or an image does not fit
 */
export async function openMetric(
  options: MetricArguments & Partial<WorkerArguments>,
  terminal: Terminal,
  { command, images }: ComparedImages = { command: 'openMetric', images: [] },
): Promise<OpenMetric> {
  const { net, version, noLinear, weights, heads, network, offline, quiet } = options;
  checkTogether(options);
  const backend = await selectBackend(options.backend);
  checkWorkers(options.workers, backend.name);
  const progress = startProgress(terminal, 'weights', 0, { unit: 'bytes', quiet });
  try {
    const lpips = await loadLpips({
      ...(net === undefined ? {} : { net }),
      ...(version === undefined ? {} : { version }),
      ...(weights === undefined ? {} : { weightsDir: weights }),
      ...(heads === undefined ? {} : { headsFile: heads }),
      ...(network === undefined ? {} : { networkFile: network }),
      onLeftOut: tellLeftOut(terminal, quiet),
      linear: !noLinear,
      onWarning: null, // readImage gives [-1, 1], and a white page has no value below 0
      offline,
      onProgress: ({ receivedBytes, totalBytes }) => progress.update(receivedBytes, totalBytes),
    });
    await terminal.letSignalsKill();
    try {
      for (const image of images) checkFits(command, image, lpips, backend.name);
    } catch (error) {
      lpips.dispose();
      throw error;
    }
    return { lpips, backend, origin: { identity: await identifyWeights(lpips), heads, network } };
  } finally {
    progress.stop();
  }
}

/** Tells the user what a weights file holds beside a network, and that it is not used. */
export function tellLeftOut(
  terminal: Terminal,
  quiet: boolean,
): (path: string, names: readonly string[]) => void {
  return (path, names) => {
    const note = `${path}: left out ${listNames(names)}, which the metric does not use.`;
    if (!quiet) terminal.error(`${printableMessage(note)}\n`);
  };
}

/** @throws UsageError where options contradict each other whatever the files are */
function checkTogether({ net, version, heads, network }: MetricArguments): void {
  if (heads !== undefined && net === undefined && network === undefined) {
    throw new UsageError(
      `cannot use --heads ${heads}: no net is named. Name the net that they belong to with --net.`,
    );
  }
  if (net === 'lite' && version === '0.0') {
    throw new UsageError('cannot use --version 0.0 with --net lite: lite has one calibration.');
  }
}
