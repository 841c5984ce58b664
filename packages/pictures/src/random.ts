/**
 * @module
 * Seeded random numbers, so that every run makes the same pictures, and a seed for each thing that is drawn, so that
 * none depends on how many were drawn before it.
 */
import { checkNumber, checkText, invalid, mulberry32, standardNormal } from 'lpips-core';
import { checkArray, checkRandom } from './check-arguments.js';

/** A source of uniform and of normal numbers. */
export interface Random {
  /** uniform in [0, 1) */
  uniform(): number;
  /** standard normal, by Box and Muller */
  normal(): number;
}

/**
 * A source that gives the same numbers for the same seed.
 *
 * @param seed a whole number, of which the lowest 32 bits count
 */
export function seededRandom(seed: number): Random {
  const uniform = mulberry32(seed);
  return { uniform, normal: standardNormal(uniform) };
}

/**
 * The seed of one thing among many, such as `seedOf(1, 'train', 'cnn', 17)`: 32 bits, by FNV-1a with a final mix.
 */
export function seedOf(seed: number, ...names: readonly (string | number)[]): number {
  checkNumber('seedOf', 'seed', seed, { least: Number.NEGATIVE_INFINITY });
  for (const name of names) if (typeof name !== 'number') checkText('seedOf', 'names', name);
  let hash = 0x811c9dc5;
  for (const letter of [seed, ...names].join('\n')) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A uniform number in [low, high).
 *
 * @throws LpipsError unless `random` is a source of random numbers
 */
export function between(random: Random, low: number, high: number): number {
  checkRandom('between', random);
  return low + (high - low) * random.uniform();
}

/**
 * A whole number from `low` to `high`, both included.
 *
 * @throws LpipsError unless `random` is a source of random numbers
 */
export function wholeBetween(random: Random, low: number, high: number): number {
  checkRandom('wholeBetween', random);
  return Math.floor(between(random, low, high + 1));
}

/**
 * One of `choices`, each with the same probability.
 *
 * @throws LpipsError if there is none, and for arguments of another kind
 */
export function choose<Choice>(random: Random, choices: readonly Choice[]): Choice {
  checkRandom('choose', random);
  checkArray('choose', 'choices', choices);
  const choice = choices[Math.floor(random.uniform() * choices.length)];
  if (choice === undefined) throw invalid('choose', 'at least one', 'choices', 'none');
  return choice;
}

/**
 * `items` in random order (Fisher and Yates).
 *
 * @throws LpipsError for arguments of another kind
 */
export function shuffle<Item>(random: Random, items: readonly Item[]): Item[] {
  checkRandom('shuffle', random);
  checkArray('shuffle', 'items', items);
  const rest = [...items];
  return items.flatMap(() => rest.splice(Math.floor(random.uniform() * rest.length), 1));
}
