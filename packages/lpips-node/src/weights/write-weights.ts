/**
 * @module
 * Weights as files: safetensors that carry the sha256 of their values, and PyTorch's zip format, in which `torch.save`
 * writes a state dict. `torch.load` reads it, with `weights_only` too. The same weights give the same bytes.
 */
import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';
import { checkWeightMap, serializeSafetensors, type Weight, type WeightMap } from 'lpips-core';
import { DIGEST_KEY, startOfValues } from 'lpips-core/weights-files';

/** Python's pickler at protocol 2: opcodes of Lib/pickletools.py. */
const PROTOCOL = Buffer.of(0x80, 2);
const MARK = Buffer.from('(');
const TUPLE = Buffer.from('t');
const REDUCE = Buffer.from('R');
const SET_ITEMS = Buffer.from('u');
const PERSISTENT_ID = Buffer.from('Q');
const STOP = Buffer.from('.');
const FALSE = Buffer.of(0x89);
/** No compression, as in PyTorch. The fixed time, the first that a zip file can state, makes the bytes repeatable. */
const STORED = { level: 0, mtime: new Date(1980, 0, 1) } as const;

/**
 * A safetensors file in float32. Its metadata has the sha256 of its values, which `readWeights` checks.
 *
 * @param about more metadata
 */
export function serializeWeights(
  weights: WeightMap,
  about: Readonly<Record<string, string>> = {},
): Uint8Array {
  checkWeightMap('serializeWeights', weights);
  const digest = digestOfValues(serializeSafetensors(weights, about));
  return serializeSafetensors(weights, { ...about, [DIGEST_KEY]: digest });
}

/**
 * A PyTorch file with a state dict in float32. With heads under their official names, `lpips.LPIPS(model_path=…)` loads
 * it.
 */
export function serializePytorch(weights: WeightMap): Uint8Array {
  checkWeightMap('serializePytorch', weights);
  const entries = [...weights];
  const storages = entries.map(([, { data }], key): [string, Uint8Array] => {
    const bytes = Buffer.alloc(data.byteLength);
    data.forEach((value, index) => {
      bytes.writeFloatLE(value, 4 * index);
    });
    return [`archive/data/${key}`, bytes];
  });
  const pickle = Buffer.concat([PROTOCOL, stateDict(entries), STOP]);
  return zipSync(
    {
      'archive/data.pkl': pickle,
      'archive/byteorder': Buffer.from('little'),
      ...Object.fromEntries(storages),
      'archive/version': Buffer.from('3\n'),
    },
    STORED,
  );
}

/** sha256 of what follows the header of a safetensors file. */
export function digestOfValues(bytes: Uint8Array): string {
  return createHash('sha256')
    .update(bytes.subarray(startOfValues(bytes)))
    .digest('hex');
}

/** `OrderedDict` of names and tensors. Tensor k has a storage of its own, whose key is k. */
function stateDict(entries: readonly [string, Weight][]): Buffer {
  const items = entries.flatMap(([name, weight], key) => [text(name), tensor(weight, key)]);
  return Buffer.concat([orderedDict(), MARK, ...items, SET_ITEMS]);
}

/** `_rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, hooks)` */
function tensor({ shape, data }: Weight, key: number): Buffer {
  const id = tuple(
    text('storage'),
    global('torch', 'FloatStorage'),
    text(`${key}`),
    text('cpu'),
    int(data.length),
  );
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, side) => size * side, 1));
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    Buffer.concat([id, PERSISTENT_ID]),
    int(0),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    FALSE,
    orderedDict(),
  );
}

function orderedDict(): Buffer {
  return call(global('collections', 'OrderedDict'));
}

function call(callable: Buffer, ...args: Buffer[]): Buffer {
  return Buffer.concat([callable, tuple(...args), REDUCE]);
}

function tuple(...items: Buffer[]): Buffer {
  return Buffer.concat([MARK, ...items, TUPLE]);
}

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`, 'latin1');
}

/** BINUNICODE */
function text(value: string): Buffer {
  const encoded = Buffer.from(value, 'utf8');
  const opcode = Buffer.alloc(5);
  opcode.write('X', 'latin1');
  opcode.writeUInt32LE(encoded.length, 1);
  return Buffer.concat([opcode, encoded]);
}

/** BININT */
function int(value: number): Buffer {
  const opcode = Buffer.alloc(5);
  opcode.write('J', 'latin1');
  opcode.writeInt32LE(value, 1);
  return opcode;
}
