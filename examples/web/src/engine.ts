/**
 * @module
 * The workers, as objects whose methods answer later.
 */
import { type Remote, wrap } from 'comlink';
import type { Engine } from './worker/engine.js';
import type { Trainer } from './worker/trainer.js';

export type RemoteEngine = Remote<Engine>;
export type RemoteTrainer = Remote<Trainer>;

/** Starts the worker that measures. */
export function startEngine(): RemoteEngine {
  return wrap<Engine>(start('engine'));
}

/** Starts the worker that trains. */
export function startTrainer(): RemoteTrainer {
  return wrap<Trainer>(start('trainer'));
}

function start(name: string): Worker {
  return new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name });
}
