/**
 * @module
 * Gradients of resized images on the JavaScript backend.
 *
 * Nearest: the stock kernel takes dy of every image at the offset of the input's images, and looks for dy without end where the
 * input has one row or column and corners are aligned. Here each number of dy goes to the pixel that the forward pass took:
 * y[o] = x[s(o)], so dx[i] = Σ_o dy[o] over s(o) = i.
 *
 * Bilinear: the stock kernel gives the right numbers, in a tensor whose height and width are exchanged.
 */
import {
  engine,
  type KernelConfig,
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

/** The stock kernel's numbers in the shape of images. */
export function resizeBilinearGradient(stock: KernelConfig): KernelFunc {
  return (args) => {
    const dx = stock.kernelFunc(args) as TensorInfo;
    return { ...dx, shape: inputOf(args.inputs, 'images').shape };
  };
}

/** For each row (or column) of the result, the one of `side` that the forward kernel takes. */
function sources(
  side: number,
  outSide: number,
  {
    alignCorners,
    halfPixelCenters,
  }: { readonly alignCorners?: unknown; readonly halfPixelCenters?: unknown },
): number[] {
  const aligned = alignCorners === true && outSide > 1 ? 1 : 0;
  const scale = (side - aligned) / (outSide - aligned);
  const shift = halfPixelCenters === true ? 0.5 : 0;
  const round = alignCorners === true ? Math.round : Math.floor;
  return Array.from({ length: outSide }, (_, place) => Math.min(side - 1, round(scale * (place + shift))));
}

function inputOf(inputs: NamedTensorInfoMap, name: string): TensorInfo {
  const input = inputs[name];
  if (!input) throw new RangeError(`the gradient of a resized image has no input ${name}`);
  return input;
}
