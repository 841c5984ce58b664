/**
 * @module
 * `bapps synthesize` makes a data set from photographs, with simulated observers.
 */

import { printable } from 'lpips-core';
import { calibrationName } from 'lpips-node';
import {
  countOption,
  EXIT,
  type ExitCode,
  numberWithin,
  startProgress,
  type Terminal,
} from 'lpips-node/command-line';
import { type MetricArguments, metricOptions, openMetric } from 'lpips-node/metric-options';
import type { Argv } from 'yargs';
import { checkEmpty } from '../data-set/grow-folder.js';
import { PATCH_SIDE } from '../synthesize/cut-patch.js';
import { FAMILY_NAMES, type FamilyName } from '../synthesize/distorters.js';
import { findPhotographs } from '../synthesize/split-photographs.js';
import type { SynthesisManifest } from '../synthesize/synthesis-manifest.js';
import { synthesize } from '../synthesize/synthesize.js';
import { TOOL } from '../tool.js';
import { choicesOption } from './shared-options.js';

/** Arguments of `bapps synthesize`. */
export interface SynthesizeArguments extends MetricArguments {
  readonly photos: string;
  readonly out: string;
  readonly families: readonly FamilyName[];
  readonly train: number;
  readonly val: number;
  readonly jnd: number;
  readonly networks: number;
  readonly side: number;
  readonly seed: number;
  readonly noise: number;
  readonly threshold: number | undefined;
  readonly heldOut: number;
}

/** Options and help of `bapps synthesize`. */
export function synthesizeOptions<Options>(parser: Argv<Options>) {
  return metricOptions(parser)
    .positional('photos', {
      describe: 'folder of photographs, or of folders train and val of them',
      type: 'string',
      demandOption: true,
    })
    .positional('out', { describe: 'folder to make', type: 'string', demandOption: true })
    .option('families', choicesOption('--families', 'traditional,cnn or one of them', FAMILY_NAMES))
    .option('train', countOption('--train', 'triplets to learn from, of each family', 1000))
    .option('val', countOption('--val', 'held-out triplets of each family', 200))
    .option('jnd', countOption('--jnd', 'held-out pairs of each family', 200))
    .option(
      'networks',
      countOption('--networks', 'autoencoders that make the cnn pictures of a split', 24, 1),
    )
    .option(
      'side',
      countOption('--side', 'height and width of the patches in pixels, at most 512', PATCH_SIDE, PATCH_SIDE),
    )
    .option('seed', countOption('--seed', 'the same seed gives the same data', 1))
    .option('noise', {
      describe: 'noise of the observers: the scale of a logistic of the log ratio of distances; 0 is none',
      string: true,
      requiresArg: true,
      default: '0.4',
      coerce: (text: string) => numberWithin('--noise', text, 0, Number.POSITIVE_INFINITY),
    })
    .option('threshold', {
      describe: 'distance that half of the observers notice (default: the median of the pairs)',
      string: true,
      requiresArg: true,
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : numberWithin('--threshold', text, 0, Number.POSITIVE_INFINITY),
    })
    .option('held-out', {
      describe: 'share of the photographs that val is made from',
      string: true,
      requiresArg: true,
      default: '0.2',
      coerce: (text: string) => numberWithin('--held-out', text, 0, 1),
    })
    .example('bapps synthesize photos/ data/', 'both families, judged by the best net at hand')
    .example('bapps synthesize photos/ data/ --net alex --train 5000 --seed 7', 'more, by LPIPS-Alex')
    .epilogue(
      'The layout is that of BAPPS: 2afc/{train,val} and jnd/val, 2 votes in train, 5 in val, 3 in jnd. ' +
        'synthesis.json in it says how it was made.',
    );
}

/** Makes the data set and prints what it holds. */
export async function runSynthesize(options: SynthesizeArguments, terminal: Terminal): Promise<ExitCode> {
  const { photos, out, families, train, val, jnd, networks, side, seed } = options;
  const { noise, threshold, heldOut, heads } = options;
  await checkEmpty(out, 'synthesize');
  await findPhotographs(photos, seed, heldOut, side); // before any weights are fetched
  const { lpips, backend } = await openMetric(options, terminal);
  const progress = startProgress(terminal, 'synthesizing', 0, { unit: 'items', quiet: options.quiet });
  try {
    const manifest = await synthesize(photos, out, lpips, {
      families,
      train,
      val,
      jnd,
      networks,
      side,
      seed,
      noise,
      heldOut,
      tool: TOOL,
      ...(threshold !== undefined && { threshold }),
      ...(heads !== undefined && { heads }),
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    if (options.json) terminal.out(`${JSON.stringify({ out, backend: backend.name, ...manifest })}\n`);
    else terminal.out(describe(out, manifest, backend.name));
    return EXIT.done;
  } finally {
    progress.stop();
    lpips.dispose();
  }
}

function describe(
  out: string,
  { families, counts, teacher, observers, photographs }: SynthesisManifest,
  backend: string,
): string {
  const { net, linear } = teacher;
  const calibration = calibrationName(teacher, teacher.weights);
  const each = `${counts.train} triplets to learn from, ${counts.val} held out, ${counts.jnd} pairs`;
  return [
    `${printable(out)}  ${families.map((name) => `${name}: ${each}`).join('; ')}`,
    `observers see by ${net} ${calibration}${linear ? '' : ' without heads'} on ${backend}, noise ${observers.noise}`,
    `photographs: ${photographs.train.length} to learn from, ${photographs.val.length} held out`,
    '',
  ].join('\n');
}
