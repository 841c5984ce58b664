/**
 * @module
 * The kinds of arguments for which a step is captured, each for itself: arguments of one kind differ in the values of their
 * tensors alone. A number is part of the kind, since JavaScript may decide by it what the step does.
 */
import { ShapeCapture } from './shape-capture.js';
import type { StepRecorder } from './step-recorder.js';
import type { TensorTree } from './tensor-tree.js';

/** So many kinds are captured at a time. */
export const MOST_KINDS = 8;
/** A kind that so many calls in a row did not have makes room for a new one, such as that of the next epoch. */
const IDLE_CALLS = 100;

interface Kind {
  readonly capture: ShapeCapture;
  /** The numbers among the arguments, by where they stand. */
  readonly numbers: ReadonlyMap<string, number>;
  lastCall: number;
}

export class ArgumentKinds {
  readonly #recorder: StepRecorder;
  /** The one that was not called for the longest time comes first. */
  readonly #kinds = new Map<string, Kind>();
  #calls = 0;

  constructor(recorder: StepRecorder) {
    this.#recorder = recorder;
  }

  /** The capture for arguments of this kind, or undefined where there is no room for another. */
  captureFor({ form, tensors, value }: TensorTree): ShapeCapture | undefined {
    this.#calls++;
    const key = [form, ...tensors.map(({ shape, dtype }) => `${dtype} ${shape.join()}`)].join(' ');
    const kind = this.#kinds.get(key) ?? this.#make(value);
    if (!kind) return undefined;
    kind.lastCall = this.#calls;
    this.#kinds.delete(key);
    this.#kinds.set(key, kind);
    return kind.capture;
  }

  /** Why there is no room for these arguments: a clause about how the kinds differ. */
  whyFull(value: unknown): string {
    const all = [...this.#kinds.values()].map(({ numbers }) => numbers);
    const [changing] = [...numbersIn(value)].find(([place, number]) => {
      const values = new Set([number, ...all.map((numbers) => numbers.get(place) ?? number)]);
      return values.size > MOST_KINDS;
    }) ?? [undefined];
    return changing === undefined
      ? 'they differ in shape, type or primitive values'
      : `the number ${changing} has had ${MOST_KINDS + 1} values`;
  }

  dispose(): void {
    for (const { capture } of this.#kinds.values()) capture.dispose();
    this.#kinds.clear();
  }

  #make(value: unknown): Kind | undefined {
    if (this.#kinds.size === MOST_KINDS && !this.#makeRoom()) return undefined;
    return { capture: new ShapeCapture(this.#recorder), numbers: numbersIn(value), lastCall: 0 };
  }

  #makeRoom(): boolean {
    for (const [key, { capture, lastCall }] of this.#kinds) {
      if (this.#calls - lastCall <= IDLE_CALLS) return false;
      capture.dispose();
      return this.#kinds.delete(key);
    }
    return false;
  }
}

/** The numbers in arrays and plain objects, by names such as `arguments[1].weight`. */
function numbersIn(value: unknown, place = 'arguments'): Map<string, number> {
  if (typeof value === 'number') return new Map([[place, value]]);
  if (typeof value !== 'object' || value === null) return new Map();
  const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  const items = isPlain ? Object.entries(value) : [];
  return new Map(
    items.flatMap(([name, item]) => [
      ...numbersIn(item, Array.isArray(value) ? `${place}[${name}]` : `${place}.${name}`),
    ]),
  );
}
