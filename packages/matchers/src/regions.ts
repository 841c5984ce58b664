/**
 * @module
 * Parts of an image that do not count. A masked rectangle is painted over in both images before anything looks at them,
 * so that it shows in snapshots and pictures. An ignored one takes the reference's pixels and has no weight in any number,
 * as with the `mask` of lpips-core.
 */
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { type ImageSize, invalid } from 'lpips-core';
import type { Area } from 'lpips-pictures/node';
import sharp from 'sharp';
import type { ReadImage } from './lookable-image.js';

/** Which rectangles do not count. */
export interface Regions {
  readonly mask: readonly Area[];
  readonly ignore: readonly Area[];
}

/** What masks are painted with: the colour that Playwright paints over locators with. */
const PAINT = { r: 255, g: 0, b: 255 } as const;
/** The same in [-1, 1]. */
const PAINT_VALUES = [1, -1, 1] as const;
const FIELDS = ['left', 'top', 'width', 'height'] as const;

/** @throws LpipsError unless `value` is a list of rectangles in whole pixels that do not begin left of or above an image */
export function checkRectangles(
  where: string,
  name: string,
  value: unknown,
): asserts value is readonly Area[] {
  const requirement = 'a list of rectangles { left, top, width, height } in pixels';
  if (!Array.isArray(value)) throw invalid(where, requirement, name, kindOf(value));
  for (const [index, area] of value.entries()) {
    if (typeof area !== 'object' || area === null) {
      throw invalid(where, requirement, `${name}[${index}]`, kindOf(area));
    }
    for (const field of FIELDS) {
      const side: unknown = Reflect.get(area, field);
      const least = field === 'width' || field === 'height' ? 1 : 0;
      if (typeof side === 'number' && Number.isSafeInteger(side) && side >= least) continue;
      throw invalid(where, `a whole number from ${least} up`, `${name}[${index}].${field}`, kindOf(side));
    }
    const unknown = Object.keys(area).find((key) => !FIELDS.some((field) => field === key));
    if (unknown !== undefined) throw invalid(where, FIELDS.join(', '), `${name}[${index}]`, `"${unknown}"`);
  }
}

/** @throws LpipsError where a rectangle lies outside of the image, or nothing of the image is left */
export function checkRegionsFit(where: string, size: ImageSize, { mask, ignore }: Regions): void {
  const { width, height } = size;
  for (const [name, areas] of Object.entries({ mask, ignore })) {
    for (const [index, area] of areas.entries()) {
      if (area.left < width && area.top < height) continue;
      const got = `${area.width}x${area.height} pixels from (${area.left}, ${area.top})`;
      throw invalid(
        where,
        `a rectangle in the ${width}x${height} pixels of the image`,
        `${name}[${index}]`,
        got,
      );
    }
  }
  const areas = [...mask, ...ignore];
  const most = areas.reduce((sum, area) => sum + area.width * area.height, 0);
  if (most < width * height || planeOf(size, areas).includes(0)) return;
  const advice = 'Nothing is left to compare.';
  const requirement = `rectangles that leave a part of the ${width}x${height} pixels`;
  throw invalid(where, requirement, 'mask and ignore', 'rectangles that cover all of them', advice);
}

/**
 * The image with its masked rectangles painted over.
 *
 * @param image its tensor is disposed where another one takes its place
 */
export async function paintOver(image: ReadImage, mask: readonly Area[]): Promise<ReadImage> {
  if (mask.length === 0) return image;
  const { tensor, overBlack, png, width, height } = image;
  const painted = {
    tensor: await paintTensor(tensor, mask),
    width,
    height,
    ...(png && { png: await paintPng(png, image, mask) }),
    ...(overBlack && {
      overBlack: async () => {
        const unpainted = await overBlack();
        try {
          return await paintTensor(unpainted, mask);
        } finally {
          unpainted.dispose();
        }
      },
    }),
  };
  tensor.dispose();
  return painted;
}

/**
 * The image as it is compared: where it is ignored, it has the reference's pixels.
 *
 * @returns a copy, which the caller disposes, and the weights of the spatial mean, 0 where the image is ignored
 */
export async function leaveOut(
  image: ReadImage,
  reference: ReadImage,
  ignore: readonly Area[],
): Promise<{ image: ReadImage; weights: Float32Array }> {
  const [values, others] = [await image.tensor.data<'float32'>(), await reference.tensor.data<'float32'>()];
  const ignored = planeOf(image, ignore);
  const composite = Float32Array.from(values, (value, index) => {
    return ignored[Math.floor(index / 3)] === 0 ? value : (others[index] ?? 0);
  });
  const { width, height } = image;
  const weights = Float32Array.from(ignored, (isIgnored) => 1 - isIgnored);
  return { image: { tensor: tensor4d(composite, [1, height, width, 3]), width, height }, weights };
}

/** 1 where a pixel lies in one of the rectangles, row by row. */
function planeOf({ width, height }: ImageSize, areas: readonly Area[]): Uint8Array {
  const plane = new Uint8Array(width * height);
  for (const area of areas) {
    const right = Math.min(width, area.left + area.width);
    const bottom = Math.min(height, area.top + area.height);
    for (let y = area.top; y < bottom; y++) plane.fill(1, y * width + area.left, y * width + right);
  }
  return plane;
}

async function paintTensor(tensor: Tensor4D, mask: readonly Area[]): Promise<Tensor4D> {
  const [, height, width] = tensor.shape;
  const plane = planeOf({ width, height }, mask);
  const values = Float32Array.from(await tensor.data<'float32'>(), (value, index) => {
    return plane[Math.floor(index / 3)] === 0 ? value : (PAINT_VALUES[index % 3] ?? 0);
  });
  return tensor4d(values, tensor.shape);
}

/** Paints on the file itself, which keeps its transparency elsewhere. */
async function paintPng(
  png: Uint8Array,
  { width, height }: ImageSize,
  mask: readonly Area[],
): Promise<Buffer> {
  const inside = mask.filter(({ left, top }) => left < width && top < height);
  const rectangles = inside.map(({ left, top, ...area }) => {
    const size = { width: Math.min(area.width, width - left), height: Math.min(area.height, height - top) };
    return { input: { create: { ...size, channels: 3 as const, background: PAINT } }, left, top };
  });
  return await sharp(png).composite(rectangles).png().toBuffer();
}

function kindOf(value: unknown): string {
  if (typeof value === 'number' || value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
