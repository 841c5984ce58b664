/**
 * @module
 * Seeded random numbers (mulberry32), so that every run makes the same pictures, and seeds of one's own for each of
 * them, so that none depends on how many came before.
 */

export interface Random {
  /** uniform in [0, 1) */
  uniform(): number;
  /** standard normal, by Box and Muller */
  normal(): number;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/**
 * The seed of one thing among many, such as `seedOf(1, 'train', 'cnn', 17)`: 32 bits, by FNV-1a with a final mix.
 */
export function seedOf(seed: number, ...names: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const letter of [seed, ...names].join('\n')) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** A whole number from `low` to `high`, both included. */
export function wholeBetween(random: Random, low: number, high: number): number {
  return Math.floor(between(random, low, high + 1));
}

/** One of `choices`. */
export function choose<Choice>(random: Random, choices: readonly Choice[]): Choice {
  const choice = choices[Math.floor(random.uniform() * choices.length)];
  if (choice === undefined) throw new RangeError('choose: expected at least one choice');
  return choice;
}

/** `items` in random order (Fisher and Yates). */
export function shuffle<Item>(random: Random, items: readonly Item[]): Item[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(Math.floor(random.uniform() * rest.length), 1));
}
