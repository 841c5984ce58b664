/**
 * @module
 * What happens to photographs on their way through the web: copies that a search is to find again.
 */
import sharp, { type Sharp } from 'sharp';

/** A way to make a copy. */
export interface Copying {
  readonly name: string;
  /** @param size of the photograph, in pixels */
  readonly apply: (photograph: Sharp, size: { width: number; height: number }) => Sharp;
}

/** The ways, from what leaves every pixel in its place to what does not. */
export const COPYINGS: readonly Copying[] = [
  { name: 'JPEG 30', apply: (photograph) => photograph.jpeg({ quality: 30 }) },
  { name: 'JPEG 10', apply: (photograph) => photograph.jpeg({ quality: 10 }) },
  {
    name: 'half size',
    apply: (photograph, { width }) => photograph.resize({ width: Math.round(width / 2) }),
  },
  { name: 'blur, σ 2', apply: (photograph) => photograph.blur(2) },
  { name: 'grey', apply: (photograph) => photograph.greyscale() },
  {
    name: 'saturation 1.5, hue 15°',
    apply: (photograph) => photograph.modulate({ saturation: 1.5, hue: 15 }),
  },
  { name: 'gamma 1.6', apply: (photograph) => photograph.gamma(1.6) },
  { name: 'shift by 2 %', apply: (photograph, size) => crop(photograph, size, 0.02, 0) },
  { name: 'shift by 5 %', apply: (photograph, size) => crop(photograph, size, 0.05, 0) },
  { name: 'crop to 95 %', apply: (photograph, size) => crop(photograph, size, 0.025, 0.025) },
  { name: 'crop to 80 %', apply: (photograph, size) => crop(photograph, size, 0.1, 0.1) },
  { name: 'rotation by 3°', apply: (photograph) => photograph.rotate(3, { background: '#808080' }) },
];

/** PNG of the copy of a photograph. */
export async function copyOf(photograph: Buffer, { apply }: Copying): Promise<Buffer> {
  const { width, height } = await sharp(photograph).metadata();
  const copied = await apply(sharp(photograph), { width, height }).toBuffer();
  return await sharp(copied).toColourspace('srgb').png({ compressionLevel: 1 }).toBuffer();
}

/** Leaves out a share of the picture to the left and above, and another to the right and below. */
function crop(
  photograph: Sharp,
  { width, height }: { width: number; height: number },
  before: number,
  after: number,
): Sharp {
  return photograph.extract({
    left: Math.round(width * before),
    top: Math.round(height * before),
    width: Math.round(width * (1 - before - after)),
    height: Math.round(height * (1 - before - after)),
  });
}
