/**
 * @module
 * Whether TensorFlow's library runs on this machine's processor. On x64 all of it is compiled for AVX. A processor without
 * it, such as the one that many virtual machines are given by default, ends the process at the first such instruction.
 */
import { readFileSync } from 'node:fs';

/** @param cpuInfo what Linux says of the processor; default: /proc/cpuinfo. Undefined where the system does not tell. */
export function lacksAvx(cpuInfo = readCpuInfo()): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo ?? '')?.[1];
  return flags !== undefined && !flags.split(' ').includes('avx');
}

function readCpuInfo(): string | undefined {
  if (process.arch !== 'x64') return undefined;
  try {
    return readFileSync('/proc/cpuinfo', 'latin1');
  } catch {
    return undefined; // not Linux
  }
}
