/**
 * @module
 * Which convolutions Winograd's algorithm (cpp/winograd.cc) is for.
 */
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { ATTRIBUTE, type NativeBackend } from './tensorflow-operation.js';
import { agree, asTensor, wave } from './try-kernel.js';

/** From so many channels on, filtering of 5x5 gains more than its transforms take. */
const LEAST_CHANNELS_OF_5X5 = 32;
/**
 * The smallest images on which filtering is the faster one, by the side of the filter. On images of 3x3 half of the tiles would
 * be unused. On images of 7x7 a quarter would be, and a network of such images reads each filter from memory.
 */
const LEAST_SIDES: Readonly<Record<number, number>> = { 3: 4, 5: 8 };

/**
 * Whether Winograd's algorithm is the faster one. For tiles of 2x2 it takes 4/9 of the multiplications of a 3x3 filter and 9/25
 * of those of a 5x5 one, and 16/9 and 36/25 of the memory for the filter. The choice does not depend on the size of the batch,
 * so that the features of an image have the same bits alone and in any batch.
 *
 * @param image `[batch, height, width, in]`
 * @param filter `[height, width, in, out]`
 */
export function isForWinograd(
  image: readonly number[],
  filter: readonly number[],
  stride: number,
  padding: number,
  backend: NativeBackend,
): boolean {
  const [, imageHeight = 0, imageWidth = 0] = image;
  const [height = 0, width, channelsIn = 0, channelsOut = 0] = filter;
  const isKnown =
    height === 3 || (height === 5 && channelsIn >= LEAST_CHANNELS_OF_5X5 && knows5x5.has(backend));
  const keepsSize = height === width && stride === 1 && 2 * padding + 1 === height;
  const fillsPanels = channelsIn % 16 === 0 && channelsOut % (knowsHalfPanels.has(backend) ? 16 : 32) === 0;
  const fillsTiles = Math.min(imageHeight, imageWidth) >= (LEAST_SIDES[height] ?? Infinity);
  return isKnown && keepsSize && fillsPanels && fillsTiles;
}

/**
 * Whether the operation for the gradient of a filter takes it by Winograd's algorithm (cpp/winograd-filter-gradient.h), in half of
 * oneDNN's time for any number of channels.
 *
 * @param gradient of the result, `[batch, height, width, out]`
 * @param filter `[height, width, in, out]`
 */
export function isFilterGradientByWinograd(
  gradient: readonly number[],
  filter: readonly number[],
  strides: readonly number[],
  backend: NativeBackend,
): boolean {
  const [, imageHeight = 0, imageWidth = 0] = gradient;
  const [height, width, ...channels] = filter;
  return (
    knowsHalfPanels.has(backend) && // and this too, since the same revision
    height === 3 &&
    width === 3 &&
    strides.every((stride) => stride === 1) &&
    channels.every((count) => count % 16 === 0) &&
    Math.min(imageHeight, imageWidth) >= (LEAST_SIDES[3] ?? Infinity)
  );
}

/** The backends whose binding filters 5x5, and of which it fills half a panel. Older bindings do not. */
const knows5x5 = new WeakSet<NativeBackend>();
const knowsHalfPanels = new WeakSet<NativeBackend>();

/** Finds out what the binding filters. To be called once the backend is registered. */
export function tryFilterings(backend: NativeBackend): void {
  if (computesTheSame([5, 5, 16, 32], backend)) knows5x5.add(backend);
  if (computesTheSame([3, 3, 16, 16], backend)) knowsHalfPanels.add(backend);
}

/** Whether filtering computes what plain sums do. */
function computesTheSame(filterShape: [number, number, number, number], backend: NativeBackend): boolean {
  return agree(LARGEST_DIFFERENCE, () => {
    const [x, filter] = [wave([1, 5, 6, filterShape[2]], 0.7), wave(filterShape, 1.3)];
    const steps = [
      { name: 'stride', type: ATTRIBUTE.int, value: 1 },
      { name: 'padding', type: ATTRIBUTE.int, value: (filterShape[0] - 1) / 2 },
    ];
    const by = (operation: string): Tensor =>
      tidy(() => {
        const packed = asTensor(backend.executeSingleOutput(`${operation}Pack`, [], [filter]));
        return asTensor(backend.executeSingleOutput(operation, steps, [x, filter, packed]));
      });
    return [by('LpipsDirect'), by('LpipsWinograd')];
  });
}

/** Two float32 evaluations of one sum of 400 products. */
const LARGEST_DIFFERENCE = 1e-4;
