/**
 * @module
 * What a backend brings that can capture steps: it notes the operations that run, and makes a program of them that runs
 * them again. `capture-step.ts` decides what may be captured.
 */
import type { DataId, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

import { checkFunctions } from '../errors.js';

/** Where the tensor comes from that an operation takes or a step gives. */
export type Source =
  /** A result of an operation of the step. */
  | readonly [kind: 'operation', operation: number, output: number]
  /** Numbers that JavaScript gave during the step. */
  | readonly [kind: 'constant', constant: number]
  /** A tensor that was there before the step. */
  | readonly [kind: 'outside', index: number];

/** An operation that ran. */
export interface RecordedOperation {
  readonly name: string;
  /** The same text for the same attributes. */
  readonly attributes: string;
  readonly inputs: readonly Source[];
}

/** Numbers that JavaScript gave, copied. A truth value is a byte. */
export interface RecordedConstant {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** What ran during one step. */
export interface StepRecording {
  readonly operations: readonly RecordedOperation[];
  readonly constants: readonly RecordedConstant[];
  /** The tensors from outside that the step took, in the order of their first use. */
  readonly outside: readonly DataId[];
  /** The first thing that a program could not do again, as the end of a sentence that begins with "the step". */
  readonly obstacle: string | undefined;
  /** Notes something that a program could not do. */
  refuse(obstacle: string): void;
  /** Runs work of which nothing is noted. */
  pause<Result>(work: () => Result): Result;
  /** Where a tensor comes from, during the recording, or undefined where the backend does not know. */
  sourceOf(tensor: TensorInfo): Source | undefined;
  /** Ends the recording. */
  stop(): void;
  /** How many tensors that the step made are alive beside `kept`. */
  countOthers(kept: readonly DataId[]): number;
}

/** A recording as one operation. */
export interface StepProgram {
  /**
   * @param inputs data of a tensor for each of `inputs` of `compile`
   * @returns a tensor for each of `outputs`; the caller disposes
   * @throws Error where an operation fails
   */
  run(inputs: readonly DataId[]): Tensor[];
  dispose(): void;
}

/** The backend's part of the capture. */
export interface StepRecorder {
  /** Begins to note what runs. */
  start(): StepRecording;
  /**
   * Makes a program of a recording that has ended.
   *
   * @param inputs the constants and tensors from outside that are given at each call; all from outside are among them
   * @throws Error where the backend cannot, with the reason
   */
  compile(recording: StepRecording, inputs: readonly Source[], outputs: readonly Source[]): StepProgram;
}

/** Under which a backend has its recorder. The version rises with every change of the contract above. */
const RECORDER = Symbol.for('tfjs-fused-training.step-recorder@2');

/**
 * Gives a backend its recorder. Backends that can capture steps call this. The first recorder stays.
 *
 * @throws TrainingError for arguments of another kind
 */
export function registerStepRecorder(backend: KernelBackend, recorder: StepRecorder): void {
  checkFunctions('registerStepRecorder', 'backend', backend, ['write', 'disposeData']);
  checkFunctions('registerStepRecorder', 'recorder', recorder, ['start', 'compile']);
  if (!Reflect.has(backend, RECORDER)) Object.defineProperty(backend, RECORDER, { value: recorder });
}

/** The recorder of a backend, or undefined where it cannot capture steps. */
export function stepRecorderOf(backend: KernelBackend): StepRecorder | undefined {
  return Reflect.get(backend, RECORDER) as StepRecorder | undefined;
}
