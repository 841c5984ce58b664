/**
 * @module
 * What of a processor decides the last bits of a result: the widest vectors that it has. Libraries choose their kernels by
 * them, and sums over vectors of another width round differently.
 */
import { readFileSync } from 'node:fs';

/** Widest first. */
const VECTORS = ['avx512f', 'avx2', 'avx', 'sse4_2'] as const;

let known: string | undefined;

/** Architecture and vectors of this machine's processor, such as `x64 avx512f`; the architecture alone where Linux does not tell. */
export function processorName(): string {
  known ??= [process.arch, widestVectors()].filter((word) => word !== undefined).join(' ');
  return known;
}

function widestVectors(): string | undefined {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1]?.split(' ') ?? [];
    return VECTORS.find((vectors) => flags.includes(vectors));
  } catch {
    return undefined; // not Linux
  }
}
