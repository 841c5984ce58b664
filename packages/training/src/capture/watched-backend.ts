/**
 * @module
 * What every recording does with its backend: it sees what JavaScript writes and reads, and puts everything back at the end.
 */
import type { DataId, DataType, KernelBackend } from '@tensorflow/tfjs-core';
import { checkFunctions } from '../errors.js';

/** Methods that are watched on every backend. */
const WATCHED = ['write', 'read', 'readSync'] as const;

/** A backend whose writing and reading are seen from the construction on, until `stop`. */
export abstract class WatchedBackend<Backend extends KernelBackend = KernelBackend> {
  /** The first thing that a program could not do again, as the end of a sentence that begins with "the step". */
  obstacle: string | undefined;
  protected readonly backend: Backend;
  protected isPaused = false;
  /** What stood in the backend under each of these names; undefined where only its class has it. */
  readonly #before: readonly (readonly [name: string, property: PropertyDescriptor | undefined])[];

  /**
   * @param others names of further properties that the recording replaces
   * @throws TrainingError unless `backend` is one
   */
  protected constructor(backend: Backend, others: readonly string[] = []) {
    checkFunctions('WatchedBackend', 'backend', backend, WATCHED);
    this.backend = backend;
    const names = [...WATCHED, ...others];
    this.#before = names.map((name) => [name, Object.getOwnPropertyDescriptor(backend, name)]);
    const [write, read, readSync] = [
      backend.write.bind(backend),
      backend.read.bind(backend),
      backend.readSync.bind(backend),
    ];
    backend.write = (values, shape, dtype) => {
      const dataId = write(values, shape, dtype);
      if (!this.isPaused) this.noteWriting(dataId, values, dtype);
      return dataId;
    };
    backend.read = (dataId) => {
      if (!this.isPaused) this.noteReading();
      return read(dataId);
    };
    backend.readSync = (...given) => {
      if (!this.isPaused) this.noteReading();
      return readSync(...given);
    };
  }

  /** Called after JavaScript gave values for new data. */
  protected abstract noteWriting(dataId: DataId, values: unknown, dtype: DataType): void;

  /** Called before values are read. */
  protected abstract noteReading(): void;

  refuse(obstacle: string): void {
    this.obstacle ??= obstacle;
  }

  pause<Result>(work: () => Result): Result {
    const wasPaused = this.isPaused;
    this.isPaused = true;
    try {
      return work();
    } finally {
      this.isPaused = wasPaused;
    }
  }

  stop(): void {
    for (const [name, property] of this.#before) {
      if (property) Object.defineProperty(this.backend, name, property);
      else Reflect.deleteProperty(this.backend, name);
    }
  }
}
