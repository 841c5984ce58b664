/**
 * @module
 * The part of PyTorch that a state dict's pickle names: storages, and tensors as views of them. Both file formats
 * share it; they differ in where a storage's bytes lie.
 */
import { decodeFloats, type FloatFormat, invalid, type Weight, type WeightMap } from 'lpips-core';
import type { ByteSource } from './byte-source.js';
import { type PickleDialect, PickleGlobal, PickleObject, type PickleValue } from './pickle.js';

/** Values of one type in a row, which tensors are views of. */
export class Storage extends PickleObject {
  readonly kind = 'storage';

  /** @param length values, not bytes */
  constructor(
    readonly key: string,
    readonly type: StorageType,
    readonly length: number,
  ) {
    super();
  }

  get byteLength(): number {
    return this.length * this.type.bytes;
  }
}

class Tensor extends PickleObject {
  readonly kind = 'tensor';

  constructor(
    readonly storage: Storage,
    readonly offset: number, // these count values
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {
    super();
  }
}

class StorageType extends PickleGlobal {
  constructor(
    name: string,
    readonly bytes: number,
    readonly format: FloatFormat | undefined,
  ) {
    super(name, () => {
      throw invalid('readWeights', 'storages by key', name, 'a call of their type');
    });
  }
}

/** Storage types by name, bytes of a value and, for those that can become weights, the float format. */
const STORAGE_TYPES: readonly [string, number, FloatFormat?][] = [
  ['FloatStorage', 4, 'F32'],
  ['HalfStorage', 2, 'F16'],
  ['BFloat16Storage', 2, 'BF16'],
  ['DoubleStorage', 8, 'F64'],
  ['LongStorage', 8],
  ['IntStorage', 4],
  ['ShortStorage', 2],
  ['CharStorage', 1],
  ['ByteStorage', 1],
  ['BoolStorage', 1],
];
const MEND = 'The file is damaged; fetch or write it again.';

/** The dialect of one file's pickles. `storages` fills as they are named. */
export function torchDialect(path: string): PickleDialect & { storages: ReadonlyMap<string, Storage> } {
  const refuse = (requirement: string, got: string) => invalid('readWeights', requirement, path, got, MEND);
  const storages = new Map<string, Storage>();

  const globals = [
    new PickleGlobal('collections.OrderedDict', ([pairs]) => orderedDict(pairs, refuse)),
    // (storage, offset, shape, stride), then what only training needs; the oldest files stop after the stride.
    new PickleGlobal('torch._utils._rebuild_tensor', (args) => makeTensor(args, refuse)),
    new PickleGlobal('torch._utils._rebuild_tensor_v2', (args) => makeTensor(args, refuse)),
    // (tensor, requires_grad, hooks)
    new PickleGlobal('torch._utils._rebuild_parameter', ([tensor]) => asTensor(tensor, refuse)),
    new PickleGlobal('torch.nn.parameter.Parameter', ([tensor]) => asTensor(tensor, refuse)),
    ...['torch', 'torch.cuda'].flatMap((module) =>
      STORAGE_TYPES.map(([name, bytes, format]) => new StorageType(`${module}.${name}`, bytes, format)),
    ),
  ];

  // ('storage', type, key, device, length), in legacy files also a view of another storage, long out of use
  const loadPersistent = (id: PickleValue): Storage => {
    const [tag, type, key, , length, view = null] = Array.isArray(id) ? id : [];
    if (tag !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !isSize(length)) {
      throw refuse('storages as persistent ids', 'something else');
    }
    if (view !== null) throw refuse('storages of their own', 'a view of another storage');
    const known = storages.get(key);
    if (!known) {
      const storage = new Storage(key, type, length);
      storages.set(key, storage);
      return storage;
    }
    if (known.type.bytes !== type.bytes || known.length !== length) {
      throw refuse(`one size of storage ${key}`, 'two');
    }
    return known;
  };
  return { globals: new Map(globals.map((global) => [global.name, global])), loadPersistent, storages };
}

/**
 * The wanted tensors of a state dict, as float32.
 *
 * @param value what the file's pickle held
 * @param readStorage the bytes of a storage, checked to be as many as it needs
 */
export async function readStateDict(
  value: PickleValue,
  file: ByteSource,
  filter: (name: string) => boolean,
  readStorage: (storage: Storage) => Promise<Uint8Array>,
): Promise<WeightMap> {
  const tensors = wantedTensors(value, file.path, filter);
  checkTotal(tensors, file);
  const usesLeft = new Map<Storage, number>();
  for (const [, { storage }] of tensors) usesLeft.set(storage, (usesLeft.get(storage) ?? 0) + 1);
  const atHand = new Map<Storage, Uint8Array>();
  const weights = new Map<string, Weight>();
  for (const [name, tensor] of tensors) {
    const { storage } = tensor;
    const bytes = atHand.get(storage) ?? (await readStorage(storage));
    const uses = (usesLeft.get(storage) ?? 1) - 1;
    usesLeft.set(storage, uses);
    if (uses > 0) atHand.set(storage, bytes);
    else atHand.delete(storage);
    weights.set(name, { shape: tensor.shape, data: readTensor(name, tensor, bytes, file.path) });
  }
  return weights;
}

function wantedTensors(
  value: PickleValue,
  path: string,
  filter: (name: string) => boolean,
): [string, Tensor][] {
  const advice = 'Save the state dict alone: torch.save(net.state_dict(), path).';
  if (!(value instanceof Map)) {
    throw invalid('readWeights', 'a dictionary of tensors', path, 'another value', advice);
  }
  const tensors: [string, Tensor][] = [];
  for (const [name, entry] of value) {
    if (typeof name !== 'string')
      throw invalid('readWeights', 'names of tensors', path, `a key that is no text`, advice);
    if (!filter(name)) continue;
    if (!(entry instanceof Tensor))
      throw invalid('readWeights', `a tensor "${name}"`, path, 'another value', advice);
    tensors.push([name, entry]);
  }
  return tensors;
}

/** Views can make much of little: no more values may come out than the file has bytes. */
function checkTotal(tensors: readonly [string, Tensor][], file: ByteSource): void {
  const total = tensors.reduce((sum, [, { shape }]) => sum + product(shape), 0);
  if (total > file.size) {
    throw invalid('readWeights', `tensors of at most ${file.size} values`, file.path, `${total}`, MEND);
  }
}

function readTensor(name: string, tensor: Tensor, bytes: Uint8Array, path: string): Float32Array {
  const { storage, offset, shape, stride } = tensor;
  const { format, bytes: size, name: typeName } = storage.type;
  if (!format) {
    const advice = 'Convert it with .float() before saving, or leave it out.';
    throw invalid('readWeights', `floating-point values of "${name}"`, path, typeName, advice);
  }
  const count = product(shape);
  if (isContiguous(shape, stride)) {
    return decodeFloats(bytes.subarray(offset * size, (offset + count) * size), format);
  }
  const all = decodeFloats(bytes, format);
  const values = new Float32Array(count);
  const index = shape.map(() => 0);
  let position = offset;
  for (let i = 0; i < count; i++) {
    values[i] = all[position] ?? Number.NaN;
    // Count up, the last axis first, as an odometer does.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const step = stride[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        position += step;
        break;
      }
      index[axis] = 0;
      position -= step * (next - 1);
    }
  }
  return values;
}

