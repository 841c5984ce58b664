/**
 * @module
 * What this machine's processor has. On x64 all of TensorFlow's library is compiled for AVX. A processor without it, such as the one
 * that many virtual machines are given by default, ends the process at the first such instruction.
 */
import { readFileSync } from 'node:fs';

/** Whether it is known that TensorFlow's library does not run. */
export function lacksAvx(): boolean {
  return processorFlags()?.includes('avx') === false;
}

/** Whether it is known that registers hold 16 numbers. */
export function hasAvx512(): boolean {
  return processorFlags()?.includes('avx512f') === true;
}

/** Undefined where the system does not tell, or the processor is of another kind. */
function processorFlags(): string[] | undefined {
  return /^flags\s*:(.*)$/m.exec(readCpuInfo() ?? '')?.[1]?.split(' ');
}

function readCpuInfo(): string | undefined {
  if (process.arch !== 'x64') return undefined;
  try {
    return readFileSync('/proc/cpuinfo', 'latin1');
  } catch {
    return undefined; // not Linux
  }
}
