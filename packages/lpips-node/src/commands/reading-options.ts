/**
 * @module
 * The options that say how image files become pixels.
 */
import { DEFAULT_BACKGROUND, type ImageSize } from 'lpips-core';
import type { Argv } from 'yargs';
import { UsageError } from '../command-line/exit-code.js';
import { wholeNumber } from '../command-line/numbers.js';
import type { Terminal } from '../command-line/terminal.js';
import type { Reading } from '../comparing/compare-images.js';
import { noteOfLargeImages } from '../comparing/scale-to-height.js';
import { tellNote } from './report.js';

/** Values of the options. */
export interface ReadingArguments {
  readonly background: string;
  readonly ignoreProfile: boolean;
}

/** Values of `--scale` and of what decides whether it is advised. */
export interface ScaleArguments {
  readonly scale: number | undefined;
  readonly heads: string | undefined;
  readonly network: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Adds `--background` and `--ignore-profile` to a command. */
export function readingOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('background', {
      describe: 'colour under transparent pixels, #rrggbb',
      string: true,
      requiresArg: true,
      default: DEFAULT_BACKGROUND,
      coerce: (text: string) => {
        if (/^#[0-9a-f]{6}$/i.test(text)) return text;
        throw new UsageError(`expected a colour like #ffffff for --background, got "${text}".`);
      },
    })
    .option('ignore-profile', {
      describe: 'take RGB and grey values as they are stored, as the official loader does',
      boolean: true,
      default: false,
    });
}

/** How the images of a command are read. */
export function readingOf({ background, ignoreProfile }: ReadingArguments): Reading {
  return { background, ignoreProfile };
}

/** Adds `--scale` to a command. */
export function scaleOption<Options>(parser: Argv<Options>) {
  return parser.option('scale', {
    describe: 'compare at this height, the aspect kept (lanczos3): heads were calibrated on small patches',
    string: true,
    requiresArg: true,
    coerce: (text: string | undefined) => (text === undefined ? undefined : wholeNumber('--scale', text, 1)),
  });
}

/** Tells, in one line, that images are far larger than what the published heads were calibrated on. */
export function adviseScale(
  terminal: Terminal,
  size: ImageSize,
  { scale, heads, network, json, quiet }: ScaleArguments,
): void {
  const hasOwn = heads !== undefined || network !== undefined; // calibrated on what is not known here
  if (scale !== undefined || hasOwn || json || quiet) return;
  const note = noteOfLargeImages(size);
  if (note !== undefined) tellNote(terminal, note);
}
