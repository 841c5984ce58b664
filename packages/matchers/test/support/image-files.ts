/**
 * @module
 * The images that the runners' small projects test, pieces of the fixtures around one icon, 96x96.
 */
import sharp from 'sharp';
import { iconPiece } from './fixtures.js';

/** Files by their names. `image.png` is `reference.png`, `smooth.png` looks like it, `missing.png` lacks its icon. */
export async function imageFiles(): Promise<Record<string, Buffer>> {
  const reference = await iconPiece('reference');
  return {
    'reference.png': reference,
    'image.png': reference,
    'smooth.png': await iconPiece('lcd-smoothing'),
    'missing.png': await iconPiece('missing-icon'),
    'small.png': await sharp(reference).resize(90, 80).png().toBuffer(),
    'broken.png': reference.subarray(0, reference.length / 2),
  };
}
