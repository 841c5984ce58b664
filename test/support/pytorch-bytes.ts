/**
 * @module
 * State dicts in PyTorch's two file formats, byte for byte as `torch.save` lays them out.
 */
import {
  build,
  bytesOf,
  call,
  dict,
  FALSE,
  global,
  int,
  list,
  long,
  NONE,
  type PickleBytes,
  persistent,
  pickle,
  TRUE,
  text,
  tuple,
} from './pickle-bytes.js';
import { type ZipEntry, zipOf } from './zip-bytes.js';

/** A storage as it lies in a file. */
export interface StorageBytes {
  key: string;
  type: string;
  /** Values, not bytes. */
  length: number;
  data: Uint8Array;
}

export type Format = 'pytorch-zip' | 'pytorch-legacy';
export const FORMATS: readonly Format[] = ['pytorch-zip', 'pytorch-legacy'];

export function floatStorage(key: string, values: ArrayLike<number>): StorageBytes {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return { key, type: 'FloatStorage', length: values.length, data };
}

/** The persistent id of a storage; the legacy format has a sixth entry. */
export function storageId({ key, type, length }: StorageBytes, format: Format): PickleBytes {
  const view = format === 'pytorch-legacy' ? [NONE] : [];
  const device = text('cpu');
  return persistent(tuple(text('storage'), global('torch', type), text(key), device, int(length), ...view));
}

/** `torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, OrderedDict())` */
export function tensor(
  storage: StorageBytes,
  format: Format,
  shape: readonly number[],
  { offset = 0, stride = contiguous(shape) }: { offset?: number; stride?: readonly number[] } = {},
): PickleBytes {
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    storageId(storage, format),
    int(offset),
    tuple(...shape.map(int)),
    tuple(...stride.map(int)),
    FALSE,
    call(global('collections', 'OrderedDict')),
  );
}

/** `OrderedDict` of a module, its `_metadata` attribute included, as `state_dict()` makes it. */
export function stateDict(entries: readonly (readonly [string, PickleBytes])[]): PickleBytes {
  const items = entries.flatMap(([name, value]) => [text(name), value]);
  const filled = bytesOf(call(global('collections', 'OrderedDict')), '(', ...items, 'u');
  const metadata = dict([['version', int(1)]]);
  return build(
    filled,
    dict([['_metadata', call(global('collections', 'OrderedDict'), list(tuple(text(''), metadata)))]]),
  );
}

/** A whole file. `more` adds to, or replaces, the entries of a zip file. */
export function fileOf(
  format: Format,
  value: PickleBytes,
  storages: readonly StorageBytes[],
  more: readonly ZipEntry[] = [],
): Uint8Array {
  return format === 'pytorch-zip' ? zipFileOf(value, storages, more) : legacyFileOf(value, storages);
}

export function zipFileOf(
  value: PickleBytes,
  storages: readonly StorageBytes[],
  more: readonly ZipEntry[] = [],
  options?: { zip64?: boolean },
): Uint8Array {
  const entries: ZipEntry[] = [
    { name: 'archive/data.pkl', data: pickle(value) },
    { name: 'archive/byteorder', data: bytesOf('little') },
    ...storages.map(({ key, data }) => ({ name: `archive/data/${key}`, data })),
    { name: 'archive/version', data: bytesOf('3\n') },
  ];
  const replaced = new Set(more.map(({ name }) => name));
  return zipOf([...entries.filter(({ name }) => !replaced.has(name)), ...more], options);
}

export function legacyFileOf(
  value: PickleBytes,
  storages: readonly StorageBytes[],
  { isLittleEndian = true, protocol = 1001 } = {},
): Uint8Array {
  const sizes = dict([
    ['short', int(2)],
    ['int', int(4)],
    ['long', int(4)],
  ]);
  const system = dict([
    ['protocol_version', int(1001)],
    ['little_endian', isLittleEndian ? TRUE : FALSE],
    ['type_sizes', sizes],
  ]);
  return bytesOf(
    pickle(long(0x1950a86a20f9469cfc6cn, 10)),
    pickle(int(protocol)),
    pickle(system),
    pickle(value),
    pickle(list(...storages.map(({ key }) => text(key)))),
    ...storages.flatMap(({ length, data }) => [
      new Uint8Array(BigInt64Array.of(BigInt(length)).buffer),
      data,
    ]),
  );
}

function contiguous(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((size, side) => size * side, 1));
}
