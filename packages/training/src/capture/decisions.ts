/**
 * @module
 * Numbers that JavaScript decides anew at each step, such as a learning rate: they are inputs of a captured step, and are
 * decided for each run of it as they would be without the capture.
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

/** A recording, and the decisions that were taken during it. */
export interface RecordedStep {
  readonly recording: StepRecording;
  readonly decisions: RecordedDecision[];
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

/** Notes that the step under way, if one is recorded, cannot be captured. */
export function refuseCapture(obstacle: string): void {
  stepUnderWay()?.recording.refuse(obstacle);
}

/**
 * Computes with the numbers of a decision. If a step is recorded, its program will take them as an input.
 *
 * @param compute gives the backend exactly one tensor of its own, which holds the numbers in float32
 */
export function decide<Result>(decision: Decision, compute: (values: readonly number[]) => Result): Result {
  const step = stepUnderWay();
  if (!step) return compute(decision.look().values);
  const { recording, decisions } = step;
  const decided = recording.pause(() => decision.look());
  const constant = recording.constants.length;
  const result = compute(decided.values);
  const [given, ...others] = recording.constants.slice(constant);
  const floats = Float32Array.from(decided.values);
  const isGiven =
    others.length === 0 &&
    given?.values.length === floats.length &&
    given.values.every((value, i) => Object.is(value, floats[i]));
  if (!isGiven) recording.refuse('has an optimizer whose numbers do not reach the backend as one tensor');
  if (decisions.some(({ decision: { owner } }) => owner === decision.owner)) {
    recording.refuse('takes two steps of one optimizer');
  }
  decisions.push({ decision, constant, ...decided });
  return result;
}

/** Counts the step of a decision, of which a program has no part. */
export function advance(decision: Decision): void {
  const step = stepUnderWay();
  if (!step) {
    decision.advance();
    return;
  }
  const variables = Object.values(engine().registeredVariables);
  const before = variables.map(({ dataId }) => dataId);
  step.recording.pause(() => decision.advance());
  for (const [i, variable] of variables.entries()) {
    if (variable.dataId !== before[i]) step.counters.add(variable);
  }
}
