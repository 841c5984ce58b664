/**
 * @module
 * The safetensors format (huggingface/safetensors): 8 bytes of little-endian header length, a JSON header from names
 * to `{ dtype, shape, data_offsets }`, then the values. Reading is strict: the tensors must cover the data exactly,
 * without hole or overlap, each as large as its shape says. Only floating-point tensors are known, since a metric has
 * no others; they all become float32.
 */
import { checkOptions, checkWeightMap, kindOf as kindOfArgument } from '../check-options.js';
import { invalid, type LpipsError } from '../errors.js';
import {
  decodeFloats,
  encodeFloats,
  FLOAT_BYTES,
  type FloatFormat,
  LARGEST_FLOAT16,
} from './float-formats.js';
import type { Weight, WeightMap } from './weight-map.js';

/** Longest header. A network needs a thousandth of it; the reference implementation reads six times as much. */
const MAX_HEADER_BYTES = 1 << 24;
/** Longest name of a tensor or of metadata. */
const MAX_NAME_LENGTH = 512;
/** Most axes of a tensor, as in PyTorch. */
const MAX_AXES = 64;
const LENGTH_BYTES = 8;
/** The header is padded with spaces, so that the values start at a multiple of this. */
const ALIGNMENT = 8;
const METADATA_NAME = '__metadata__';
const MEND = 'The file is damaged; fetch or write it again.';
const TRUNCATED = 'The file is truncated; fetch or copy it again.';

/** Options of `parseSafetensors`. */
export interface SafetensorsOptions {
  /** What error messages call the bytes, such as a path or an address. Default `'bytes'`. */
  source?: string;
  /** Which tensors are returned; all are checked. Default: all. */
  filter?: (name: string) => boolean;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** Values copied to float32. */
  weights: WeightMap;
  /** Free text beside the tensors. */
  metadata: Record<string, string>;
}

interface TensorEntry {
  name: string;
  format: FloatFormat;
  shape: number[];
  begin: number; // within the data
  end: number;
}

/**
 * Reads a safetensors file with tensors of F32, F16, BF16 or F64. Its header may have 16 MiB, a name 512 letters and a tensor
 * 64 axes. The values take at most twice the bytes of the file.
 *
 * @throws LpipsError if the file is truncated, damaged, or holds tensors of another dtype
 */
export function parseSafetensors(
  bytes: ArrayBuffer | Uint8Array,
  options: SafetensorsOptions = {},
): Safetensors {
  checkOptions('parseSafetensors', options, ['source', 'filter']);
  const { source = 'bytes', filter = () => true } = options;
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer)) {
    throw invalid(
      'parseSafetensors',
      'an ArrayBuffer or Uint8Array',
      'bytes',
      kindOfArgument(bytes),
      'Read the file first.',
    );
  }
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const { text, dataStart } = readHeaderText(file, source);
  const { entries, metadata } = readHeader(text, source);
  checkLayout(entries, file.byteLength - dataStart, source);
  const weights = new Map<string, Weight>();
  for (const { name, format, shape, begin, end } of entries) {
    if (!filter(name)) continue;
    weights.set(name, {
      shape,
      data: decodeFloats(file.subarray(dataStart + begin, dataStart + end), format),
    });
  }
  return { weights, metadata };
}

/**
 * Writes a safetensors file. The same weights and metadata give the same bytes: names are sorted.
 *
 * @param metadata free text to store beside the tensors
 * @throws LpipsError if a weight's shape and values disagree, or a value is too large for F16
 */
export function serializeSafetensors(
  weights: WeightMap,
  metadata: Readonly<Record<string, string>> = {},
  options: { dtype?: 'F32' | 'F16' } = {},
): Uint8Array {
  checkWeightMap('serializeSafetensors', weights);
  checkOptions('serializeSafetensors', options, ['dtype']);
  const { dtype = 'F32' } = options;
  if (dtype !== 'F32' && dtype !== 'F16') {
    throw invalid('serializeSafetensors', 'F32 or F16', 'dtype', kindOfArgument(dtype));
  }
  const sorted = [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) {
    header.push([
      METADATA_NAME,
      Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]);
  }
  let end = 0;
  for (const [name, weight] of sorted) {
    checkWeight(name, weight, dtype);
    const begin = end;
    end += weight.data.length * FLOAT_BYTES[dtype];
    header.push([name, { dtype, shape: weight.shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  file.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const [, { data }] of sorted) {
    file.set(encodeFloats(data, dtype), offset);
    offset += data.length * FLOAT_BYTES[dtype];
  }
  return file;
}

function refuse(requirement: string, source: string, got: string, advice = MEND): LpipsError {
  return invalid('parseSafetensors', requirement, source, got, advice);
}

function readHeaderText(file: Uint8Array, source: string): { text: string; dataStart: number } {
  if (file.byteLength < LENGTH_BYTES) {
    throw refuse('at least 8 bytes', source, `${file.byteLength}`, TRUNCATED);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(MAX_HEADER_BYTES)) {
    const advice = 'Is it a safetensors file?';
    throw refuse(
      `a header of at most ${MAX_HEADER_BYTES} bytes`,
      source,
      `a length of ${headerBytes}`,
      advice,
    );
  }
  const dataStart = LENGTH_BYTES + Number(headerBytes);
  if (dataStart > file.byteLength) {
    throw refuse(`a header of ${headerBytes} bytes`, source, `${file.byteLength - LENGTH_BYTES}`, TRUNCATED);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(LENGTH_BYTES, dataStart));
    return { text, dataStart };
  } catch {
    throw refuse('a header in UTF-8', source, 'other bytes');
  }
}

function readHeader(
  text: string,
  source: string,
): { entries: TensorEntry[]; metadata: Record<string, string> } {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw refuse('a header in JSON', source, 'other text');
  }
  if (!isRecord(header)) throw refuse('a JSON object as header', source, kindOf(header));
  for (const name of Object.keys(header)) checkName(name, source);
  const duplicate = firstDuplicateName(text);
  if (duplicate !== undefined) throw refuse('one tensor of each name', source, `"${duplicate}" twice`);
  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA_NAME) metadata = readMetadata(value, source);
    else entries.push(readEntry(name, value, source));
  }
  return { entries, metadata };
}

