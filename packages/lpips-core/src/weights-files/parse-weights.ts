/**
 * @module
 * Weights from the bytes of a file, in any format in which they are published. The content decides, not the name of the
 * file. Nothing here needs Node.
 */
import { checkBytes, checkFunction, checkOptions, kindOf as nameOfKind } from '../check-options.js';
import { invalid } from '../errors.js';
import { digestOf } from '../weights/digest.js';
import { parseSafetensors } from '../weights/safetensors.js';
import type { Weight, WeightMap } from '../weights/weight-map.js';
import { ByteSource } from './byte-source.js';
import { officialName, unifyLayout } from './network-layout.js';
import { readLegacyFile } from './pytorch-legacy.js';

/** Formats that `readWeights` knows. */
export type WeightsFormat = 'safetensors' | 'pytorch-zip' | 'pytorch-legacy';

/** What a weights file holds. */
export interface WeightsFileContent {
  weights: WeightMap;
  /** Metadata of a safetensors file; empty for other formats. */
  metadata: Record<string, string>;
  format: WeightsFormat;
}

/** What a file holds of a network. */
export interface NetworkContent extends WeightsFileContent {
  /** Convolutions as torchvision names them (`features.*`), and heads as LPIPS does (`lin*.model.1.weight`). */
  weights: WeightMap;
  /** Names of whatever else the file holds, such as a classifier or the state of an optimizer. */
  leftOut: string[];
}

/**
 * Metadata key of the sha256 of the values, which the safetensors format itself does not protect. Files that
 * `convertWeights` writes have it, and it is checked in every file that has it.
 */
export const DIGEST_KEY = 'data_sha256';

/** Most bytes of a safetensors file, which is read whole. */
const MAX_SAFETENSORS_BYTES = 2 ** 31 - 1;
const SNIFFED_BYTES = 512;

/**
 * Reads a safetensors or PyTorch file (zip or legacy). Of a PyTorch file, only the wanted tensors are loaded.
 *
 * @param options.filter which tensors are wanted, by name. Default: all
 * @throws LpipsError where the bytes are damaged, of no known format, or name anything but tensors
 */
export async function parseWeights(
  file: ByteSource,
  options: { filter?: (name: string) => boolean } = {},
): Promise<WeightsFileContent> {
  checkSource('parseWeights', file);
  checkOptions('parseWeights', options, ['filter']);
  const { filter = () => true } = options;
  const format = await formatOf(file);
  if (format === 'safetensors') return await readSafetensors(file, filter);
  const weights = new Map<string, Weight>();
  const read = await readerOf(format);
  for await (const [name, weight] of read(file, filter)) weights.set(name, weight);
  return { weights, metadata: {}, format };
}

/**
 * The wanted tensors of a file. Of a PyTorch file, nothing else is read but what says where they lie, and each tensor comes as
 * soon as it is read, in the order of the state dict. A safetensors file is read whole.
 *
 * @param filter which tensors are wanted, by name. It is asked of every name before the first tensor comes
 * @throws LpipsError as `parseWeights`
 */
export function streamWeights(
  file: ByteSource,
  filter: (name: string) => boolean,
): AsyncGenerator<[name: string, weight: Weight]> {
  checkSource('streamWeights', file);
  checkFunction('streamWeights', 'filter', filter);
  return streamOf(file, filter);
}

async function* streamOf(
  file: ByteSource,
  filter: (name: string) => boolean,
): AsyncGenerator<[name: string, weight: Weight]> {
  const format = await formatOf(file);
  if (format === 'safetensors') yield* (await readSafetensors(file, filter)).weights;
  else yield* (await readerOf(format))(file, filter);
}

/** The reader of archives is larger than all others together, and is loaded where a file is one. */
async function readerOf(format: Exclude<WeightsFormat, 'safetensors'>) {
  return format === 'pytorch-legacy' ? readLegacyFile : (await import('./pytorch-zip.js')).readZipFile;
}

/**
 * Reads what a file holds of a network, in any layout that people have: torchvision's, that of `lpips.LPIPS` whole or its
 * heads alone, torchmetrics', ours; inside of `state_dict`, `model` or `network`; with `module.` or `_orig_mod.` before the
 * names. All that is no part of a network is named in `leftOut` and not loaded.
 *
 * @throws LpipsError as `parseWeights`, and where the file holds two networks, or one with another scaling layer
 */
export async function parseNetwork(file: ByteSource): Promise<NetworkContent> {
  checkSource('parseNetwork', file);
  const leftOut: string[] = [];
  const filter = (name: string) => {
    const isPart = officialName(name) !== undefined;
    if (!isPart) leftOut.push(name);
    return isPart;
  };
  const content = await parseWeights(file, { filter });
  return { ...content, weights: unifyLayout(content.weights, file.path), leftOut };
}

/** @throws LpipsError unless the value is the source of a file's bytes */
function checkSource(where: string, value: unknown): void {
  if (value instanceof ByteSource) return;
  throw invalid(where, 'a ByteSource', 'file', nameOfKind(value), 'Of a File or Blob, make a BlobSource.');
}

async function readSafetensors(
  file: ByteSource,
  filter: (name: string) => boolean,
): Promise<WeightsFileContent> {
  if (file.size > MAX_SAFETENSORS_BYTES) {
    throw invalid(
      'readWeights',
      `at most ${MAX_SAFETENSORS_BYTES} bytes`,
      file.path,
      `${file.size}`,
      'Keep the tensors of the network alone.',
    );
  }
  const bytes = await file.read(0, file.size);
  const { weights, metadata } = parseSafetensors(bytes, { source: file.path, filter });
  const digest = metadata[DIGEST_KEY];
  if (digest !== undefined && digest !== (await digestOf(bytes.subarray(startOfValues(bytes))))) {
    const advice = 'The file is damaged; convert or fetch it again.';
    throw invalid('readWeights', `values with sha256 ${digest}`, file.path, 'others', advice);
  }
  return { weights, metadata, format: 'safetensors' };
}

/** Where the header of a safetensors file ends. */
export function startOfValues(bytes: Uint8Array): number {
  checkBytes('startOfValues', 'bytes', bytes);
  return 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

/** @throws LpipsError where the beginning is that of no known format */
async function formatOf(file: ByteSource): Promise<WeightsFormat> {
  const start = await file.read(0, Math.min(SNIFFED_BYTES, file.size));
  const [first, second] = start;
  if (first === 0x50 && second === 0x4b) return 'pytorch-zip'; // "PK"
  if (first === 0x80 && second !== undefined && second <= 5) return 'pytorch-legacy'; // a pickle, protocol 0 to 5
  // The length of the header, whose high bytes are 0, then its brace.
  if (start[8] === 0x7b && start.subarray(4, 8).every((byte) => byte === 0)) return 'safetensors';
  const advice = 'Fetch it again, or convert it with safetensors or torch.save.';
  throw invalid('readWeights', 'a safetensors or PyTorch file', file.path, kindOf(start), advice);
}

/** What a file without weights seems to be, by its beginning. */
function kindOf(start: Uint8Array): string {
  const text = new TextDecoder().decode(start);
  if (/^\s*<(!doctype|html|head|\?xml)/i.test(text)) return 'a web page';
  if (text.startsWith('version https://git-lfs')) return 'a Git LFS pointer, not the file itself';
  const isWhole = start.length < SNIFFED_BYTES; // else its last letter may be truncated
  const hasOtherBytes = (isWhole ? text : text.slice(0, -1)).includes('\uFFFD');
  const hasControls = start.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0d].includes(byte));
  return hasOtherBytes || hasControls ? 'a file of another format' : 'a text file';
}
