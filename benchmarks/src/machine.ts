/**
 * @module
 * What a benchmark was run on.
 */
import { cpus, release, totalmem } from 'node:os';
import { threadsInUse } from 'tfjs-wasm-kernels';

/** A machine, as far as it decides how long work takes. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Operating system, its release and the architecture: `linux 6.8.0, x64`. */
  readonly system: string;
  /** Version of Node.js, with its v. */
  readonly node: string;
}

/** The machine of this process. */
export function thisMachine(): Machine {
  const cores = cpus();
  return {
    processor: cores[0]?.model.trim() ?? 'unknown processor',
    cores: cores.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()}, ${process.arch}`,
    node: process.version,
  };
}

/** Processor, cores and version of Node.js, in words. */
export function describeMachine({ processor, cores, node }: Machine = thisMachine()): string {
  return `${processor}, ${cores} cores; Node ${node}`;
}

/** A backend with the number of its threads. */
export function describeBackend(name: string): string {
  if (name === 'tensorflow') return `backend ${name}, all cores`;
  const threads = name === 'wasm' ? threadsInUse() : 1;
  return `backend ${name}, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
}
