/**
 * @module
 * The part of PyTorch that the pickle of a state dict names: storages, and tensors as views of them. Both file formats
 * share it, and differ only in where the bytes of a storage lie.
 */
import { invalid } from '../errors.js';
import { at } from '../item-at.js';
import { decodeFloats, type FloatFormat } from '../weights/float-formats.js';
import type { Weight } from '../weights/weight-map.js';
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

/** One axis of a tensor. */
interface Axis {
  readonly size: number;
  /** Values of the storage from one place on this axis to the next. */
  readonly stride: number;
}

/** A view of a storage. */
class Tensor extends PickleObject {
  readonly kind = 'tensor';

  /** @param offset where it begins in the storage, in values */
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly axes: readonly Axis[],
  ) {
    super();
  }

  /** Number of values. */
  get count(): number {
    if (this.axes.some(({ size }) => size === 0)) return 0; // the product of the others may be infinite
    return this.axes.reduce((count, { size }) => count * size, 1);
  }

  /** Whether its values lie side by side in their order. */
  get isContiguous(): boolean {
    if (this.count === 0) return true;
    let step = 1;
    for (const { size, stride } of this.axes.toReversed()) {
      if (size !== 1 && stride !== step) return false;
      step *= size;
    }
    return true;
  }
}

class StorageType extends PickleGlobal {
  constructor(
    name: string,
    readonly bytes: number,
    readonly format: FloatFormat | undefined,
  ) {
    super(name, () => {
      throw invalid(
        'readWeights',
        'storages by key',
        name,
        'a call of their type',
        'Save it again with torch.save.',
      );
    });
  }
}

/** Storage types: the name, the bytes of a value, and the float format of those that can become weights. */
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
const PLAIN = 'Save the state dict alone: torch.save(net.state_dict(), path).';
/** Longest name of a tensor or storage. */
const MAX_NAME_LENGTH = 512;
/** Most axes of a tensor, as in PyTorch. */
const MAX_AXES = 64;
/** Dictionaries within dictionaries that are entered. */
const MAX_DEPTH = 8;

