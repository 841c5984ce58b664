/**
 * @module
 * Random numbers that nobody can foresee: by them sides are drawn, and which trials have a known answer.
 */
import { randomBytes } from 'node:crypto';
import { standardNormal } from 'lpips-core';
import type { Random } from 'lpips-pictures';

/** Uniform numbers of 32 bits, from the system's source of randomness, which are fetched a kilobyte at a time. */
function* uniformNumbers(): Generator<number, never> {
  for (;;) {
    const bytes = randomBytes(1024);
    for (let at = 0; at < bytes.length; at += 4) yield bytes.readUInt32LE(at) / 2 ** 32;
  }
}

const numbers = uniformNumbers();
const uniform = (): number => numbers.next().value;

/** The source. */
export const secretRandom: Random = { uniform, normal: standardNormal(uniform) };
