/**
 * @module
 * Packed filters that are used again: as long as a tensor lives, its numbers do not change, so its packed form is kept
 * beside it. It is given back with the tensor, or when the memory is needed for something else.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { floatsOf } from '../heap/tensor-views.js';
import type { Pool } from '../pool/pool.js';
import { type Method, type PackedFilter, packFilter, type Taps } from './packed-filter.js';

type DataId = TensorInfo['dataId'];

interface Kept {
  readonly pool: Pool;
  /** By what was packed of the filter. */
  readonly forms: Map<string, PackedFilter>;
}

const kept = new Map<DataId, Kept>();
const watched = new WeakSet<object>();

/**
 * The packed form of a filter, made at the first call.
 *
 * @param filter float32 `[rows, columns, in, out]`
 * @returns undefined if it does not fit the memory
 */
export function packedFilter(
  pool: Pool,
  backend: BackendWasm,
  filter: TensorInfo,
  taps: Taps,
  method: Method,
): PackedFilter | undefined {
  watch(backend);
  const key = `${method} ${Object.values(taps).join(' ')}`;
  const known = kept.get(filter.dataId);
  const found = known?.pool === pool ? known.forms.get(key) : undefined;
  if (found) return found;
  let packed = packFilter(pool, floatsOf(backend, filter), taps, method);
  if (!packed) {
    forgetFilters();
    packed = packFilter(pool, floatsOf(backend, filter), taps, method);
  }
  if (!packed) return undefined;
  const forms = kept.get(filter.dataId)?.forms;
  if (forms && kept.get(filter.dataId)?.pool === pool) forms.set(key, packed);
  else kept.set(filter.dataId, { pool, forms: new Map([[key, packed]]) });
  return packed;
}

/** Gives back all packed filters. They are made again when they are needed. */
function forgetFilters(): void {
  for (const dataId of kept.keys()) forget(dataId);
}

function forget(dataId: DataId): void {
  const entry = kept.get(dataId);
  if (!entry) return;
  kept.delete(dataId);
  for (const { address } of entry.forms.values()) entry.pool.memory.free(address);
}

/** Has the backend say when a tensor goes. */
function watch(backend: BackendWasm): void {
  if (watched.has(backend)) return;
  watched.add(backend);
  const disposeData = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force) => {
    const isGone = disposeData(dataId, force);
    if (isGone) forget(dataId);
    return isGone;
  };
}
