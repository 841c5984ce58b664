/**
 * @module
 * Notes the kernels that the engine runs during a step, on a backend whose kernels are functions of their inputs and attributes.
 * A kernel that is made of operations of the engine is noted as these.
 *
 * Lists of numbers among the attributes are noted as constants, so that numbers which JavaScript draws or decides at each step
 * are told from those that stay.
 */
import {
  type DataId,
  type DataType,
  engine,
  getKernelsForBackend,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerKernel,
  Tensor,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { RecordedConstant, RecordedOperation, Source, StepRecording } from './step-recorder.js';
import { WatchedBackend } from './watched-backend.js';

type KernelCall = Parameters<KernelConfig['kernelFunc']>[0];

/** A kernel that ran. */
export interface KernelOperation extends RecordedOperation {
  /** Names of its inputs, and what each was; inputs that were left out are missing. */
  readonly given: readonly KernelInput[];
  /** Whether its inputs are a list. */
  readonly isList: boolean;
  /** A copy. */
  readonly attrs: KernelCall['attrs'];
  /** How many tensors it gave. */
  readonly results: number;
  /** The attributes that are constants. */
  readonly numbers: readonly (readonly [attribute: string, constant: number])[];
}

/** An input of a kernel. Data may be seen in another shape than that in which it was made. */
interface KernelInput {
  readonly name: string;
  readonly source: Source;
  readonly shape: number[];
  readonly dtype: DataType;
}

/** Numbers that JavaScript gave, in a tensor or as an attribute. */
export interface KernelConstant extends RecordedConstant {
  readonly dtype: DataType;
}

/** A kernel that is running. */
interface Running {
  /** How many calls of the engine are around it. */
  readonly depth: number;
  /** Whether it ran others through the engine, and whether it read values. */
  isComposed: boolean;
  hasRead: boolean;
}

/** Kernels whose results have a shape that follows from values. */
const SHAPED_BY_VALUES = /^(NonMaxSuppression|Ragged|Sparse|String|Unique|Where)/;

export class KernelRecording extends WatchedBackend implements StepRecording {
  readonly operations: KernelOperation[] = [];
  readonly constants: KernelConstant[] = [];
  readonly outside: DataId[] = [];
  /** The tensors of `outside`, as they were first seen. */
  readonly outsideTensors: TensorInfo[] = [];
  readonly #kernels: readonly KernelConfig[];
  /** By data, where its tensors come from, one for each shape and type. */
  readonly #known = new Map<DataId, Map<string, Source>>();
  /** Numbers that JavaScript made a tensor of, until it is used. */
  readonly #written = new Map<DataId, RecordedConstant['values']>();
  /** Data that the step made. */
  readonly #made = new Set<DataId>();
  readonly #running: Running[] = [];

  /** Begins, on the current backend. */
  constructor() {
    const { backend, backendName } = engine();
    super(backend);
    this.#kernels = getKernelsForBackend(backendName);
    for (const kernel of this.#kernels) replace({ ...kernel, kernelFunc: this.#watch(kernel) });
  }

  override stop(): void {
    super.stop();
    for (const kernel of this.#kernels) replace(kernel);
  }

  sourceOf(tensor: TensorInfo): Source | undefined {
    const { dataId } = tensor;
    const known = this.#known.get(dataId);
    const [first] = known?.values() ?? [];
    const source = known?.get(kindOf(tensor)) ?? first;
    if (source) return source;
    if (this.backend.refCount(dataId) === 0) return undefined;
    const values = this.#written.get(dataId);
    const made: Source = values
      ? ['constant', this.#addConstant(tensor, values)]
      : ['outside', this.outside.push(dataId) - 1];
    if (!values) this.outsideTensors.push(infoOf(tensor));
    this.#know(tensor, made);
    return made;
  }

  countOthers(kept: readonly DataId[]): number {
    const references = [...this.#made].reduce((sum, dataId) => sum + this.backend.refCount(dataId), 0);
    return references - kept.filter((dataId) => this.#made.has(dataId)).length;
  }

  #watch({ kernelName, kernelFunc }: KernelConfig): KernelConfig['kernelFunc'] {
    return (call) => {
      const around = this.#running.at(-1);
      const depth = engine().state.kernelDepth;
      // A kernel that calls another as a function makes use of it for its own result.
      if (this.isPaused || around?.depth === depth) return kernelFunc(call);
      if (around) around.isComposed = true;
      const running: Running = { depth, isComposed: false, hasRead: false };
      this.#running.push(running);
      let result: TensorInfo | TensorInfo[];
      try {
        result = kernelFunc(call);
      } finally {
        this.#running.pop();
      }
      const results = Array.isArray(result) ? result : [result];
      if (running.isComposed) this.#checkComposed(kernelName, running, results);
      else this.#noteOperation(kernelName, call, results);
      return result;
    };
  }

  /** A kernel that ran others through the engine: nothing but these may have made its results. */
  #checkComposed(name: string, { hasRead }: Running, results: readonly TensorInfo[]): void {
    if (hasRead || !results.every(({ dataId }) => this.#known.has(dataId))) {
      this.refuse(`runs ${name}, which is made of other operations and of JavaScript`);
    }
  }

  #noteOperation(name: string, { inputs, attrs = {} }: KernelCall, results: readonly TensorInfo[]): void {
    if (SHAPED_BY_VALUES.test(name))
      this.refuse(`runs ${name}, whose result has a shape that follows from values`);
    if (results.some((result) => result instanceof Tensor))
      this.refuse(`runs ${name}, whose result is not the backend's`);
    const given = this.#inputsOf(name, inputs);
    const numbers: [attribute: string, constant: number][] = [];
    const others: [attribute: string, value: unknown][] = [];
    for (const [attribute, value] of Object.entries(attrs)) {
      const list = numbersIn(value);
      if (list) numbers.push([attribute, this.constants.push(list) - 1]);
      else others.push([attribute, value]);
    }
    const operation = this.operations.length;
    this.operations.push({
      name,
      attributes: textOf(others),
      inputs: [
        ...given.map(({ source }) => source),
        ...numbers.map(([, constant]): Source => ['constant', constant]),
      ],
      given,
      isList: Array.isArray(inputs),
      attrs: structuredClone(attrs),
      results: results.length,
      numbers,
    });
    for (const [output, result] of results.entries()) {
      if (!this.#known.has(result.dataId)) this.#made.add(result.dataId);
      this.#know(result, ['operation', operation, output]);
    }
  }

  #inputsOf(name: string, inputs: NamedTensorInfoMap): KernelInput[] {
    return Object.entries(inputs).flatMap(([input, tensor]) => {
      if (!tensor) return [];
      const source = this.sourceOf(tensor);
      if (!source) this.refuse(`gives ${name} what is not a tensor of the backend`);
      return source ? [{ name: input, source, shape: [...tensor.shape], dtype: tensor.dtype }] : [];
    });
  }

  /** Data that is known in this shape stays what it was: copies of a tensor are that tensor. */
  #know(tensor: TensorInfo, source: Source): void {
    const known = this.#known.get(tensor.dataId) ?? new Map<string, Source>();
    this.#known.set(tensor.dataId, known);
    const kind = kindOf(tensor);
    if (!known.has(kind)) known.set(kind, source);
  }

  #addConstant({ shape, dtype }: TensorInfo, values: RecordedConstant['values']): number {
    return this.constants.push({ shape: [...shape], values, dtype }) - 1;
  }

  protected noteWriting(dataId: DataId, values: unknown, dtype: DataType): void {
    this.#made.add(dataId);
    if (values === null || values === undefined) return;
    const isNumbers =
      values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;
    if (isNumbers && dtype !== 'string') this.#written.set(dataId, values.slice());
    else this.refuse('makes a tensor of texts or of complex numbers');
  }

  protected noteReading(): void {
    const running = this.#running.at(-1);
    if (running) running.hasRead = true;
    else this.refuse('reads values of a tensor');
  }
}

function replace(kernel: KernelConfig): void {
  unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}

function infoOf({ dataId, shape, dtype }: TensorInfo): TensorInfo {
  return { dataId, shape: [...shape], dtype };
}

function kindOf({ shape, dtype }: TensorInfo): string {
  return `${dtype} ${shape.join()}`;
}

function textOf(attributes: readonly (readonly [name: string, value: unknown])[]): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** Numbers in a list, or in lists of equal length, or undefined where a value is something else. */
function numbersIn(value: unknown): KernelConstant | undefined {
  if (!Array.isArray(value)) return undefined;
  const rows = value.map((item: unknown) => (typeof item === 'number' ? item : numbersIn(item)));
  if (rows.every((row) => typeof row === 'number')) {
    const isWhole = rows.every((number) => Object.is(number, number | 0));
    return {
      shape: [rows.length],
      values: isWhole ? Int32Array.from(rows) : Float64Array.from(rows),
      dtype: isWhole ? 'int32' : 'float32',
    };
  }
  const [first, ...others] = rows;
  if (typeof first !== 'object') return undefined;
  const isRegular = others.every((row) => typeof row === 'object' && row.shape.join() === first.shape.join());
  if (!isRegular) return undefined;
  const all = rows.flatMap((row) => (typeof row === 'object' ? [...row.values] : []));
  return { ...(numbersIn(all) ?? first), shape: [rows.length, ...first.shape] };
}
