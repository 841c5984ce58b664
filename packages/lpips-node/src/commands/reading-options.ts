/**
 * @module
 * The options that say how image files become pixels.
 */
import { DEFAULT_BACKGROUND } from 'lpips-core';
import type { Argv } from 'yargs';
import { UsageError } from '../command-line/exit-code.js';
import type { Reading } from '../comparing/compare-images.js';

/** Values of the options. */
export interface ReadingArguments {
  readonly background: string;
  readonly ignoreProfile: boolean;
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
