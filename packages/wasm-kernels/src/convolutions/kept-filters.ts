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

/** The packed forms of each filter, by what was packed of it. All lie in the memory of `owner`. */
const kept = new Map<DataId, Map<string, PackedFilter>>();
let owner: Pool | undefined;
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
  if (owner !== pool) kept.clear(); // with the memory of the other pool
  owner = pool;
  const key = `${method} ${Object.values(taps).join(' ')}`;
  const found = kept.get(filter.dataId)?.get(key);
  if (found) return found;
  let packed = packFilter(pool, floatsOf(backend, filter), taps, method);
  if (!packed) {
    forgetFilters();
    packed = packFilter(pool, floatsOf(backend, filter), taps, method);
  }
  if (!packed) return undefined;
  kept.set(filter.dataId, (kept.get(filter.dataId) ?? new Map<string, PackedFilter>()).set(key, packed));
  return packed;
}

/** Gives back all packed filters. They are made again when they are needed. */
function forgetFilters(): void {
  for (const dataId of kept.keys()) forget(dataId);
}

function forget(dataId: DataId): void {
  for (const { address } of kept.get(dataId)?.values() ?? []) owner?.memory.free(address);
  kept.delete(dataId);
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
