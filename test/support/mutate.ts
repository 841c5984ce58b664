/**
 * @module
 * Seeded mutations of whole files, for tests of readers. `npm run fuzz` mutates for ten minutes a test, or
 * LPIPS_FUZZ_SECONDS, from LPIPS_FUZZ_SEED.
 */
import { at, mulberry32 } from 'lpips-core';

/** How long a suite mutates. */
const FUZZ_SECONDS = Number(process.env['LPIPS_FUZZ_SECONDS'] ?? 2);
export const FUZZ_SEED = Number(process.env['LPIPS_FUZZ_SEED'] ?? 1);
/** As many at least, however slow the machine is. */
const LEAST_MUTATIONS = 50;
/** What a test may take, in milliseconds. */
export const FUZZ_TIMEOUT_MS = 1000 * FUZZ_SECONDS + 120_000;

/** Mutations of the files by turns, for a share of the time. */
export function* mutations(files: readonly Uint8Array[], share = 1): Generator<Uint8Array<ArrayBuffer>> {
  const random = mulberry32(FUZZ_SEED);
  const end = performance.now() + 1000 * share * FUZZ_SECONDS;
  for (let count = 0; count < LEAST_MUTATIONS || performance.now() < end; count++) {
    yield mutate(at(files, count % files.length), random);
  }
}

/**
 * A copy with a few bytes changed, moved, repeated or cut off.
 *
 * @param random numbers in [0, 1)
 */
function mutate(file: Uint8Array, random: () => number): Uint8Array<ArrayBuffer> {
  const below = (count: number) => Math.floor(random() * count);
  let bytes = new Uint8Array(file);
  for (let changes = 1 + below(4); changes > 0 && bytes.length > 1; changes--) {
    const [from, to] = [below(bytes.length), below(bytes.length)];
    const length = 1 + below(Math.min(16, bytes.length - Math.max(from, to)));
    const kind = below(6);
    if (kind === 0) bytes[from] = below(256);
    else if (kind === 1) bytes[from] = at(bytes, from) ^ (1 << below(8));
    else if (kind === 2) bytes.fill(random() < 0.5 ? 0xff : 0, from, from + length);
    else if (kind === 3) bytes.copyWithin(to, from, from + length);
    else if (kind === 4) bytes = bytes.slice(0, from);
    else {
      const parts = [bytes.subarray(0, to), bytes.subarray(from, from + length), bytes.subarray(to)];
      bytes = new Uint8Array(Buffer.concat(parts));
    }
  }
  return bytes;
}
