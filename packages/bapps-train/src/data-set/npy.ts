/**
 * @module
 * NumPy's array files, the format of the published judgements: floats, whole numbers or truth values, little-endian, rows first.
 * Format: numpy.lib.format, versions 1 to 3 (magic, version, length of the header, a Python dictionary, the values).
 */
import { checkBytes, checkText, invalid, kindOf } from 'lpips-core';
import { checkNumbers, checkRecord } from '../check-arguments.js';
import { readFileOf } from '../files/read-file.js';

/** An array. `data` holds the values row by row; whole numbers and truth values as float64. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const ARRAY_FILE = { where: 'readNpy', what: 'a NumPy array file' } as const;
/** Of the file of one value. Its header has at most 64 KiB in version 1, and NumPy's own has 118 bytes. */
const MOST_JUDGEMENT_BYTES = 2 ** 17;
/** Values begin at a multiple of this. */
const ALIGNMENT = 64;
type NumberArray =
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Int16ArrayConstructor
  | Uint32ArrayConstructor
  | Int32ArrayConstructor
  | BigUint64ArrayConstructor
  | BigInt64ArrayConstructor;

/** By NumPy's name. The byte order does not matter for single bytes. */
const TYPES = new Map<string, NumberArray>([
  ['<f4', Float32Array],
  ['<f8', Float64Array],
  ['|b1', Uint8Array],
  ['|u1', Uint8Array],
  ['|i1', Int8Array],
  ['<u2', Uint16Array],
  ['<i2', Int16Array],
  ['<u4', Uint32Array],
  ['<i4', Int32Array],
  ['<u8', BigUint64Array],
  ['<i8', BigInt64Array],
]);
const HEADER = /^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), *\}[ \n]*$/;

/**
 * Reads an array file.
 *
 * @throws LpipsError if it cannot be read, is not such a file but, say, a pipe, has another dtype or is truncated
 */
export async function readNpy(path: string): Promise<NpyArray> {
  checkText('readNpy', 'path', path);
  return parseNpy(await readFileOf(path, ARRAY_FILE), path);
}

/**
 * Reads an array from the bytes of a file.
 *
 * @param path names the file in errors
 * @throws LpipsError if it is not such a file, has another dtype or is truncated
 */
export function parseNpy(bytes: Uint8Array, path: string): NpyArray {
  checkBytes('parseNpy', 'bytes', bytes);
  checkText('parseNpy', 'path', path);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 12 || !file.subarray(0, 6).equals(MAGIC)) {
    throw invalid('readNpy', 'a NumPy array file', path, `${file.length} bytes of another kind`);
  }
  const isLong = file.readUInt8(6) > 1;
  const begin = isLong ? 12 : 10;
  const start = begin + (isLong ? file.readUInt32LE(8) : file.readUInt16LE(8));
  const header = HEADER.exec(file.toString('latin1', begin, Math.min(start, file.length)));
  if (header === null) throw invalid('readNpy', 'a whole NumPy header', path, 'another or a part of one');
  const [, type = '', order = '', sides = ''] = header;
  const Values = TYPES.get(type);
  if (!Values) {
    const known = 'float32 (<f4), float64 (<f8) or whole numbers';
    throw invalid('readNpy', known, path, type, 'Save it with .astype("float32").');
  }
  const shape = sides.split(',').filter((side) => side.trim() !== '');
  if (order === 'True' && shape.length > 1) {
    throw invalid(
      'readNpy',
      'rows first',
      path,
      'columns first (fortran_order)',
      'Save np.ascontiguousarray(…).',
    );
  }
  const size = shape.reduce((product, side) => product * Number(side), 1);
  const end = start + size * Values.BYTES_PER_ELEMENT;
  if (file.length !== end) throw invalid('readNpy', `${end} bytes`, path, `${file.length}`);
  const values = new Values(Uint8Array.from(file.subarray(start)).buffer);
  const isFloat = values instanceof Float32Array || values instanceof Float64Array;
  const data = isFloat ? values : Float64Array.from<number | bigint>(values, Number);
  return { shape: shape.map(Number), data };
}

/**
 * The bytes of an array file, version 1, as `numpy.save` writes them.
 *
 * @throws LpipsError unless there are values for the shape
 */
export function serializeNpy(array: NpyArray): Uint8Array {
  checkRecord('serializeNpy', 'array', array, ['shape', 'data']);
  const { shape, data } = array;
  checkNumbers('serializeNpy', 'shape', shape);
  const isData = data instanceof Float32Array || data instanceof Float64Array;
  const size = shape.reduce((product, side) => product * side, 1);
  if (!isData || data.length !== size) {
    throw invalid('serializeNpy', `a Float32Array or Float64Array of ${size} values`, 'data', kindOf(data));
  }
  const type = data instanceof Float32Array ? '<f4' : '<f8';
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((MAGIC.length + 4 + header.length + 1) / ALIGNMENT) * ALIGNMENT - MAGIC.length - 4;
  const headerSize = Buffer.alloc(2);
  headerSize.writeUInt16LE(length);
  const values = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = Buffer.from(`${header.padEnd(length - 1)}\n`, 'latin1');
  return Buffer.concat([MAGIC, Buffer.of(1, 0), headerSize, text, values]);
}

/**
 * Reads a judgement: one value in [0, 1].
 *
 * @throws LpipsError if the file holds anything else
 */
export async function readJudgement(path: string): Promise<number> {
  checkText('readJudgement', 'path', path);
  const bytes = await readFileOf(path, { ...ARRAY_FILE, mostBytes: MOST_JUDGEMENT_BYTES });
  const { data, shape } = parseNpy(bytes, path);
  const [value = Number.NaN] = data;
  if (data.length !== 1) throw invalid('readJudgement', 'one value', path, `the shape [${shape.join(', ')}]`);
  if (value >= 0 && value <= 1) return value;
  throw invalid('readJudgement', 'a share of the votes in [0, 1]', path, `${value}`);
}
