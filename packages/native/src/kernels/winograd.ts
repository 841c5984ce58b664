/**
 * @module
 * Which convolutions Winograd's algorithm (cpp/winograd.cc) is for.
 */

/** From so many channels on, filtering of 5x5 gains more than its transforms take. */
const LEAST_CHANNELS_OF_5X5 = 32;

/**
 * Whether Winograd's algorithm is the faster one. For tiles of 2x2 it takes 4/9 of the multiplications of a 3x3 filter and 9/25
 * of those of a 5x5 one, and 16/9 and 36/25 of the memory for the filter. On images of 3x3 half of its tiles would be unused.
 * The choice does not depend on the size of the batch, so that the features of an image have the same bits alone and in any
 * batch.
 *
 * @param image `[batch, height, width, in]`
 * @param filter `[height, width, in, out]`
 */
export function isForWinograd(
  image: readonly number[],
  filter: readonly number[],
  stride: number,
  padding: number,
): boolean {
  const [, imageHeight = 0, imageWidth = 0] = image;
  const [height, width, channelsIn = 0, channelsOut = 0] = filter;
  const isKnown = height === 3 || (height === 5 && channelsIn >= LEAST_CHANNELS_OF_5X5);
  const keepsSize = height === width && stride === 1 && 2 * padding + 1 === height;
  const fillsPanels = channelsIn % 16 === 0 && channelsOut % 32 === 0;
  return isKnown && keepsSize && fillsPanels && Math.min(imageHeight, imageWidth) > 3;
}
