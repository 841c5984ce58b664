/**
 * @module
 * What a benchmark was run on, in words.
 */
import { cpus } from 'node:os';
import { threadsInUse } from 'tfjs-wasm-kernels';

/** Processor, cores and version of Node.js. */
export function describeMachine(): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? 'unknown processor';
  return `${model}, ${cores.length} cores; Node ${process.version}`;
}

/** A backend with the number of its threads. */
export function describeBackend(name: string): string {
  if (name === 'tensorflow') return `backend ${name}, all cores`;
  const threads = name === 'wasm' ? threadsInUse() : 1;
  return `backend ${name}, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
}
