/**
 * @module
 * One step, run operation by operation while it is recorded, and what it comes to: what it takes from outside, which variables
 * it updates, and what it gives.
 */
import { type DataId, engine, type Tensor, tidy, Variable } from '@tensorflow/tfjs-core';
import type { DrawnConstant } from './draws.js';
import { type Holder, holdersNow, stillHolding, trainableAmong } from './holders.js';
import {
  type RecordedDecision,
  type RecordedDraw,
  type RecordedStep,
  setStepUnderWay,
} from './recorded-step.js';
import type { Source, StepRecorder, StepRecording } from './step-recorder.js';
import { type TensorTree, tensorTree } from './tensor-tree.js';

/** What a step came to. */
export interface ObservedStep {
  readonly recording: StepRecording;
  readonly decisions: readonly RecordedDecision[];
  readonly draws: readonly RecordedDraw[];
  /** Who holds each tensor from outside. */
  readonly holders: readonly (readonly Holder[])[];
  /** Whether the variables among them were trainable. */
  readonly trainable: ReadonlyMap<Variable, boolean>;
  /** The arguments of which the step disposes. */
  readonly disposed: readonly number[];
  /** The variables that the step updates. */
  readonly updates: readonly Variable[];
  readonly result: TensorTree;
  /** Where the values of `updates` come from, and then the tensors of `result`. */
  readonly outputs: readonly Source[];
}

/**
 * Runs a step and records it.
 *
 * @param tensors its arguments
 */
export function observeStep(
  step: () => unknown,
  tensors: readonly Tensor[],
  recorder: StepRecorder,
): ObservedStep {
  const holdersOf = holdersNow(tensors);
  const before = variablesNow();
  const assignments = watchAssignments(before.keys());
  const alive = [...tensors.keys()].filter((index) => tensors[index]?.isDisposed === false);
  const recording = recorder.start();
  const underWay: RecordedStep = { recording, decisions: [], draws: [], counters: new Set() };
  setStepUnderWay(underWay);
  try {
    const given = tidy(() => step() as Tensor);
    setStepUnderWay(undefined);
    const result = tensorTree(given);
    const after = variablesNow();
    if ([...after.keys()].some((variable) => !before.has(variable))) recording.refuse('makes a variable');
    if ([...before.keys()].some((variable) => !after.has(variable)))
      recording.refuse('disposes of a variable');
    const updates = [...after.keys()].filter(
      (variable) => assignments.assigned.has(variable) && !underWay.counters.has(variable),
    );
    const outputs = [...updates, ...result.tensors]
      .map((tensor) => recording.sourceOf(tensor))
      .filter((source) => source !== undefined);
    checkResult(result, outputs.slice(updates.length), recording);
    if (outputs.length < updates.length + result.tensors.length)
      recording.refuse('gives a tensor of another backend');
    if (recording.countOthers([...updates, ...result.tensors].map(({ dataId }) => dataId)) > 0) {
      recording.refuse('keeps a tensor that it does not return');
    }
    const holders = recording.outside.map(holdersOf);
    return {
      recording,
      decisions: underWay.decisions,
      draws: underWay.draws,
      holders,
      trainable: trainableAmong(holders),
      disposed: alive.filter((index) => tensors[index]?.isDisposed),
      updates,
      result,
      outputs,
    };
  } finally {
    setStepUnderWay(undefined);
    assignments.stop();
    recording.stop();
  }
}

/** Notes which variables are assigned a value, be it the one that they have: a later step may assign another one. */
function watchAssignments(variables: Iterable<Variable>): {
  readonly assigned: ReadonlySet<Variable>;
  readonly stop: () => void;
} {
  const assigned = new Set<Variable>();
  type Assign = (this: Variable, value: Tensor) => void;
  const prototypes = new Set(
    [...variables].map((variable) => Object.getPrototypeOf(variable) as { assign: Assign }),
  );
  const before = [...prototypes].map((each) => [each, each.assign] as const);
  for (const [prototype, assign] of before) {
    prototype.assign = function watched(value) {
      assign.call(this, value);
      assigned.add(this);
    };
  }
  return {
    assigned,
    stop() {
      for (const [prototype, assign] of before) prototype.assign = assign;
    },
  };
}

