/**
 * @module
 * The step that is recorded, and what JavaScript decides and draws in it.
 */
import { engine, type Variable } from '@tensorflow/tfjs-core';
import type { StepRecording } from './step-recorder.js';

/** Numbers that are decided at each step. */
export interface Decision {
  /** Whose numbers they are. It decides once in a step. */
  readonly owner: object;
  /** The numbers of the coming step, and what else must be as it was when the step was captured, compared by identity. */
  look(): Decided;
  /** Counts the step, once it is taken. */
  advance(): void;
}

interface Decided {
  readonly values: readonly number[];
  readonly conditions: readonly unknown[];
}

/** A decision, as it was taken during a recording. */
export interface RecordedDecision extends Decided {
  readonly decision: Decision;
  /** Which constant of the recording holds the numbers. */
  readonly constant: number;
}

/** Whole numbers that are drawn at each step. */
export interface Draw {
  /** Draws them anew. */
  draw(): readonly number[];
  /** All that reaches the backend of numbers that were drawn: tensors of int32, each as a list of its values. */
  tensorsOf(drawn: readonly number[]): readonly (readonly number[])[];
}

/** What was drawn during a recording. */
export interface RecordedDraw {
  readonly draw: Draw;
  readonly drawn: readonly number[];
}

/** A recording, and what was decided and drawn during it. */
export interface RecordedStep {
  readonly recording: StepRecording;
  readonly decisions: RecordedDecision[];
  readonly draws: RecordedDraw[];
  /** Variables in which decisions count their steps. No program updates them. */
  readonly counters: Set<Variable>;
}

/** The recording under way, where every copy of this package finds it. */
const UNDER_WAY = Symbol.for('tfjs-fused-training.recorded-step@1');

/** The recording under way, or undefined. */
export function stepUnderWay(): RecordedStep | undefined {
  return Reflect.get(engine(), UNDER_WAY) as RecordedStep | undefined;
}

/** Lets `stepUnderWay` find a recording; undefined ends that. */
export function setStepUnderWay(step: RecordedStep | undefined): void {
  Reflect.set(engine(), UNDER_WAY, step);
}