/** The dialect of the pickles of one file. `storages` grows as the pickles name them. */
export function torchDialect(path: string): PickleDialect & { storages: ReadonlyMap<string, Storage> } {
  const refuse = (requirement: string, got: string) => invalid('readWeights', requirement, path, got, MEND);
  const storages = new Map<string, Storage>();

  const globals = [
    new PickleGlobal('collections.OrderedDict', ([pairs]) => orderedDict(pairs, refuse)),
    // (storage, offset, shape, stride), then what only training needs. The oldest files end after the stride.
    new PickleGlobal('torch._utils._rebuild_tensor', (args) => makeTensor(args, refuse)),
    new PickleGlobal('torch._utils._rebuild_tensor_v2', (args) => makeTensor(args, refuse)),
    // (tensor, requires_grad, hooks)
    new PickleGlobal('torch._utils._rebuild_parameter', ([tensor]) => asTensor(tensor, refuse)),
    new PickleGlobal('torch.nn.parameter.Parameter', ([tensor]) => asTensor(tensor, refuse)),
    ...['torch', 'torch.cuda'].flatMap((module) =>
      STORAGE_TYPES.map(([name, bytes, format]) => new StorageType(`${module}.${name}`, bytes, format)),
    ),
  ];

  // ('storage', type, key, device, length). Legacy files may add a view of another storage, which is long out of use.
  const loadPersistent = (id: PickleValue): Storage => {
    const [tag, type, key, , length, view = null] = Array.isArray(id) ? id : [];
    if (tag !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !isSize(length)) {
      throw refuse('storages as persistent ids', 'something else');
    }
    if (key.length > MAX_NAME_LENGTH) {
      throw refuse(`keys of at most ${MAX_NAME_LENGTH} letters`, `${key.length}`);
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
 * The wanted tensors of a state dict, as float32, one after the other. They take at most four bytes for each byte of the file,
 * the storages that are held meanwhile at most one.
 *
 * @param value what the file's pickle held
 * @param readStorage reads the bytes of a storage, and checks that there are as many as it needs
 */
export async function* readStateDict(
  value: PickleValue,
  file: ByteSource,
  filter: (name: string) => boolean,
  readStorage: (storage: Storage) => Promise<Uint8Array>,
): AsyncGenerator<[name: string, weight: Weight]> {
  const tensors = wantedTensors(value, file.path, filter);
  checkTotal(tensors, file);
  const lastUse = new Map(tensors.map(([name, { storage }]) => [storage, name]));
  const atHand = new Map<Storage, Uint8Array>();
  for (const [name, tensor] of tensors) {
    const { storage } = tensor;
    const bytes = atHand.get(storage) ?? (await readStorage(storage));
    if (lastUse.get(storage) === name) atHand.delete(storage);
    else atHand.set(storage, bytes);
    const shape = tensor.axes.map(({ size }) => size);
    yield [name, { shape, data: readTensor(name, tensor, bytes, file.path) }];
  }
}

function wantedTensors(
  value: PickleValue,
  path: string,
  filter: (name: string) => boolean,
): [string, Tensor][] {
  if (!(value instanceof Map)) {
    throw invalid('readWeights', 'a dictionary of tensors', path, 'another value', PLAIN);
  }
  const tensors: [string, Tensor][] = [];
  for (const [name, entry] of entriesOf(value, path)) {
    if (!filter(name)) continue;
    if (!(entry instanceof Tensor))
      throw invalid('readWeights', `a tensor "${name}"`, path, 'another value', PLAIN);
    tensors.push([name, entry]);
  }
  return tensors;
}

/**
 * What dictionaries within dictionaries hold, under names such as `state_dict.features.0.weight`. A dictionary that stands
 * in several places is entered once.
 */
function* entriesOf(
  dictionary: Map<PickleValue, PickleValue>,
  path: string,
  parents: readonly string[] = [],
  entered = new Set<PickleValue>([dictionary]),
): Generator<[string, PickleValue]> {
  for (const [key, value] of dictionary) {
    const isNumbered = parents.length > 0 && typeof key === 'number'; // the parameters of an optimizer
    if (typeof key !== 'string' && !isNumbered)
      throw invalid('readWeights', 'names of tensors', path, `a key that is no text`, PLAIN);
    const name = `${key}`;
    if (name.length > MAX_NAME_LENGTH) {
      throw invalid(
        'readWeights',
        `names of at most ${MAX_NAME_LENGTH} letters`,
        path,
        `${name.length}`,
        'Rename the tensor.',
      );
    }
    if (!(value instanceof Map) || value.size === 0 || parents.length === MAX_DEPTH) {
      yield [[...parents, name].join('.'), value];
    } else if (!entered.has(value)) {
      entered.add(value);
      yield* entriesOf(value, path, [...parents, name], entered);
    }
  }
}

/**
 * Views that overlap, and storages that lie over each other, could make a small file fill the memory. So no more values may
 * come out than the file has bytes, and its storages may not be larger than the file.
 */
function checkTotal(tensors: readonly [string, Tensor][], file: ByteSource): void {
  const total = tensors.reduce((sum, [, { count }]) => sum + count, 0);
  if (total > file.size) {
    throw invalid('readWeights', `tensors of at most ${file.size} values`, file.path, `${total}`, MEND);
  }
  const storages = new Set(tensors.map(([, { storage }]) => storage));
  const bytes = [...storages].reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (bytes > file.size) {
    throw invalid('readWeights', `storages of at most ${file.size} bytes`, file.path, `${bytes}`, MEND);
  }
}

function readTensor(name: string, tensor: Tensor, bytes: Uint8Array, path: string): Float32Array {
  const { storage, offset, count } = tensor;
  const { format, bytes: size, name: typeName } = storage.type;
  if (!format) {
    const advice = 'Convert it with .float() before saving, or leave it out.';
    throw invalid('readWeights', `floating-point values of "${name}"`, path, typeName, advice);
  }
  if (tensor.isContiguous) {
    return decodeFloats(bytes.subarray(offset * size, (offset + count) * size), format);
  }
  return decodeFloats(inOrder(bytes, tensor), format);
}

/** The bytes of a view's values in their order. The loops over its axes are built from the last axis to the first. */
function inOrder(all: Uint8Array, { storage, offset, axes, count }: Tensor): Uint8Array {
  const size = storage.type.bytes;
  const bytes = new Uint8Array(count * size);
  let filled = 0;
  let copy = (position: number) => {
    for (let i = 0; i < size; i++) bytes[filled++] = byteAt(all, position * size + i);
  };
  for (const { size: side, stride } of axes.toReversed()) {
    const inner = copy;
    copy = (position) => {
      for (let i = 0; i < side; i++) inner(position + i * stride);
    };
  }
  copy(offset);
  return bytes;
}

/** Unlike `at` of lpips-core it sees one type of array, and V8 keeps it fast. */
function byteAt(bytes: Uint8Array, index: number): number {
  const value = bytes[index];
  if (value === undefined) throw new RangeError(`no byte ${index} of ${bytes.length}`);
  return value;
}

type Refuse = (requirement: string, got: string) => Error;

function makeTensor(args: readonly PickleValue[], refuse: Refuse): Tensor {
  const [storage, offset, shape, stride] = args;
  if (!(storage instanceof Storage) || !isSize(offset) || !isSizes(shape) || !isSizes(stride)) {
    throw refuse('tensors of storage, offset, shape and stride', 'other arguments');
  }
  const fault = () =>
    refuse(`a tensor within its storage of ${storage.length} values`, `shape [${shape.join(', ')}]`);
  if (shape.length > MAX_AXES) throw refuse(`tensors of at most ${MAX_AXES} axes`, `${shape.length}`);
  if (shape.length !== stride.length) throw fault();
  const axes = shape.map((size, axis): Axis => ({ size, stride: at(stride, axis) }));
  const tensor = new Tensor(storage, offset, axes);
  const last = axes.reduce((place, { size, stride }) => place + (size - 1) * stride, offset);
  const { count } = tensor;
  if (count > storage.length || (count > 0 && last >= storage.length)) throw fault();
  return tensor;
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

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSizes(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isSize);
}
