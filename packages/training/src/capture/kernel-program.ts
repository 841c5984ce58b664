/**
 * @module
 * A recorded step as a list of kernels, which run one after the other without the engine: no tape, no scopes, and a result that
 * no later kernel takes is released at once.
 */
import {
  type DataId,
  engine,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  keep,
  type NamedTensorInfoMap,
  Tensor,
  type TensorInfo,
  tensor,
  util,
} from '@tensorflow/tfjs-core';
import { type KernelOperation, KernelRecording } from './kernel-recording.js';
import type { Source, StepProgram, StepRecorder, StepRecording } from './step-recorder.js';

/** Captures steps on a backend whose kernels can run without the engine. */
export class KernelRecorder implements StepRecorder {
  start(): KernelRecording {
    return new KernelRecording();
  }

  compile(recording: StepRecording, inputs: readonly Source[], outputs: readonly Source[]): StepProgram {
    if (!(recording instanceof KernelRecording)) throw new Error('the recording is of another backend');
    return new KernelProgram(recording, inputs, outputs);
  }
}

/** A kernel, ready to run. The values of a run have places in a list. */
interface Call {
  readonly operation: KernelOperation;
  readonly kernel: KernelFunc;
  readonly inputs: readonly number[];
  /** Attributes whose numbers a run is given as a tensor. */
  readonly numbers: readonly (readonly [attribute: string, place: number])[];
  /** Place of the first result; the others follow. */
  readonly firstResult: number;
  /** Places of results that no later kernel takes. */
  readonly released: readonly number[];
}

class KernelProgram implements StepProgram {
  readonly #backend: KernelBackend;
  readonly #calls: readonly Call[];
  /** Places of the inputs, and their shapes and types. */
  readonly #inputs: readonly (readonly [place: number, kind: Kind])[];
  /** What every run takes. */
  readonly #constants: readonly (readonly [place: number, tensor: Tensor])[];
  readonly #outputs: readonly number[];

  constructor(recording: KernelRecording, inputs: readonly Source[], outputs: readonly Source[]) {
    const { backend, backendName } = engine();
    const { operations, constants, outsideTensors } = recording;
    const places = new Map<string, number>();
    const placeOf = (source: Source) => {
      const key = source.join();
      const place = places.get(key) ?? places.size;
      places.set(key, place);
      return place;
    };
    this.#backend = backend;
    this.#inputs = inputs.map((source) => {
      const { shape, dtype } =
        (source[0] === 'constant' ? constants : outsideTensors)[source[1]] ?? missing();
      return [placeOf(source), { shape: [...shape], dtype }];
    });
    const given = new Set(places.keys());
    const needed = neededFor(outputs, operations);
    const calls = [...operations.entries()].flatMap(([index, operation]) => {
      if (!needed.has(index)) return [];
      const kernel = getKernel(operation.name, backendName)?.kernelFunc;
      if (!kernel) throw new Error(`${operation.name} is no longer registered`);
      const taken = operation.given.map(({ source }) => placeOf(source));
      const numbers = operation.numbers
        .map(([attribute, constant]) => [attribute, `constant,${constant}`] as const)
        .filter(([, source]) => given.has(source))
        .map(([attribute, source]) => [attribute, places.get(source) ?? 0] as const);
      const [firstResult = 0] = Array.from({ length: operation.results }, (_, i) =>
        placeOf(['operation', index, i]),
      );
      return [{ operation, kernel, inputs: taken, numbers, firstResult, released: [] }];
    });
    this.#outputs = outputs.map(placeOf);
    this.#calls = releasedEarly(calls, new Set(this.#outputs));
    this.#constants = constants.flatMap(({ shape, dtype, values }, index) => {
      const place = places.get(`constant,${index}`);
      if (place === undefined || given.has(`constant,${index}`)) return [];
      return [[place, keep(tensor(values as Float32Array, [...shape], dtype))] as const];
    });
  }

  run(inputs: readonly DataId[]): Tensor[] {
    const backend = this.#backend;
    const values: TensorInfo[] = [];
    for (const [place, tensor] of this.#constants) values[place] = tensor;
    for (const [index, [place, kind]] of this.#inputs.entries()) {
      values[place] = { ...kind, dataId: inputs[index] ?? missing() };
    }
    /** Places of what the kernels made and is not released. */
    const made = new Set<number>();
    const release = (place: number) => {
      backend.disposeData((values[place] ?? missing()).dataId);
      made.delete(place);
    };
    try {
      for (const call of this.#calls) {
        const results = [this.#run(call, values)].flat();
        for (const [index, result] of results.entries()) {
          values[call.firstResult + index] = result;
          made.add(call.firstResult + index);
        }
        for (const place of call.released) release(place);
      }
    } catch (error) {
      for (const place of made) release(place);
      throw error;
    }
    return this.#outputs.map((place) => {
      const value = values[place] ?? missing();
      // The first tensor of a kernel's result takes over the kernel's reference.
      if (!made.delete(place)) backend.incRef(value.dataId);
      return engine().makeTensorFromTensorInfo(value, backend);
    });
  }

  dispose(): void {
    for (const [, constant] of this.#constants) constant.dispose();
  }

  #run(
    { operation, kernel, inputs, numbers }: Call,
    values: readonly TensorInfo[],
  ): TensorInfo | TensorInfo[] {
    const given = operation.given.map(({ name, shape, dtype }, i) => {
      const { dataId } = values[inputs[i] ?? 0] ?? missing();
      // The engine gives kernels tensors, and some make use of it.
      return [name, new Tensor(shape, dtype, dataId, UNTRACKED)] as const;
    });
    const attrs = { ...operation.attrs };
    for (const [attribute, place] of numbers) {
      const { dataId, shape } = values[place] ?? missing();
      const list = this.#backend.readSync(dataId) as Float32Array;
      attrs[attribute] = util.toNestedArray(shape, list) as number[];
    }
    return kernel({
      inputs: (operation.isList
        ? given.map(([, tensor]) => tensor)
        : Object.fromEntries(given)) as NamedTensorInfoMap,
      attrs,
      backend: this.#backend,
    });
  }
}

/** The engine numbers its tensors from 0. */
const UNTRACKED = -1;

type Kind = Pick<TensorInfo, 'shape' | 'dtype'>;

/** The operations that the results need, by their places in the recording. Kernels change nothing: the others may be left out. */
function neededFor(outputs: readonly Source[], operations: readonly KernelOperation[]): Set<number> {
  const needed = new Set<number>();
  const need = ([kind, index]: Source) => kind === 'operation' && needed.add(index);
  outputs.forEach(need);
  for (const [index, { given }] of [...operations.entries()].reverse()) {
    if (needed.has(index)) for (const { source } of given) need(source);
  }
  return needed;
}

/** The calls, and after which of them a result is released. */
function releasedEarly(calls: readonly Call[], outputs: ReadonlySet<number>): Call[] {
  const results = new Set(calls.flatMap(placesOfResults));
  const released: Call[] = [];
  for (const call of [...calls].reverse()) {
    const last = [...new Set([...call.inputs, ...placesOfResults(call)])].filter((place) =>
      results.delete(place),
    );
    released.unshift({ ...call, released: last.filter((place) => !outputs.has(place)) });
  }
  return released;
}

function placesOfResults({ operation, firstResult }: Call): number[] {
  return Array.from({ length: operation.results }, (_, i) => firstResult + i);
}

function missing(): never {
  throw new Error('captureStep: a value of the captured step is missing');
}
