/**
 * @module
 * What the backend keeps for a filter that never changes, beside its tensor. Our convolutions keep a packed copy, in the
 * order in which they read the filter. It is disposed with the filter's tensor. oneDNN keeps a copy with its kernel.
 * TensorFlow makes one kernel for each set of attributes and drops none by itself, so this module makes it drop them.
 */
import { type DataId, engine, type TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from './tensorflow-operation.js';

const FORGET_KERNELS = 'LpipsForgetKernels';

/**
 * TensorFlow can only drop all kernels at once, and oneDNN then has to copy every live filter again. So they are dropped
 * when the copies of disposed filters take more than this, and more than those of live filters.
 */
const LARGEST_DEAD_BYTES = 64 * 2 ** 20;

interface Copies {
  /** By the operation that packs them and the filter's shape: tensors of several shapes may share their values. */
  readonly packed: Map<string, TensorInfo>;
  /** Set once oneDNN keeps a copy. */
  oneDnn?: { readonly key: string; readonly bytes: number };
}

class ConstantFilters {
  readonly #backend: NativeBackend;
  readonly #copies = new WeakMap<DataId, Copies>();
  #keys = 0;
  #liveBytes = 0;
  #deadBytes = 0;

  constructor(backend: NativeBackend) {
    this.#backend = backend;
    const dispose = backend.disposeData.bind(backend);
    backend.disposeData = (dataId, force) => {
      const isGone = dispose(dataId, force);
      if (isGone) this.#release(dataId);
      return isGone;
    };
  }

  packed(filter: TensorInfo, packing: string): TensorInfo {
    const { packed } = this.#copiesOf(filter);
    const key = `${packing} ${filter.shape.join()}`;
    const known = packed.get(key);
    if (known !== undefined) return known;
    const made = this.#pack(filter, packing);
    packed.set(key, made);
    return made;
  }

  oneDnnKey(filter: TensorInfo): string {
    const copies = this.#copiesOf(filter);
    if (copies.oneDnn === undefined) {
      const bytes = 4 * filter.shape.reduce((product, side) => product * side, 1);
      copies.oneDnn = { key: `filter-${this.#keys++}`, bytes };
      this.#liveBytes += bytes;
    }
    return `${copies.oneDnn.key} ${filter.shape.join()}`;
  }

  /** The copy has no tensor, so that no `tidy` of the caller's disposes it. */
  #pack(filter: TensorInfo, packing: string): TensorInfo {
    engine().startScope(packing);
    try {
      const { dataId, shape, dtype } = this.#backend.executeSingleOutput(packing, [], [filter]);
      this.#backend.incRef(dataId);
      return { dataId, shape, dtype };
    } finally {
      engine().endScope();
    }
  }

  #copiesOf({ dataId }: TensorInfo): Copies {
    const known = this.#copies.get(dataId);
    if (known !== undefined) return known;
    const made: Copies = { packed: new Map() };
    this.#copies.set(dataId, made);
    return made;
  }

  #release(dataId: DataId): void {
    const copies = this.#copies.get(dataId);
    if (copies === undefined) return;
    this.#copies.delete(dataId);
    for (const packed of copies.packed.values()) {
      this.#backend.disposeData(packed.dataId);
      engine().removeDataId(packed.dataId, this.#backend);
    }
    const bytes = copies.oneDnn?.bytes ?? 0;
    this.#liveBytes -= bytes;
    this.#deadBytes += bytes;
    if (this.#deadBytes <= Math.max(LARGEST_DEAD_BYTES, this.#liveBytes)) return;
    this.#deadBytes = 0;
    try {
      this.#backend.executeMultipleOutputs(FORGET_KERNELS, [], [], 0);
    } catch {
      // A binding without this operation keeps the copies. To dispose a tensor must not fail for it.
    }
  }
}

const ofBackend = new WeakMap<NativeBackend, ConstantFilters>();

function constantFilters(backend: NativeBackend): ConstantFilters {
  const known = ofBackend.get(backend);
  if (known !== undefined) return known;
  const made = new ConstantFilters(backend);
  ofBackend.set(backend, made);
  return made;
}

/**
 * A filter as an operation packs it. It is packed once.
 *
 * @param filter float32 `[kernel, kernel, in, out]`
 * @returns float32 `[numbers]`; it is disposed with the filter
 */
export function packedFilter(filter: TensorInfo, packing: string, backend: NativeBackend): TensorInfo {
  return constantFilters(backend).packed(filter, packing);
}

/**
 * What tells a filter apart from all others. Among the attributes of an operation of oneDNN it gives the filter an
 * operation of its own, which keeps the filter's copy.
 */
export function oneDnnFilterKey(filter: TensorInfo, backend: NativeBackend): string {
  return constantFilters(backend).oneDnnKey(filter);
}
