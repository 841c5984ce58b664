/**
 * @module
 * Notes the operations of TensorFlow that run during a step. They all pass through the binding of tfjs-node's backend, where
 * a tensor is a number that the binding gives out. No number is given out twice.
 */
import type { DataId, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import {
  type RecordedConstant,
  type RecordedOperation,
  type Source,
  type StepRecording,
  WatchedBackend,
} from 'tfjs-fused-training';
import type { Attribute, NativeBackend } from '../kernels/tensorflow-operation.js';
import type { Binding, BindingTensor } from './binding-commands.js';

/** The parts of tfjs-node's backend that a recording needs. */
export interface RecordableBackend extends NativeBackend {
  binding: Binding;
  /** Every tensor by its data. `values` are numbers that have not been given to the binding yet, or null. */
  readonly tensorMap: {
    has(dataId: DataId): boolean;
    get(dataId: DataId): {
      readonly shape: readonly number[];
      readonly dtype: number;
      readonly values: unknown;
    };
  };
  /** Gives the binding what it does not have yet. */
  getInputTensorIds(tensors: readonly Pick<TensorInfo, 'dataId'>[]): number[];
  createOutputTensor(tensor: BindingTensor): Tensor;
}

/** An operation, with what the definition of a function needs of it. Types are TensorFlow's numbers. */
export interface NativeOperation extends RecordedOperation {
  readonly given: readonly Attribute[];
  readonly inputTypes: readonly number[];
  readonly outputTypes: readonly number[];
}

/** Numbers that JavaScript gave. */
export interface NativeConstant extends RecordedConstant {
  readonly type: number;
}

/** What a recording replaces in the backend while it runs, beside what all recordings watch. */
const REPLACED = ['binding', 'getInputTensorIds'] as const;

export class NativeRecording extends WatchedBackend<RecordableBackend> implements StepRecording {
  readonly operations: NativeOperation[] = [];
  readonly constants: NativeConstant[] = [];
  readonly outside: DataId[] = [];
  readonly outsideTypes: number[] = [];
  readonly #idsOf: RecordableBackend['getInputTensorIds'];
  readonly #known = new Map<number, { readonly source: Source; readonly type: number }>();
  /** Results of operations, and numbers from JavaScript, that may be alive. */
  readonly #results = new Set<number>();
  readonly #written = new Set<DataId>();

  /** Begins. */
  constructor(backend: RecordableBackend) {
    super(backend, REPLACED);
    this.#idsOf = backend.getInputTensorIds.bind(backend);
    backend.binding = this.#watch(backend.binding);
    backend.getInputTensorIds = (tensors) => {
      const copies = tensors.map(({ dataId }) => this.#copyOf(dataId));
      const ids = this.#idsOf(tensors);
      if (!this.isPaused) {
        for (const [index, id] of ids.entries()) this.#note(id, tensors[index]?.dataId, copies[index]);
      }
      return ids;
    };
  }

  sourceOf({ dataId }: TensorInfo): Source | undefined {
    const [id = -1] = this.backend.getInputTensorIds([{ dataId }]);
    return this.#known.get(id)?.source;
  }

  countOthers(kept: readonly DataId[]): number {
    const ids = new Set(this.#idsOf(kept.map((dataId) => ({ dataId }))));
    const written = [...this.#written].filter((dataId) => this.backend.tensorMap.has(dataId));
    return (
      [...this.#results].filter((id) => !ids.has(id)).length +
      written.filter((dataId) => !kept.includes(dataId)).length
    );
  }

  #watch(binding: Binding): Binding {
    const watched: Partial<Binding> = {
      executeOp: (name, attributes, ids, outputs) => {
        const made = binding.executeOp(name, attributes, ids, outputs);
        if (!this.isPaused) this.#noteOperation(name, attributes, ids, made);
        return made;
      },
      deleteTensor: (id) => {
        this.#results.delete(id);
        binding.deleteTensor(id);
      },
      tensorDataSync: (id) => {
        if (!this.isPaused) this.noteReading();
        return binding.tensorDataSync(id);
      },
      runSavedModel: (...given) => {
        this.refuse('runs a saved model');
        return binding.runSavedModel(...given);
      },
    };
    return Object.create(binding, Object.getOwnPropertyDescriptors(watched)) as Binding;
  }

  #noteOperation(
    name: string,
    given: readonly Attribute[],
    ids: readonly number[],
    made: readonly BindingTensor[],
  ): void {
    const inputs = ids.flatMap((id) => this.#known.get(id) ?? []);
    if (inputs.length < ids.length) this.refuse(`gives ${name} what is not a tensor of TensorFlow.js`);
    const operation = this.operations.length;
    this.operations.push({
      name,
      attributes: JSON.stringify(given, (_, value: unknown) =>
        typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
      ),
      given,
      inputs: inputs.map(({ source }) => source),
      inputTypes: inputs.map(({ type }) => type),
      outputTypes: made.map(({ dtype }) => dtype),
    });
    for (const [output, { id, dtype }] of made.entries()) {
      this.#known.set(id, { source: ['operation', operation, output], type: dtype });
      this.#results.add(id);
    }
  }

  /** Notes where a tensor comes from that is no result of an operation of this step. */
  #note(id: number, dataId: DataId | undefined, copy: RecordedConstant['values'] | undefined): void {
    if (this.#known.has(id) || !dataId || !this.backend.tensorMap.has(dataId)) return;
    const { shape, dtype: type } = this.backend.tensorMap.get(dataId);
    if (copy) {
      this.#known.set(id, { source: ['constant', this.constants.length], type });
      this.constants.push({ shape: [...shape], values: copy, type });
    } else {
      this.#known.set(id, { source: ['outside', this.outside.length], type });
      this.outside.push(dataId);
      this.outsideTypes.push(type);
    }
  }

  /** The numbers of a tensor that JavaScript made during the step, until they are given to the binding. */
  #copyOf(dataId: DataId): RecordedConstant['values'] | undefined {
    if (this.isPaused || !this.#written.has(dataId) || !this.backend.tensorMap.has(dataId)) return undefined;
    const { values } = this.backend.tensorMap.get(dataId);
    if (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array) {
      return values.slice();
    }
    if (values !== null) this.refuse('makes a tensor of texts or of complex numbers');
    return undefined;
  }

  protected noteWriting(dataId: DataId): void {
    this.#written.add(dataId);
  }

  protected noteReading(): void {
    this.refuse('reads values of a tensor');
  }
}
