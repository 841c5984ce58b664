/**
 * @module
 * What the tags of a TIFF say of its pixels, where the decoder guesses: which channel is alpha, which colours the channels
 * stand for, and whether it is a camera's raw file, whose first image is a thumbnail. Sources: TIFF 6.0, TIFF/EP, DNG 1.7.
 */
import { refusedImage } from './formats.js';

const SUBFILE_TYPE = 254;
const PHOTOMETRIC = 262;
const MAKE = 271;
const SAMPLES = 277;
const SUB_IFDS = 330;
const EXTRA_SAMPLES = 338;
const DNG_VERSION = 50706;
/** Values of PHOTOMETRIC. */
const COLOURS: ReadonlyMap<number, number> = new Map([
  [0, 1], // white is zero
  [1, 1], // black is zero
  [2, 3], // RGB
  [3, 1], // palette
  [4, 1], // mask
  [5, 4], // CMYK
  [6, 3], // YCbCr
]);
const LAB: ReadonlySet<number> = new Set([8, 9, 10]);
/** A mosaic of colour filters, and linear raw. */
const RAW: ReadonlySet<number> = new Set([32803, 34892]);
/** Kinds of a channel beside the colours that are alpha: premultiplied or not. */
const ALPHA: ReadonlySet<number> = new Set([1, 2]);

const BYTES_OF_TYPE: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [2, 1],
  [3, 2],
  [4, 4],
  [13, 4],
  [16, 8],
  [18, 8],
]);
/** Numbers and folders of tags beyond these are not looked at. */
const MOST_VALUES = 64;
const MOST_DIRECTORIES = 32;

type Directory = ReadonlyMap<number, readonly number[]>;

/**
 * @param name what messages call the image
 * @returns whether the channel after the colours is alpha; undefined where the file is no TIFF, or its tags say nothing
 * @throws LpipsError where it is a camera's raw file, in Lab, or has channels that are neither colours nor alpha and cannot
 *   be told apart from them
 */
export function checkTiff(bytes: Buffer, name: string): { readonly hasAlpha: boolean } | undefined {
  const directories = readDirectories(bytes);
  const [first, ...others] = directories;
  if (first === undefined) return undefined;
  const raw = rawFormat(bytes, first, others);
  if (raw !== undefined) {
    throw refusedImage(name, `a camera's raw file (${raw})`, 'Develop it to PNG, TIFF or JPEG first.');
  }
  const [photometric] = first.get(PHOTOMETRIC) ?? [];
  if (photometric === undefined) return undefined;
  if (LAB.has(photometric)) throw refusedImage(name, 'a TIFF in Lab colours', 'Convert it to sRGB first.');
  const colours = COLOURS.get(photometric);
  if (colours === undefined) return undefined;
  const samples = first.get(SAMPLES)?.[0] ?? 1;
  const extra = first.get(EXTRA_SAMPLES) ?? [];
  const isKnown = samples === colours || (samples === colours + 1 && photometric !== 5);
  if (!isKnown) {
    const got = `a TIFF of ${samples} channels, of which ${colours === 1 ? '1 is grey' : `${colours} are colours`}`;
    throw refusedImage(name, got, 'Keep its colours and alpha alone.');
  }
  return { hasAlpha: samples > colours && ALPHA.has(extra[0] ?? 0) };
}

/** The kind of a camera's raw file, or undefined for another. */
function rawFormat(bytes: Buffer, first: Directory, others: readonly Directory[]): string | undefined {
  if (first.has(DNG_VERSION)) return 'DNG';
  if (bytes.toString('latin1', 8, 10) === 'CR') return 'CR2';
  const isThumbnail = ((first.get(SUBFILE_TYPE)?.[0] ?? 0) & 1) === 1 && first.has(SUB_IFDS);
  const isRaw = [first, ...others].some((tags) => RAW.has(tags.get(PHOTOMETRIC)?.[0] ?? 0));
  if (!isThumbnail && !isRaw) return undefined;
  const make = String.fromCharCode(...(first.get(MAKE) ?? [])).toUpperCase();
  if (make.startsWith('NIKON')) return 'NEF';
  if (make.startsWith('SONY')) return 'ARW';
  return make.startsWith('PENTAX') ? 'PEF' : 'its first image is a thumbnail';
}

/** The directories of tags: the first, those that it contains, and those that follow. */
function readDirectories(bytes: Buffer): Directory[] {
  const magic = bytes.toString('latin1', 0, 4);
  const isLittle = magic === 'II*\0' || magic === 'II+\0';
  if (!isLittle && magic !== 'MM\0*' && magic !== 'MM\0+') return [];
  const isBig = magic.includes('+');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = (at: number, size: number) =>
    size === 8
      ? Number(view.getBigUint64(at, isLittle))
      : size === 4
        ? view.getUint32(at, isLittle)
        : size === 2
          ? view.getUint16(at, isLittle)
          : view.getUint8(at);
  const word = isBig ? 8 : 4;
  const found: Directory[] = [];
  try {
    const waiting = [number(isBig ? 8 : 4, word)];
    const seen = new Set([0]);
    for (
      let at = waiting.shift();
      at !== undefined && found.length < MOST_DIRECTORIES;
      at = waiting.shift()
    ) {
      if (seen.has(at)) continue;
      seen.add(at);
      const tags = new Map<number, readonly number[]>();
      const count = number(at, isBig ? 8 : 2);
      const entries = at + (isBig ? 8 : 2);
      for (let index = 0; index < Math.min(count, 4096); index++) {
        const entry = entries + index * (4 + 2 * word);
        const size = BYTES_OF_TYPE.get(number(entry + 2, 2));
        if (size === undefined) continue;
        const length = Math.min(MOST_VALUES, number(entry + 4, word));
        const inline = entry + 4 + word;
        const from = length * size <= word ? inline : number(inline, word);
        tags.set(
          number(entry, 2),
          Array.from({ length }, (_, place) => number(from + place * size, size)),
        );
      }
      found.push(tags);
      waiting.push(...(tags.get(SUB_IFDS) ?? []), number(entries + count * (4 + 2 * word), word));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a place beyond the file: the decoder says what is damaged
  }
  return found;
}
