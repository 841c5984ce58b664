/**
 * @module
 * The capture of a step for arguments of one shape. The step runs and is recorded until two recordings in a row agree. From then
 * on a program runs in its place.
 */
import { dispose, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { ownersMade } from './decisions.js';
import { type DrawnConstant, drawnConstants } from './draws.js';
import { heldBy, stillHolding, variablesMade } from './holders.js';
import { areSame, differenceOf, type ObservedStep, observeStep } from './observe-step.js';
import type { Source, StepProgram, StepRecorder } from './step-recorder.js';

/** After so many recordings that are of no use, no more are made. The first steps make the states of an optimiser. */
const MOST_FAILURES = 3;
/** Every so many steps the step itself runs, and is compared with what was captured. */
const CHECK_EVERY = 100;

/** A step that cannot be captured. */
export interface Refusal {
  /** The end of a sentence that begins with "it". */
  readonly reason: string;
  /** Steps that ran as captured since the step was last looked at. */
  readonly unchecked: number;
}

export class ShapeCapture {
  readonly #recorder: StepRecorder;
  #last: ObservedStep | undefined;
  #program: StepProgram | undefined;
  /** The constants of the program that hold what is drawn. */
  #drawn: readonly DrawnConstant[] = [];
  #failures = 0;
  #unchecked = 0;
  /** Of the time when the step was last looked at. */
  #made: readonly unknown[] = [];
  refusal: Refusal | undefined;

  constructor(recorder: StepRecorder) {
    this.#recorder = recorder;
  }

  /**
   * Runs the program, where there is one and it would do what the step would.
   *
   * @returns what the step would return, or undefined where the step must run
   */
  replay(tensors: readonly Tensor[]): { readonly result: unknown } | undefined {
    const [program, observed] = [this.#program, this.#last];
    if (!program || !observed || this.#unchecked === CHECK_EVERY) return undefined;
    const { decisions, draws, holders, trainable, disposed, updates, result } = observed;
    // A model or an optimiser may have been made, and stand in the place of the one that was captured.
    if (!areSame(madeSoFar(), this.#made)) return undefined;
    const decided = decisions.map(({ decision }) => decision.look());
    if (!decided.every(({ conditions }, i) => areSame(conditions, decisions[i]?.conditions ?? [])))
      return undefined;
    const held = holders.flatMap((each) => heldBy(each, tensors) ?? []);
    if (held.length < holders.length) return undefined;
    if (updates.some(({ isDisposed }) => isDisposed)) return undefined;
    if ([...trainable].some(([variable, wasTrainable]) => variable.trainable !== wasTrainable))
      return undefined;
    const tensorsOfDraws = draws.map(({ draw }) => draw.tensorsOf(draw.draw()));
    const numbers = [
      ...decided.map(({ values }) => tensor1d([...values], 'float32')),
      ...this.#drawn.map((each) =>
        tensor([...(tensorsOfDraws[each.draw]?.[each.tensor] ?? [])], [...each.shape], 'int32'),
      ),
    ];
    try {
      const outputs = program.run([...numbers.map(({ dataId }) => dataId), ...held]);
      for (const [index, variable] of updates.entries()) {
        const value = outputs[index];
        if (value) variable.assign(value);
      }
      dispose(outputs.slice(0, updates.length));
      dispose(disposed.flatMap((index) => tensors[index] ?? []));
      for (const { decision } of decisions) decision.advance();
      this.#unchecked++;
      this.#failures = 0;
      return { result: result.rebuild(outputs.slice(updates.length)) };
    } finally {
      dispose(numbers);
    }
  }

  /** Runs the step, and records it. */
  observe(step: () => unknown, tensors: readonly Tensor[]): ObservedStep {
    const observed = observeStep(step, tensors, this.#recorder);
    const last = this.#last?.recording.obstacle === undefined ? this.#last : undefined;
    const { obstacle } = observed.recording;
    const drawn = last && drawnConstants(last, observed);
    const reason = obstacle ?? (last && drawn && differenceOf(last, observed, drawn));
    if (reason !== undefined) this.#fail(reason);
    else if (last && drawn) this.#accept(observed, last, drawn);
    if (!this.#program && !this.refusal) this.#last = observed;
    this.#unchecked = 0;
    this.#made = madeSoFar();
    return observed;
  }

  /** Ends the capture: the step runs from now on. */
  refuse(reason: string): void {
    this.refusal = { reason, unchecked: this.#unchecked };
    this.dispose();
  }

  dispose(): void {
    this.#program?.dispose();
    this.#program = undefined;
    this.#last = undefined;
  }

  #fail(reason: string): void {
    const isCheck = this.#unchecked === CHECK_EVERY;
    if (isCheck || ++this.#failures === MOST_FAILURES) this.refuse(reason);
    this.#program?.dispose();
    this.#program = undefined;
  }

  /** Makes a program of a step that does what the last one did, where there is none. */
  #accept(observed: ObservedStep, last: ObservedStep, drawn: readonly DrawnConstant[]): void {
    const holders = observed.holders.map((now, i) => stillHolding(last.holders[i] ?? [], now));
    this.#last = { ...observed, holders };
    if (this.#program) return;
    this.#drawn = drawn;
    const inputs: Source[] = [
      ...[...observed.decisions, ...drawn].map(({ constant }): Source => ['constant', constant]),
      ...holders.map((_, index): Source => ['outside', index]),
    ];
    try {
      this.#program = this.#recorder.compile(observed.recording, inputs, observed.outputs);
    } catch (error) {
      this.refuse(
        `is not a function of this backend (${error instanceof Error ? error.message : String(error)})`,
      );
    }
  }
}

/** Another after a variable or an optimiser was made. */
function madeSoFar(): readonly unknown[] {
  return [...variablesMade(), ownersMade()];
}
