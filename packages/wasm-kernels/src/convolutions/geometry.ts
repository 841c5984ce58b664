/**
 * @module
 * The geometry of a convolution, and how its images lie in the kernels' own memory: with their zeros around them, so that
 * every window is whole.
 */
import type { backend_util } from '@tensorflow/tfjs-core';

/** Sizes in pixels and channels. The images are `[batch, height, width, in]`, the filter `[rows, columns, in, out]`. */
export interface Geometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly in: number;
  readonly rows: number; // of the filter
  readonly columns: number;
  readonly strides: readonly [vertical: number, horizontal: number];
  readonly dilations: readonly [vertical: number, horizontal: number];
  /** Zeros above and on the left. Negative: pixels to leave out. */
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly out: number;
}

/** Of a forward convolution that TensorFlow.js has computed the sizes of. */
export function geometryOf(info: backend_util.Conv2DInfo): Geometry {
  return {
    batch: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    in: info.inChannels,
    rows: info.filterHeight,
    columns: info.filterWidth,
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    top: info.padInfo.top,
    left: info.padInfo.left,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    out: info.outChannels,
  };
}

/** Part of the images that is in the kernels' own memory, with what is added around them. */
export interface Frame {
  /** Rows and columns of an image with its frame. */
  readonly height: number;
  readonly width: number;
  /** Where the images begin in it. Negative: how many of their rows and columns are left out. */
  readonly top: number;
  readonly left: number;
}

/** The frame that the windows of a convolution cover. */
export function frameOf(g: Geometry): Frame {
  return {
    height: (g.outHeight - 1) * g.strides[0] + (g.rows - 1) * g.dilations[0] + 1,
    width: (g.outWidth - 1) * g.strides[1] + (g.columns - 1) * g.dilations[1] + 1,
    top: g.top,
    left: g.left,
  };
}

/** Bytes of one framed image and its result. */
export function bytesOfImage(g: Geometry): number {
  const { height, width } = frameOf(g);
  return (height * width * g.in + g.outHeight * g.outWidth * g.out) * Float32Array.BYTES_PER_ELEMENT;
}

/**
 * Calls `work` for some images after the other, as many as so many bytes hold with their results, and at least one.
 *
 * @returns false as soon as `work` does
 */
export function inParts(
  g: Geometry,
  bytesAtOnce: number,
  work: (part: Geometry, firstImage: number) => boolean,
): boolean {
  const images = Math.max(1, Math.floor(bytesAtOnce / bytesOfImage(g)));
  for (let first = 0; first < g.batch; first += images) {
    if (!work({ ...g, batch: Math.min(images, g.batch - first) }, first)) return false;
  }
  return true;
}

/**
 * Copies images `[batch, height, width, channels]` into a frame, with zeros around them. More images may follow.
 *
 * @param to where the first framed image begins, with room for all of them
 */
export function copyFramed(
  from: Float32Array,
  { batch, height, width, channels }: { batch: number; height: number; width: number; channels: number },
  frame: Frame,
  to: Float32Array,
): void {
  const firstRow = Math.max(0, -frame.top);
  const lastRow = Math.min(height, frame.height - frame.top);
  const firstColumn = Math.max(0, -frame.left);
  const lastColumn = Math.min(width, frame.width - frame.left);
  const isWhole = frame.width === width && frame.left === 0;
  if (isWhole && frame.height === height && frame.top === 0) {
    to.set(from.subarray(0, batch * height * width * channels));
    return;
  }
  const line = frame.width * channels;
  if (lastRow <= firstRow || lastColumn <= firstColumn) {
    to.fill(0, 0, batch * frame.height * line);
    return;
  }
  const kept = (lastColumn - firstColumn) * channels;
  const left = Math.max(0, frame.left) * channels;
  const right = line - left - kept;
  let at = 0;
  for (let image = 0; image < batch; image++) {
    const source = (image * height * width + firstColumn) * channels;
    const above = Math.max(0, frame.top);
    const below = frame.height - above - (lastRow - firstRow);
    to.fill(0, at, at + above * line + left);
    at += above * line;
    if (isWhole) {
      to.set(from.subarray(source + firstRow * kept, source + lastRow * kept), at);
      at += (lastRow - firstRow) * line;
    } else {
      for (let row = firstRow; row < lastRow; row++) {
        const start = source + row * width * channels;
        to.set(from.subarray(start, start + kept), at + left);
        // What is on the right of this line, and on the left of the next.
        to.fill(0, at + left + kept, at + left + kept + right + left);
        at += line;
      }
    }
    to.fill(0, at, at + below * line);
    at += below * line;
  }
}
