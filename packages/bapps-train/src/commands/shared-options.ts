/**
 * @module
 * Options that several commands of `bapps` have, for yargs: `parser.option('size', sizeOption)`.
 */
import { BACKEND_CHOICES } from 'lpips-node';
import { countOption, numberAboveZero, oneOf } from 'lpips-node/command-line';
import { OFFICIAL_SIZE } from '../extraction/extraction-shards.js';
import { OFFICIAL_RECIPE } from '../training/recipe.js';

/** Least height and width of images that pass a network. */
export const LEAST_SIZE = 16;

/** `--size` */
export const sizeOption = countOption(
  '--size',
  'height and width at which images pass the network; others are scaled',
  OFFICIAL_SIZE,
  LEAST_SIZE,
);

/** `--learning-rate` */
export const learningRateOption = {
  describe: 'learning rate of Adam, or auto: larger where there are fewer triplets than in BAPPS',
  string: true,
  requiresArg: true,
  default: String(OFFICIAL_RECIPE.learningRate),
  coerce: (text: string): number | 'auto' =>
    text === 'auto' ? text : numberAboveZero('--learning-rate', text, 10),
} as const;

/** `--no-baselines` */
export const noBaselinesOption = { describe: 'without L2 and SSIM', boolean: true, default: false } as const;

/** `--backend` of commands that train. */
export const trainingBackendOption = {
  describe: 'auto, tensorflow, or, many times slower, wasm',
  requiresArg: true,
  default: 'auto',
  coerce: (value: unknown) => oneOf('--backend', BACKEND_CHOICES, value),
} as const;

/** An option that is a text, such as the name of a file. */
export function textOption(describe: string) {
  return { describe, string: true, requiresArg: true } as const;
}

/** An option that is one of some words. */
export function choiceOption<Choice extends string>(
  option: string,
  describe: string,
  choices: readonly Choice[],
) {
  const coerce = (value: unknown) => (value === undefined ? undefined : oneOf(option, choices, value));
  return { describe, requiresArg: true, coerce } as const;
}

/** An option that is a list, separated by commas. */
export function listOption(describe: string) {
  const coerce = (text: string | undefined) => (text === undefined ? undefined : itemsOf(text));
  return { ...textOption(describe), coerce } as const;
}

/** An option that is some of some words, separated by commas; all of them where it is left out. */
export function choicesOption<Choice extends string>(
  option: string,
  describe: string,
  choices: readonly Choice[],
) {
  const coerce = (text: string) => choicesOf(option, choices, text);
  return { ...textOption(describe), default: choices.join(','), coerce } as const;
}

/**
 * The items of a list, each of them once.
 *
 * @throws UsageError unless all of them are among the choices
 */
export function choicesOf<Choice extends string>(
  option: string,
  choices: readonly Choice[],
  text: string,
): Choice[] {
  return [...new Set(itemsOf(text))].map((name) => oneOf(option, choices, name));
}

function itemsOf(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
