/**
 * @module
 * What a benchmark was run on, in words.
 */
import { cpus } from 'node:os';

/** Processor, cores and version of Node.js. */
export function describeMachine(): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? 'unknown processor';
  return `${model}, ${cores.length} cores; Node ${process.version}`;
}

/** A backend with the number of its threads. */
export function describeBackend(name: string): string {
  return `backend ${name}, ${name === 'tensorflow' ? 'all cores' : '1 thread'}`;
}
