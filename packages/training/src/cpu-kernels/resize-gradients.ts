/**
 * @module
 * Gradients of resized images on the JavaScript backend.
 *
 * Nearest: the stock kernel takes dy of every image at the offset of the input's images, and looks for dy without end where the
 * input has one row or column and corners are aligned. Here each number of dy goes to the pixel that the forward pass took:
 * y[o] = x[s(o)], so dx[i] = Σ_o dy[o] over s(o) = i.
 *
 * Bilinear: the stock kernel exchanges height and width of the result, and takes no account of the centres of pixels. Here each
 * number of dy goes to the two rows and two columns that the forward pass mixed, by their shares.
 */
import {
  engine,
  type KernelFunc,
  type NamedTensorInfoMap,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';

type Shape = readonly [batch: number, height: number, width: number, channels: number];

/** dx in the shape of images `[batch, height, width, channels]`. */
export const resizeNearestNeighborGradient: KernelFunc = ({ inputs, attrs = {} }) => {
  const [dy, images] = [inputOf(inputs, 'dy'), inputOf(inputs, 'images')];
  const [batch, height, width, channels] = images.shape as unknown as Shape;
  const [, outHeight, outWidth] = dy.shape as unknown as Shape;
  const rows = sources(height, outHeight, attrs);
  const columns = sources(width, outWidth, attrs);
  const from = engine().readSync(dy.dataId) as Float32Array;
  const dx = new Float32Array(util.sizeFromShape(images.shape));
  let next = 0;
  for (let image = 0; image < batch; image++) {
    for (const row of rows) {
      for (const column of columns) {
        const pixel = ((image * height + row) * width + column) * channels;
        for (let channel = 0; channel < channels; channel++) {
          dx[pixel + channel] = (dx[pixel + channel] ?? 0) + (from[next++] ?? 0);
        }
      }
    }
  }
  return {
    dataId: engine().backend.write(dx, images.shape, 'float32'),
    shape: images.shape,
    dtype: 'float32',
  };
};

/** dx in the shape of images `[batch, height, width, channels]`. */
export const resizeBilinearGradient: KernelFunc = ({ inputs, attrs = {} }) => {
  const [dy, images] = [inputOf(inputs, 'dy'), inputOf(inputs, 'images')];
  const [batch, height, width, channels] = images.shape as unknown as Shape;
  const [, outHeight, outWidth] = dy.shape as unknown as Shape;
  const rows = shares(height, outHeight, attrs);
  const columns = shares(width, outWidth, attrs);
  const from = engine().readSync(dy.dataId) as Float32Array;
  const dx = new Float32Array(util.sizeFromShape(images.shape));
  let pixelOfDy = 0;
  for (let image = 0; image < batch; image++) {
    for (const ofRow of rows) {
      for (const ofColumn of columns) {
        for (const [row, down] of ofRow) {
          for (const [column, across] of ofColumn) {
            const pixel = ((image * height + row) * width + column) * channels;
            for (let channel = 0; channel < channels; channel++) {
              const slope = from[pixelOfDy + channel] ?? 0;
              dx[pixel + channel] = (dx[pixel + channel] ?? 0) + down * across * slope;
            }
          }
        }
        pixelOfDy += channels;
      }
    }
  }
  return {
    dataId: engine().backend.write(dx, images.shape, 'float32'),
    shape: images.shape,
    dtype: 'float32',
  };
};

interface Placing {
  readonly alignCorners?: unknown;
  readonly halfPixelCenters?: unknown;
}

/** For each row (or column) of the result, its place among those of `side`, as a fraction. */
function places(side: number, outSide: number, { alignCorners, halfPixelCenters }: Placing): number[] {
  const aligned = alignCorners === true && outSide > 1 ? 1 : 0;
  const scale = (side - aligned) / (outSide - aligned);
  const shift = halfPixelCenters === true ? 0.5 : 0;
  return Array.from({ length: outSide }, (_, place) => scale * (place + shift));
}

/** For each row (or column) of the result, the one of `side` that the forward kernel takes. */
function sources(side: number, outSide: number, placing: Placing): number[] {
  const round = placing.alignCorners === true ? Math.round : Math.floor;
  return places(side, outSide, placing).map((place) => Math.min(side - 1, round(place)));
}

/** For each row (or column) of the result, the two of `side` that the forward kernel mixes, and their shares. */
function shares(
  side: number,
  outSide: number,
  placing: Placing,
): (readonly (readonly [index: number, share: number])[])[] {
  const shift = placing.halfPixelCenters === true ? 0.5 : 0;
  return places(side, outSide, placing).map((centre) => {
    const place = centre - shift;
    const share = place - Math.floor(place);
    return [
      [Math.max(0, Math.floor(place)), 1 - share],
      [Math.min(side - 1, Math.ceil(place)), share],
    ];
  });
}

function inputOf(inputs: NamedTensorInfoMap, name: string): TensorInfo {
  const input = inputs[name];
  if (!input) throw new RangeError(`the gradient of a resized image has no input ${name}`);
  return input;
}
