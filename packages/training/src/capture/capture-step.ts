/**
 * @module
 * A training step as one operation. Most of what a small step costs beside its sums is JavaScript: the tape, and a call for each
 * operation. `captureStep` records the operations of a step on the backend, and then has the backend run them as one, or runs its
 * kernels alone. A step that would not compute the same, to the last bit, is refused and runs as it is.
 */
import { engine, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { cannot, invalid, isAsynchronous } from '../errors.js';
import { hasTrainingKernel, TRAINING_KERNELS } from '../training-kernels.js';
import { ArgumentKinds, MOST_KINDS } from './argument-kinds.js';
import { KernelRecorder } from './kernel-program.js';
import { areSame } from './observe-step.js';
import { type Decision, stepUnderWay } from './recorded-step.js';
import type { ShapeCapture } from './shape-capture.js';
import { registerStepRecorder, type StepRecorder, stepRecorderOf } from './step-recorder.js';
import { type TensorTree, tensorTree } from './tensor-tree.js';

/** Options of `captureStep`. */
export interface CaptureOptions {
  /** Called once, with a sentence, where the step cannot be captured. `null` = no warning. Default: the console. */
  readonly onWarning?: ((message: string) => void) | null;
}

/** A step that is captured. */
export interface CapturedStep<Arguments extends readonly unknown[], Result> {
  (...given: Arguments): Result;
  /** How many calls ran as captured. */
  readonly replays: number;
  /** Releases what was captured. A call afterwards is an error. */
  dispose(): void;
}

/** Backends without a recorder of their own whose kernels are functions of their inputs and attributes. */
const RECORDED_BY_KERNELS: ReadonlySet<string> = new Set(['wasm']);

/**
 * Makes a function that does what `step` does, as one operation where the current backend can: `tfjs-native` on the processor,
 * and WASM with `tfjs-wasm-kernels`, where the kernels of the step run without TensorFlow.js's engine between them. The first
 * calls run the step and record it. Once two recordings in a row agree, the step itself is no longer called, but for every hundredth time, and after
 * any variable or optimiser was made, when it is compared with what was captured. Results have the same bits.
 *
 * Before each call it sees whether a variable or an optimiser was made anywhere, and of what the step takes from outside whether a
 * tensor or variable was disposed, a variable was frozen or unfrozen, or the rule or the states of an optimiser were replaced: the
 * step then runs, and is recorded anew. It cannot see which variables the step would take if it ran. Where the step's own
 * function goes over to a model or an optimiser that was made before, and the one that it had lives on, the captured step keeps to
 * the old one, for up to a hundred calls until the next comparison. That ends the capture, with a warning that says so. Capture a
 * step of its own for each model, or dispose of the one that is no longer used.
 *
 * What changes from call to call must be an argument of the step, as a tensor, or a variable. Learning rates and other fields of
 * optimisers may change between calls. Primitive arguments, and the shapes and types of tensors, may be of up to eight kinds at a
 * time, of which each is captured for itself. So give a number that changes from call to call as a `tf.scalar`. A step that
 * reads values, draws random numbers, makes variables or keeps tensors cannot be captured: it runs as it is from then on, after
 * one warning.
 *
 * On other backends, in a gradient, and within another captured step, it runs as it is.
 *
 * @param step takes and returns tensors, in arrays and plain objects if wanted, and is not asynchronous. It runs in a
 *   `tidy`: what it makes and does not return is disposed
 * @returns the function; the caller disposes it, and the tensors that it returns
 * @throws TrainingError unless `step` is a function, and from the function for a promise as its result, and after `dispose`
 */
export function captureStep<Arguments extends readonly unknown[], Result>(
  step: (...given: Arguments) => Result,
  options: CaptureOptions = {},
): CapturedStep<Arguments, Result> {
  checkStep(step);
  const warn = warningOf(options);
  const capture = new StepCapture(step as (...given: readonly unknown[]) => unknown, warn);
  const captured = (...given: Arguments) => capture.run(given) as Result;
  return Object.defineProperties(captured, {
    replays: { get: () => capture.replays },
    dispose: { value: () => capture.dispose() },
  }) as CapturedStep<Arguments, Result>;
}

class StepCapture {
  readonly #step: (...given: readonly unknown[]) => unknown;
  readonly #warn: (message: string) => void;
  readonly #kinds = new Map<StepRecorder, ArgumentKinds>();
  /** Decisions that the step has taken, by their owner. */
  readonly #decisions = new Map<object, Decision>();
  replays = 0;
  #state: 'in use' | 'refused' | 'disposed' = 'in use';
  #hasTooMany = false;

  constructor(step: (...given: readonly unknown[]) => unknown, warn: (message: string) => void) {
    this.#step = step;
    this.#warn = warn;
  }

  run(given: readonly unknown[]): unknown {
    if (this.#state === 'disposed') {
      throw cannot('captureStep', 'run the step', 'it was disposed', 'Dispose of it after training.');
    }
    const step = () => checkResult(this.#step(...given));
    const tree = tensorTree(given);
    const shape = this.#captureFor(tree);
    if (!shape) return tidy(step as () => Tensor);
    const replayed = shape.replay(tree.tensors);
    if (!replayed) return this.#observe(shape, step, tree.tensors);
    this.replays++;
    return replayed.result;
  }

  dispose(): void {
    this.#state = 'disposed';
    this.#release();
  }

  /** The capture for arguments of this kind, or undefined where the step must run as it is. */
  #captureFor(tree: TensorTree): ShapeCapture | undefined {
    const { backend, backendName, state } = engine();
    if (RECORDED_BY_KERNELS.has(backendName)) {
      // Without the kernel no one has hooked the optimisers, whose numbers would be taken for constants.
      if (!hasTrainingKernel(TRAINING_KERNELS.optimizer)) return undefined;
      if (!stepRecorderOf(backend)) registerStepRecorder(backend, new KernelRecorder());
    }
    const recorder = stepRecorderOf(backend);
    if (!recorder || this.#state !== 'in use' || stepUnderWay() || state.gradientDepth > 0) return undefined;
    if (tree.form === undefined) {
      this.#refuse('takes arguments that are neither tensors nor primitive values');
      return undefined;
    }
    const kinds = this.#kinds.get(recorder) ?? new ArgumentKinds(recorder);
    this.#kinds.set(recorder, kinds);
    const capture = kinds.captureFor(tree);
    if (!capture && !this.#hasTooMany) {
      this.#hasTooMany = true;
      const what = `capture more than ${MOST_KINDS} kinds of arguments at a time`;
      const advice = 'Give numbers that change as tensors, such as tf.scalar(x).';
      this.#warn(cannot('captureStep', what, kinds.whyFull(tree.value), advice).message);
    }
    return capture;
  }

  #observe(shape: ShapeCapture, step: () => unknown, tensors: readonly Tensor[]): unknown {
    const expected = new Map(
      [...this.#decisions].map(([owner, decision]) => [owner, decision.look().values]),
    );
    const { decisions, result } = shape.observe(step, tensors);
    for (const { decision, values } of decisions) {
      // A program would not change them.
      const changes = !areSame(values, expected.get(decision.owner) ?? values);
      if (changes) shape.refuse('changes the fields of its optimizer');
      this.#decisions.set(decision.owner, decision);
    }
    if (shape.refusal) this.#refuse(shape.refusal.reason, shape.refusal.unchecked);
    return result.value;
  }

  #refuse(reason: string, unchecked = 0): void {
    this.#state = 'refused';
    this.#release();
    const doubt =
      unchecked > 0
        ? `In up to ${unchecked} calls before this one it may have computed something else. `
        : '';
    this.#warn(cannot('captureStep', 'capture the step', `it ${reason}`, doubt + ADVICE).message);
  }

  #release(): void {
    for (const kinds of this.#kinds.values()) kinds.dispose();
    this.#kinds.clear();
    this.#decisions.clear();
  }
}

const ADVICE =
  'It runs operation by operation from now on. What changes must be a tensor among its arguments, and what is read must be returned.';

function checkStep(step: unknown): void {
  if (typeof step === 'function' && !isAsynchronous(step)) return;
  throw invalid('captureStep', 'a synchronous function', 'step', step, 'Read values outside of it.');
}

function checkResult(result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  throw invalid('captureStep', 'tensors', 'the result of the step', result, 'Read values outside of it.');
}

function warningOf(options: CaptureOptions): (message: string) => void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(
      'captureStep',
      'an object',
      'options',
      options,
      'Write captureStep(step, { onWarning: null }).',
    );
  }
  const odd = Object.keys(options).find((name) => name !== 'onWarning');
  if (odd !== undefined)
    throw invalid('captureStep', 'onWarning', 'the name of an option', odd, 'Leave it out.');
  const { onWarning = warnOnConsole } = options;
  if (onWarning === null) return () => {};
  if (typeof onWarning === 'function') return onWarning;
  throw invalid('captureStep', 'a function or null', 'onWarning', onWarning, 'null silences the warning.');
}

function warnOnConsole(message: string): void {
  // biome-ignore lint/suspicious/noConsole: a step that stays slow says so, once, and an option silences it
  console.warn(message);
}
