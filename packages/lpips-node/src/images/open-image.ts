/**
 * @module
 * Opens the bytes of an image: reads its header, refuses what cannot be compared, and decodes. sharp decodes all formats but
 * BMP and Netpbm.
 */
import { at, type DecodedPixels, type ImageSize, invalid, isTruncated } from 'lpips-core';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import { openBmp } from './bmp.js';
import { isDamagedProfile, otherColours } from './colour-space.js';
import { damaged, refusedImage } from './formats.js';
import { openNetpbm } from './netpbm.js';
import { withEarlyExif, withoutGainMap } from './plain-bytes.js';
import { checkTiff } from './tiff-tags.js';

/** What sharp says where another thread, whose image is damaged too, has taken the message of libvips first. */
const NO_REASON = 'Unknown error';

/**
 * Most bytes that the pixels of an image may take: as many as a Buffer of Node.js 20 holds. Where sharp gives more, it ends the
 * process instead of throwing.
 */
const MOST_DECODED_BYTES = 2 ** 32;

const READABLE: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp', 'heif', 'tiff', 'gif']);

/** How the pixels are wanted. */
interface DecodeOptions {
  /** The size to which they are scaled; undefined for the image's own. */
  readonly size: ImageSize | undefined;
  /** Whether RGB and grey values are taken as they are stored, whatever profile is embedded. */
  readonly ignoreProfile: boolean;
  /** Whether rows and columns are taken as they are stored, whatever EXIF says. Default `false`. */
  readonly ignoreOrientation?: boolean;
}

/** An image whose header was read. */
export interface OpenImage {
  /** Its size as it is shown, after EXIF orientation. */
  readonly size: ImageSize;
  /** @throws LpipsError where it is damaged or incomplete */
  decode(options: DecodeOptions): Promise<DecodedPixels>;
}

/**
 * @param name what messages call the image
 * @throws LpipsError where it is no image that can be read
 */
export async function openImage(bytes: Buffer, name: string): Promise<OpenImage> {
  const uncompressed = openBmp(bytes, name) ?? openNetpbm(bytes, name);
  if (uncompressed !== undefined) {
    const { size } = uncompressed;
    return { size, decode: async (wanted) => scalePixels(name, uncompressed.decode(), size, wanted.size) };
  }
  const tiff = checkTiff(bytes, name);
  const ordered = withEarlyExif(bytes);
  const metadata = await readMetadata(ordered, name);
  // A JPEG's end can be overwritten with zeros that decode as pixels.
  if (metadata.format === 'jpeg' && isTruncated(ordered))
    throw refusedImage(name, damaged('its end is missing'));
  const encoded: Encoded = {
    bytes: metadata.gainMap === undefined ? ordered : withoutGainMap(ordered),
    name,
    metadata,
    hasAlpha: tiff?.hasAlpha ?? metadata.hasAlpha,
  };
  const { width, height } = metadata.autoOrient;
  return { size: { width, height }, decode: (wanted) => decode(encoded, wanted) };
}

async function scalePixels(
  name: string,
  pixels: DecodedPixels,
  { width, height }: ImageSize,
  size: ImageSize | undefined,
): Promise<DecodedPixels> {
  if (size === undefined) return pixels;
  const { values, channels, white } = pixels;
  const stored = sharp(values, { raw: { width, height, channels }, limitInputPixels: false });
  const deep = white === 65535;
  checkDecodedBytes(name, size, channels, deep);
  const data = await resized(stored, size)
    .toColourspace(deep ? 'rgb16' : 'srgb')
    .raw({ depth: deep ? 'ushort' : 'uchar' })
    .toBuffer();
  return { values: deep ? asUint16(data) : data, channels, white };
}

async function readMetadata(bytes: Buffer, name: string): Promise<Metadata> {
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, sharpOptions('error')).metadata();
  } catch (error) {
    throw undecodable(name, error);
  }
  // AVIF and HEIC are one format with two compressions, and of HEIC sharp reads the header alone.
  const format = metadata.compression === 'hevc' ? 'heic' : metadata.format;
  if (!READABLE.has(format)) {
    const advice = 'Convert it to PNG or JPEG first.';
    throw refusedImage(name, `an image in ${format.toUpperCase()} format`, advice);
  }
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') {
    const advice = 'Convert it to 8 or 16 bits first.';
    throw invalid('readImage', '8 or 16 bits per channel', name, `values of type ${metadata.depth}`, advice);
  }
  return metadata;
}

interface Encoded {
  readonly bytes: Buffer;
  readonly name: string;
  readonly metadata: Metadata;
  readonly hasAlpha: boolean;
}

