/**
 * @module
 * `bapps extract` passes each image of a data set through the backbone once.
 */
import { join } from 'node:path';
import { NET_NAMES, printable } from 'lpips-core';
import { BACKEND_CHOICES } from 'lpips-node';
import {
  EXIT,
  type ExitCode,
  jsonOption,
  offlineOption,
  oneOf,
  quietOption,
  startProgress,
  type Terminal,
  UsageError,
  wholeNumber,
} from 'lpips-node/command-line';
import { type PlanArguments, planOptions, runPlanned } from 'lpips-node/plan-commands';
import { type JsonRecord, pathInPlan } from 'lpips-node/shards';
import type { Argv } from 'yargs';
import { groupName } from '../data-set/layout.js';
import { extract } from '../extraction/extract.js';
import type { ExtractionManifest } from '../extraction/extraction-manifest.js';
import { listSplits } from '../extraction/list-items.js';
import { TRUNK_FILE, writeTrunk } from '../training/clamped-trunk.js';
import { type ExtractInputs, extractKind, openNetwork } from './extract-kind.js';
import { choiceOption, choicesOf, LEAST_SIZE, sizeOption, textOption } from './shared-options.js';
import { ScalingNote } from './tell-scaling.js';

const EXTRACTED_SPLITS = ['2afc/train', '2afc/val', '2afc/test', 'jnd/val', 'jnd/test'] as const;

/** Arguments of `bapps extract`. */
export interface ExtractArguments extends ExtractInputs, PlanArguments {
  /** Sizes; none = the one of `size`. */
  readonly scales: readonly number[];
  readonly offline: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `bapps extract`. */
export function extractOptions<Options>(parser: Argv<Options>) {
  return planOptions(parser)
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
      ...textOption(`these of ${EXTRACTED_SPLITS.join(', ')}, separated by commas (default: all)`),
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : choicesOf('--only', EXTRACTED_SPLITS, text),
    })
    .option('size', sizeOption)
    .option('scales', {
      ...textOption(
        'several sizes instead, separated by commas: OUT/64, OUT/128 and so on become extractions',
      ),
      default: '',
      coerce: scalesOf,
    })
    .option('clamp', {
      describe:
        'trunk: first clamps the 1x1 convolutions of SqueezeNet at 0, as the published trainer does; the network is then in OUT/' +
        TRUNK_FILE,
      requiresArg: true,
      coerce: (value: unknown) =>
        value === undefined ? undefined : oneOf('--clamp', ['trunk'] as const, value),
    })
    .option('offline', offlineOption)
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('bapps extract bapps/ --net alex --out vectors/', 'everything that heads can learn from')
    .example(
      'bapps extract data/ --net alex --out vectors/ --scales 64,128,256',
      'vectors/64 and so on, for heads of each',
    )
    .example('bapps extract bapps/ --net alex --out vectors/ --plan plan.json', 'shards for many machines')
    .epilogue(
      'It may be stopped at any moment: started again, it goes on and ends with the same bytes. A triplet takes 18 kB ' +
        'with alex, 36 with squeeze, 24 with vgg, 5 with lite.',
    );
}

/** Extracts, or does a part of the work where `--plan` says so, and prints how fast. */
export async function runExtract(options: ExtractArguments, terminal: Terminal): Promise<ExitCode> {
  const { out, scales, json } = options;
  if (scales.length > 0 && options.plan !== undefined) {
    throw new UsageError('cannot plan several --scales at once. Write a plan for each with --size.');
  }
  const planned = await runPlanned(
    {
      command: 'bapps extract',
      kind: extractKind,
      inputs: (base) => inputsOf(options, base),
      folder: (base) => pathInPlan(out, base),
      report: async (manifest) => {
        const images = imagesOfPlan(manifest);
        if (json) terminal.out(`${JSON.stringify({ out, ...manifest, images })}\n`);
        else {
          terminal.out(
            `${headOf(out, manifest)}: ${images} images in sealed shards\n${groupLines(manifest)}`,
          );
        }
        return EXIT.done;
      },
    },
    options,
    terminal,
  );
  if (planned !== undefined) return planned;

  const runs = scales.length === 0 ? [options] : scales.map((scale) => atScale(options, scale));
  const told: object[] = [];
  for (const run of runs) told.push(await extractOnce(run, terminal));
  if (json) terminal.out(`${JSON.stringify(scales.length === 0 ? told[0] : { out, scales: told })}\n`);
  return EXIT.done;
}

/** The same at another scale, in a folder of its own. */
function atScale(options: ExtractArguments, size: number): ExtractArguments {
  return { ...options, size, out: join(options.out, `${size}`) };
}

/** @returns what `--json` tells of it */
async function extractOnce(options: ExtractArguments, terminal: Terminal): Promise<object> {
  const { data, out, only, size, quiet, json } = options;
  await listSplits(data, only && { only }); // before any weights are fetched
  const lpips = await openNetwork(options, { terminal, ...options });
  const progress = startProgress(terminal, `extracting ${lpips.net}`, 0, {
    unit: 'images',
    rate: true,
    quiet,
  });
  const scaling = new ScalingNote();
  const start = Date.now();
  try {
    const { manifest, images, kept, renewed } = await extract(lpips, data, out, {
      size,
      ...(only && { only }),
      onScaled: scaling.onScaled,
      onProgress: ({ images, kept, total }) => progress.update(kept + images, total),
    });
    if (options.clamp === 'trunk') await writeTrunk(out, lpips);
    progress.stop();
    const seconds = (Date.now() - start) / 1000;
    scaling.tell(terminal, size, quiet);
    if (json) return { out, ...manifest, images, kept, renewed, seconds };
    const rate = images > 0 ? `, ${Math.round(images / seconds)} a second` : '';
    const earlier = kept > 0 ? `, ${kept} were there` : '';
    if (renewed > 0 && !quiet) {
      const why = 'images or judgements beside them have changed since an earlier run';
      terminal.error(`bapps: ${renewed} of these images were extracted again: ${why}.\n`);
    }
    const head = `${headOf(out, manifest)}: ${images} images in ${seconds.toFixed(1)} s${rate}${earlier}`;
    terminal.out(`${head}\n${groupLines(manifest)}`);
    return {};
  } finally {
    progress.stop();
    lpips.dispose();
  }
}

/** @throws UsageError unless they are sizes that a network can take */
function scalesOf(text: string): readonly number[] {
  const sizes = text.split(',').filter((each) => each.trim() !== '');
  return [...new Set(sizes.map((each) => wholeNumber('--scales', each.trim(), LEAST_SIZE)))];
}

/** The arguments that decide the vectors, as a plan states them. */
function inputsOf(options: ExtractArguments, base: string): JsonRecord {
  const { data, out, net, version, weights, network, backend, only, size, clamp } = options;
  const placed = (path: string | undefined) => (path === undefined ? null : pathInPlan(path, base));
  return {
    data: pathInPlan(data, base),
    out: pathInPlan(out, base),
    net: net ?? null,
    version: version ?? null,
    weights: placed(weights),
    network: placed(network),
    backend,
    only: only ?? null,
    size,
    clamp: clamp ?? null,
  };
}

function headOf(out: string, { net, calibration, backend }: ExtractionManifest): string {
  return `${printable(out)}  ${net} ${calibration} on ${backend}`;
}

function groupLines({ groups }: ExtractionManifest): string {
  return groups.map((group) => `  ${printable(groupName(group))}  ${group.items}\n`).join('');
}

function imagesOfPlan({ groups }: ExtractionManifest): number {
  return groups.reduce((sum, { task, items }) => sum + items * (task === 'jnd' ? 2 : 3), 0);
}
