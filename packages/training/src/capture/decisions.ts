/**
 * @module
 * Numbers that JavaScript decides anew at each step, such as a learning rate: they are inputs of a captured step, and are
 * decided for each run of it as they would be without the capture.
 */
import { engine } from '@tensorflow/tfjs-core';
import { type Decision, stepUnderWay } from './recorded-step.js';

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
    given.values.every((value, i) => Object.is(Math.fround(value), floats[i]));
  if (!isGiven) recording.refuse('has an optimizer whose numbers do not reach the backend as one tensor');
  if (decisions.some(({ decision: { owner } }) => owner === decision.owner)) {
    recording.refuse('takes two steps of one optimizer');
  }
  decisions.push({ decision, constant, ...decided });
  return result;
}

/** How many owners of decisions were made, where every copy of this package finds it. */
const OWNERS = Symbol.for('tfjs-fused-training.owners@1');

/** Counts an owner of decisions that was just made: a step may decide by it from now on, in the place of another. */
export function countOwner(): void {
  Reflect.set(engine(), OWNERS, ownersMade() + 1);
}

/** How many were counted. */
export function ownersMade(): number {
  return (Reflect.get(engine(), OWNERS) as number | undefined) ?? 0;
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