function checkResult(
  { tensors, form }: TensorTree,
  sources: readonly Source[],
  recording: StepRecording,
): void {
  if (form === undefined) recording.refuse('returns something other than tensors');
  const isOutside =
    sources.some(([kind]) => kind === 'outside') || tensors.some((each) => each instanceof Variable);
  if (isOutside) recording.refuse('returns a tensor that it did not make');
}

function variablesNow(): Map<Variable, DataId> {
  return new Map(Object.values(engine().registeredVariables).map((variable) => [variable, variable.dataId]));
}

/**
 * How two steps differ, beyond numbers that are decided at each step, as the end of a sentence that begins with "the step";
 * undefined where a program of one does what the other did.
 *
 * @param drawn the constants that hold what was drawn
 */
export function differenceOf(
  before: ObservedStep,
  now: ObservedStep,
  drawn: readonly DrawnConstant[],
): string | undefined {
  const given = new Set([...now.decisions, ...drawn].map(({ constant }) => constant));
  return (
    differenceOfOperations(before.recording, now.recording) ??
    differenceOfConstants(before.recording, now.recording, given) ??
    differenceOfDecisions(before, now) ??
    differenceOfTensors(before, now)
  );
}

function differenceOfOperations(before: StepRecording, now: StepRecording): string | undefined {
  if (before.operations.length !== now.operations.length) return 'does not run the same operations each time';
  for (const [index, operation] of now.operations.entries()) {
    const other = before.operations[index];
    if (operation.name !== other?.name) return 'does not run the same operations each time';
    if (operation.attributes !== other.attributes)
      return `gives ${operation.name} other attributes each time`;
    if (operation.inputs.join(' ') !== other.inputs.join(' '))
      return `gives ${operation.name} other inputs each time`;
  }
  return undefined;
}

/** @param given constants that may differ */
function differenceOfConstants(
  before: StepRecording,
  now: StepRecording,
  given: ReadonlySet<number>,
): string | undefined {
  const index = now.constants.findIndex((constant, i) => {
    const other = before.constants[i];
    if (constant.shape.join() !== other?.shape.join()) return true;
    return !given.has(i) && !haveSameBits(constant.values, other.values);
  });
  if (index < 0) return undefined;
  const user = now.operations.find(({ inputs }) =>
    inputs.some((input) => input.join() === `constant,${index}`),
  );
  return `takes numbers of JavaScript that change${user ? `, in ${user.name}` : ''}`;
}

function haveSameBits(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const others = bytesOf(b);
  return a.byteLength === b.byteLength && bytesOf(a).every((byte, i) => byte === others[i]);
}

function differenceOfDecisions(before: ObservedStep, now: ObservedStep): string | undefined {
  const draws = ({ draws: all }: ObservedStep) => all.map(({ draw }) => draw);
  if (!areSame(draws(before), draws(now))) return 'does not draw the same numbers each time';
  const isSame =
    before.decisions.length === now.decisions.length &&
    now.decisions.every(({ decision, constant, conditions }, i) => {
      const other = before.decisions[i];
      return (
        other?.decision.owner === decision.owner &&
        other.constant === constant &&
        areSame(other.conditions, conditions)
      );
    });
  return isSame ? undefined : 'has an optimizer whose rule or states are replaced';
}

function differenceOfTensors(before: ObservedStep, now: ObservedStep): string | undefined {
  const isGone = now.holders.some(
    (holders, i) => stillHolding(before.holders[i] ?? [], holders).length === 0,
  );
  if (isGone) return 'takes another tensor from outside each time';
  const isSame =
    areSame(before.updates, now.updates) &&
    areSame(before.disposed, now.disposed) &&
    before.outputs.join(' ') === now.outputs.join(' ') &&
    before.result.form === now.result.form;
  return isSame
    ? undefined
    : 'does not update the same variables, dispose of the same arguments or return the same each time';
}

/** Whether two lists hold the same things. */
export function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, i) => Object.is(each, b[i]));
}
