/**
 * @module
 * Decodes files that were dropped or picked, with the browser's decoder. A file that it does not take is refused with an
 * error that says what the file is.
 */
import { kindOf } from '../check-options.js';
import { invalid } from '../errors.js';
import { isTruncated } from '../images/truncated.js';

const DAMAGED = 'a damaged or incomplete file';

/**
 * @returns the decoded image as shown, EXIF orientation applied; the caller closes it
 * @throws LpipsError if the blob is empty, unreadable, damaged or not an image, or no Blob
 */
export async function decodeBlob(blob: Blob): Promise<ImageBitmap> {
  if (!(blob instanceof Blob)) throw invalid('decodeBlob', 'a Blob or a File', 'blob', kindOf(blob));
  const name = 'name' in blob ? String(blob.name) : 'the blob';
  if (blob.size === 0) throw refused(name, 'an empty file');
  if (isTruncated(new Uint8Array(await blob.arrayBuffer().catch(() => new ArrayBuffer(0)))))
    throw refused(name, DAMAGED);
  try {
    return await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch (error) {
    throw refused(name, ...(await whatItIs(blob, error)));
  }
}

/** What the file is instead of an image, and what to do about it. */
async function whatItIs(blob: Blob, error: unknown): Promise<[got: string, advice?: string]> {
  if (error instanceof DOMException && error.name === 'NotReadableError') {
    return ['a file that cannot be read', 'Was it moved or changed since it was picked?'];
  }
  const start = String.fromCharCode(...new Uint8Array(await blob.slice(0, 64).arrayBuffer()));
  if (start.startsWith('%PDF')) return ['a PDF', 'Save its pages as PNG first.'];
  const compression = /^....ftyp(heic|heix|hevc|mif1)/s.test(start) ? 'HEIC' : undefined;
  const other = compression ?? (/^(II\*\0|MM\0\*)/.test(start) ? 'TIFF' : undefined);
  if (other) return [`an image in ${other} format, which this browser does not read`, 'Convert it first.'];
  if (/^\s*(<\?xml|<svg)/.test(start)) return ['a drawing in SVG format', 'Draw it on a canvas first.'];
  const isImage = /^(\x89PNG|\xff\xd8\xff|GIF8|BM|RIFF....WEBP|....ftypavi)/s.test(start);
  if (isImage) return [DAMAGED];
  return [blob.type === '' ? 'a file of another kind' : `a file of type ${blob.type}`];
}

function refused(name: string, got: string, advice = ''): Error {
  return invalid('imageFrom', 'a PNG, JPEG, WebP, AVIF or GIF image', name, got, advice);
}
