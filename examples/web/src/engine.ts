/**
 * @module
 * The workers, as objects whose methods answer later.
 */
import { type Remote, wrap } from 'comlink';
import type { Engine } from './worker/engine.js';
import type { Trainer } from './worker/trainer.js';

export type RemoteEngine = Remote<Engine>;
export type RemoteTrainer = Remote<Trainer>;

/** Called when a worker has failed and will not answer, with the reason. */
type OnFault = (reason: string) => void;

/** Starts the worker that measures. */
export function startEngine(onFault: OnFault): RemoteEngine {
  return wrap<Engine>(start('engine', onFault));
}

/** Starts the worker that trains. */
export function startTrainer(onFault: OnFault): RemoteTrainer {
  return wrap<Trainer>(start('trainer', onFault));
}

function start(name: string, onFault: OnFault): Worker {
  const worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name });
  worker.addEventListener('error', ({ message }) => {
    // There is no message where the script could not be loaded.
    const reason = message || 'its script could not be loaded';
    onFault(`The part of this page that computes has failed: ${reason}. Load the page again.`);
  });
  return worker;
}
