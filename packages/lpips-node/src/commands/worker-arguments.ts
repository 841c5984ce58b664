/**
 * @module
 * The option `--workers`.
 */
import type { Argv } from 'yargs';
import type { BackendName } from '../backends/candidates.js';
import { UsageError } from '../command-line/exit-code.js';
import { workersOption } from '../command-line/numbers.js';
import { takesWorkers } from '../workers/plan-workers.js';

/** Value of `--workers`. */
export interface WorkerArguments {
  readonly workers: number | undefined;
}

/** Adds `--workers` to a command. */
export function workerOptions<Options>(parser: Argv<Options>) {
  return parser.option('workers', {
    describe: 'threads on wasm and cpu (default: as many as there are cores)',
    string: true,
    requiresArg: true,
    coerce: workersOption,
  });
}

/** @throws UsageError where several workers are asked for on a backend that uses every core by itself, or computes on a GPU */
export function checkWorkers(requested: number | undefined, backend: BackendName): void {
  if (requested === undefined || requested === 1 || takesWorkers(backend)) return;
  const why = backend === 'webgpu' ? 'it computes on one device' : 'it uses every core by itself';
  throw new UsageError(
    `cannot start ${requested} workers on ${backend}: ${why}. ` +
      'Leave --workers out, or add --backend wasm.',
  );
}