async function decode(
  { bytes, name, metadata, hasAlpha }: Encoded,
  { size, ...wanted }: DecodeOptions,
): Promise<DecodedPixels> {
  const { icc, format } = metadata;
  const ignoreProfile = wanted.ignoreProfile || (icc !== undefined && isDamagedProfile(icc));
  const other = format === 'heif' && icc === undefined ? otherColours(bytes) : undefined;
  if (other !== undefined && !ignoreProfile) {
    const advice =
      'Convert it to sRGB first, or pass ignoreProfile (--ignore-profile) to take the stored values.';
    throw refusedImage(name, `an AVIF in the colours of ${other}`, advice);
  }
  // The decoders of JPEG and GIF only warn of damaged data. Warnings of others are about harmless chunks.
  const failOn = metadata.format === 'jpeg' || metadata.format === 'gif' ? 'warning' : 'error';
  const deep = metadata.depth === 'ushort';
  checkDecodedBytes(name, size ?? metadata.autoOrient, hasAlpha ? 4 : 3, deep);
  // sharp converts 16-bit colour by way of Display P3, which clips, and 16-bit grey not at all. Both are converted at the
  // end of the pipeline instead, where the embedded profile is the input as long as nothing has converted from it.
  const profile = deep && !ignoreProfile ? deepProfile(metadata) : undefined;
  let pipeline = sharp(bytes, { ...sharpOptions(failOn), ignoreIcc: ignoreProfile || profile !== undefined });
  if (wanted.ignoreOrientation !== true) pipeline = pipeline.autoOrient();
  if (size !== undefined) pipeline = resized(pipeline, size);
  pipeline = hasAlpha ? pipeline.ensureAlpha() : pipeline.removeAlpha();
  pipeline = pipeline.toColourspace(profile ?? (deep ? 'rgb16' : 'srgb'));
  if (profile !== undefined) pipeline = pipeline.withIccProfile('srgb', { attach: false });
  try {
    const { data, info } = await pipeline
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const channels = info.channels === 4 ? 4 : 3;
    if (!deep) return { values: data, channels, white: 255 };
    return { values: stretched(asUint16(data), metadata), channels, white: 65535 };
  } catch (error) {
    throw undecodable(name, error);
  }
}

function checkDecodedBytes(
  name: string,
  { width, height }: ImageSize,
  channels: number,
  deep: boolean,
): void {
  const perPixel = channels * (deep ? 2 : 1);
  if (width * height * perPixel <= MOST_DECODED_BYTES) return;
  const got = `${width} x ${height} pixels of ${perPixel} bytes`;
  const advice = deep ? 'Convert it to 8 bits or scale it down first.' : 'Scale it down or crop it first.';
  throw invalid('readImage', 'at most 4 GiB of pixels', name, got, advice);
}

/** The colour space of 16-bit pixels that have a profile for it, or undefined. */
function deepProfile({ icc, space }: Metadata): 'rgb16' | 'grey16' | undefined {
  const kind = icc?.toString('latin1', 16, 20);
  if (space === 'rgb16' && kind === 'RGB ') return 'rgb16';
  return space === 'grey16' && kind === 'GRAY' ? 'grey16' : undefined;
}

/** AVIF of 10 and 12 bits is decoded to the upper bits of 16, where white is less than 65535. */
function stretched(values: Uint16Array, { format, bitsPerSample = 16 }: Metadata): Uint16Array {
  if (format !== 'heif' || bitsPerSample >= 16) return values;
  const white = (2 ** bitsPerSample - 1) * 2 ** (16 - bitsPerSample);
  return values.map((value) => Math.min(65535, Math.round((value * 65535) / white)));
}

function resized(pipeline: Sharp, { width, height }: ImageSize): Sharp {
  return pipeline.resize({ width, height, fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false });
}

function sharpOptions(failOn: 'error' | 'warning'): SharpOptions {
  return { failOn, limitInputPixels: false, sequentialRead: true };
}

function asUint16(data: Buffer): Uint16Array {
  if (data.byteOffset % 2 === 0) return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return new Uint16Array(Uint8Array.from(data).buffer);
}

function undecodable(name: string, error: unknown): Error {
  // The last line of several says why; the lines before it say what was tried.
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.trim().split('\n');
  const reason = at(lines, lines.length - 1)
    .trim()
    .replace(/:$/, '');
  const got = /unsupported image format/.test(reason)
    ? 'a file of another kind, or one whose header is truncated'
    : damaged(reason === NO_REASON ? undefined : reason);
  return refusedImage(name, got);
}