function readMetadata(value: unknown, source: string): Record<string, string> {
  const entries = Object.entries(isRecord(value) ? value : { [METADATA_NAME]: value });
  const texts = entries.map(([key, text]): [string, string] => {
    checkName(key, source);
    if (typeof text !== 'string') throw refuse(`metadata of strings`, source, `${key}: ${kindOf(text)}`);
    return [key, text];
  });
  return Object.fromEntries(texts); // by assignment, a key "__proto__" would be none
}

function readEntry(name: string, value: unknown, source: string): TensorEntry {
  if (!isRecord(value)) throw refuse(`an object as header of "${name}"`, source, kindOf(value));
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isFloatFormat(dtype)) {
    const advice = 'Convert the tensor to float32, or leave it out.';
    throw refuse(`dtype F32, F16, BF16 or F64 of "${name}"`, source, shown(dtype), advice);
  }
  if (!isSizes(shape)) throw refuse(`a shape of whole numbers of "${name}"`, source, shown(shape));
  if (shape.length > MAX_AXES) {
    throw refuse(`at most ${MAX_AXES} axes of "${name}"`, source, `${shape.length}`);
  }
  const [begin, end, ...more] = isSizes(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || more.length > 0 || begin > end) {
    throw refuse(`two ascending data_offsets of "${name}"`, source, shown(offsets));
  }
  const size = shape.reduce((product, side) => product * side, FLOAT_BYTES[dtype]);
  if (size !== end - begin) {
    const requirement = `${size} bytes of "${name}", ${dtype} [${shape.join(', ')}],`;
    throw refuse(requirement, source, `${end - begin}`);
  }
  return { name, format: dtype, shape, begin, end };
}

/** Sorted by offset, each tensor must begin where the one before it ends, and the last end with the file. */
function checkLayout(entries: readonly TensorEntry[], dataBytes: number, source: string): void {
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const fault = entry.begin < end ? 'an overlap' : 'a hole';
      throw refuse('tensors one after the other', source, `${fault} before "${entry.name}"`);
    }
    end = entry.end;
  }
  if (end > dataBytes) throw refuse(`${end} bytes of values`, source, `${dataBytes}`, TRUNCATED);
  if (end < dataBytes) throw refuse(`${end} bytes of values`, source, `${dataBytes}`);
}

/** JSON.parse keeps the last of two equal names in silence, so the text of the header, which it took, is scanned for them. */
function firstDuplicateName(text: string): string | undefined {
  const names = new Set<string>();
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '{' || letter === '[') depth++;
    else if (letter === '}' || letter === ']') depth--;
    else if (letter === '"') {
      const end = endOfString(text, i);
      if (depth === 1 && isName(text, end)) {
        const name = String(JSON.parse(text.slice(i, end)));
        if (names.has(name)) return name;
        names.add(name);
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** Behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

/** Whether a colon follows, after spaces. */
function isName(text: string, end: number): boolean {
  let i = end;
  while (i < text.length && ' \n\r\t'.includes(text[i] ?? ':')) i++;
  return text[i] === ':';
}

function checkName(name: string, source: string): void {
  if (name.length <= MAX_NAME_LENGTH) return;
  throw refuse(`names of at most ${MAX_NAME_LENGTH} letters`, source, `${name.length}`);
}

/** A value for a sentence: numbers and texts as they are, if they are few. */
function shown(value: unknown): string {
  if (value === undefined) return 'none';
  const isFlat = !Array.isArray(value) || value.every((item) => typeof item !== 'object');
  if (isRecord(value) || !isFlat) return kindOf(value);
  const text = JSON.stringify(value);
  return text.length > MAX_NAME_LENGTH ? kindOf(value) : text;
}

function checkWeight(name: string, { shape, data }: Weight, dtype: 'F32' | 'F16'): void {
  const where = 'serializeSafetensors';
  if (name === METADATA_NAME)
    throw invalid(where, `names other than ${METADATA_NAME}`, 'weights', name, 'Rename the tensor.');
  const size = shape.reduce((product, side) => product * side, 1);
  if (size !== data.length) {
    throw invalid(
      where,
      `${size} values of shape [${shape.join(', ')}]`,
      name,
      `${data.length}`,
      'Is it a part of them?',
    );
  }
  if (dtype !== 'F16') return;
  for (const value of data) {
    if (Math.abs(value) > LARGEST_FLOAT16 && Number.isFinite(value)) {
      throw invalid(where, `values within ±${LARGEST_FLOAT16}`, name, `${value}`, 'Write F32 instead.');
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFloatFormat(value: unknown): value is FloatFormat {
  return typeof value === 'string' && Object.hasOwn(FLOAT_BYTES, value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : `a ${typeof value}`;
}