type Refuse = (requirement: string, got: string) => Error;

function makeTensor(args: readonly PickleValue[], refuse: Refuse): Tensor {
  const [storage, offset, shape, stride] = args;
  if (!(storage instanceof Storage) || !isSize(offset) || !isSizes(shape) || !isSizes(stride)) {
    throw refuse('tensors of storage, offset, shape and stride', 'other arguments');
  }
  const count = product(shape);
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * (stride[axis] ?? 0), offset);
  if (shape.length !== stride.length || count > storage.length || (count > 0 && last >= storage.length)) {
    throw refuse(`a tensor within its storage of ${storage.length} values`, `shape [${shape.join(', ')}]`);
  }
  return new Tensor(storage, offset, [...shape], [...stride]);
}

function asTensor(value: PickleValue | undefined, refuse: Refuse): Tensor {
  if (!(value instanceof Tensor)) throw refuse('a tensor as parameter', 'another value');
  return value;
}

function orderedDict(pairs: PickleValue | undefined, refuse: Refuse): Map<PickleValue, PickleValue> {
  const dictionary = new Map<PickleValue, PickleValue>();
  if (pairs === undefined) return dictionary;
  for (const pair of Array.isArray(pairs) ? pairs : [null]) {
    const [key, value, ...more] = Array.isArray(pair) ? pair : [];
    if (key === undefined || value === undefined || more.length > 0) throw refuse('pairs', 'other values');
    dictionary.set(key, value);
  }
  return dictionary;
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const side = shape[axis] ?? 1;
    if (side !== 1 && stride[axis] !== step) return false;
    step *= side;
  }
  return true;
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isSize);
}
