/**
 * @module
 * The head of an index file: what its summaries are of, so that no others are mixed with them. It is JSON in a page of 4 KiB:
 *
 *     bytes 0 to 7    "LPIPSIDX"
 *     bytes 8 to 11   length of the JSON, little-endian
 *     from 12         the JSON, then zeros up to 4096
 */
import { checkOptions, checkTargetSize, type ImageSize, invalid, type Lpips, NET_NAMES } from 'lpips-core';
import { headName } from 'lpips-core/equation';
import { jointDigest, type TensorDigests, tensorDigest } from 'lpips-core/official-tensors';
import { checkCells, checkMetric, DEFAULT_CELLS, layoutOf } from './summary-layout.js';

/** What the summaries of an index are of. */
export interface IndexHeader {
  /** Of this layout of the file. */
  readonly format: 1;
  readonly net: string;
  readonly version: string;
  readonly linear: boolean;
  /** sha256 over the weights that count: `jointDigest` of lpips-core. */
  readonly weights: string;
  /** Every image is scaled to this size, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Cells along each axis. */
  readonly cells: number;
  /** Means of a summary, which has as many spreads. */
  readonly half: number;
  /** What the numbers are multiplied by before they are rounded. */
  readonly scale: number;
  /** How image files become pixels, in the words of the program that reads them. */
  readonly reading: Readonly<Record<string, string | boolean>>;
}

/** Bytes of the head. Blocks begin at multiples of it. */
export const PAGE_BYTES = 4096;
/** The first bytes of an index. */
export const INDEX_MAGIC = 'LPIPSIDX';
const JSON_START = 12;

/** How an index is made. */
export interface HeaderOptions {
  /** Size to which images are scaled. */
  readonly size: ImageSize;
  /** Cells along each axis, 1 to 16, default 2. */
  readonly cells?: number;
  /** What else decides how images become pixels, such as the colour under transparent ones. */
  readonly reading?: Readonly<Record<string, string | boolean>>;
}

const HEADER_OPTIONS = ['size', 'cells', 'reading'] as const satisfies (keyof HeaderOptions)[];

/**
 * The head of a new index.
 *
 * @throws LpipsError where the size does not fit the net, and for arguments of another kind
 */
export async function indexHeader(lpips: Lpips, options: HeaderOptions): Promise<IndexHeader> {
  checkMetric('indexHeader', lpips);
  checkOptions('indexHeader', options, HEADER_OPTIONS);
  const { size, cells = DEFAULT_CELLS, reading = {} } = options;
  const { half, scale } = layoutOf('indexHeader', lpips, size, cells);
  const { net, version, linear } = lpips;
  const weights = await weightsDigest(lpips);
  const { width, height } = size;
  return { format: 1, net, version, linear, weights, width, height, cells, half, scale, reading };
}

/**
 * @param where the function or command that refuses
 * @throws LpipsError unless the summaries of both are comparable
 */
export function checkSameHeader(where: string, name: string, header: IndexHeader, wanted: IndexHeader): void {
  for (const key of Object.keys(wanted) as (keyof IndexHeader)[]) {
    const [has, wants] = [shown(header, key), shown(wanted, key)];
    if (has === wants) continue;
    const own = 'Name those that it was made with by --weights, --heads or --network.';
    const advice = key === 'weights' ? own : 'Only summaries of one kind are comparable.';
    throw invalid(where, `an index with ${key} ${wants}`, name, has, advice);
  }
}

/** Digits of a digest that tell weights apart in messages, as in all results. */
const SHOWN_DIGITS = 8;

function shown(header: IndexHeader, key: keyof IndexHeader): string {
  return key === 'weights' ? header.weights.slice(0, SHOWN_DIGITS) : JSON.stringify(header[key]);
}

/** The page of a head. */
export function encodeHeader(header: IndexHeader): Uint8Array<ArrayBuffer> {
  const page = new Uint8Array(PAGE_BYTES);
  const json = new TextEncoder().encode(JSON.stringify(header));
  if (json.length > PAGE_BYTES - JSON_START) {
    throw invalid('encodeIndex', 'a head of at most 4 KiB', 'header', `${json.length} bytes`);
  }
  page.set(new TextEncoder().encode(INDEX_MAGIC));
  new DataView(page.buffer).setUint32(INDEX_MAGIC.length, json.length, true);
  page.set(json, JSON_START);
  return page;
}

/** @throws LpipsError unless the page is the head of an index that this version reads */
export function parseHeader(where: string, name: string, page: Uint8Array): IndexHeader {
  const refuse = (got: string, advice = '') => invalid(where, 'an index of images', name, got, advice);
  const isIndex = page.length === PAGE_BYTES && new TextDecoder().decode(page.subarray(0, 8)) === INDEX_MAGIC;
  if (!isIndex) throw refuse('another file', 'lpips index makes one.');
  const length = new DataView(page.buffer, page.byteOffset).getUint32(INDEX_MAGIC.length, true);
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(page.subarray(JSON_START, JSON_START + length)));
  } catch {
    throw refuse('one with a damaged head', 'Make it anew.');
  }
  const { format } = (found ?? {}) as Partial<Record<string, unknown>>;
  if (format !== 1)
    throw refuse(`one of format ${String(format)}`, 'It needs another version of lpips-search.');
  if (!isHeader(found)) throw refuse('one with a damaged head', 'Make it anew.');
  return found;
}

function isHeader(value: unknown): value is IndexHeader {
  const header = value as IndexHeader;
  try {
    checkTargetSize('parseHeader', header, Number.MAX_SAFE_INTEGER);
    checkCells('parseHeader', header.cells);
  } catch {
    return false;
  }
  const { net, version, linear, weights, half, scale, reading } = header;
  return (
    NET_NAMES.some((name) => name === net) &&
    typeof version === 'string' &&
    typeof linear === 'boolean' &&
    /^[0-9a-f]{64}$/.test(weights) &&
    Number.isSafeInteger(half) &&
    half > 0 &&
    half < 2 ** 26 &&
    Math.log2(scale) % 1 === 0 &&
    typeof reading === 'object' &&
    reading !== null
  );
}

async function weightsDigest({ net, linear, weights }: Lpips): Promise<string> {
  const isHead = (name: string) => Array.from({ length: 7 }, (_, tap) => headName(tap)).includes(name);
  const digests: [string, string][] = [];
  for (const [name, weight] of weights) {
    if (linear || !isHead(name)) digests.push([name, await tensorDigest(weight)]);
  }
  const joint: TensorDigests = Object.fromEntries(digests);
  if (digests.length === 0) throw new Error(`weightsDigest: ${net} has no weights`);
  return await jointDigest(joint);
}
