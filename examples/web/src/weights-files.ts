/**
 * @module
 * Tells weights from pictures among the files that a visitor drops.
 */

const WEIGHTS = /\.(pth|pt|safetensors)$/i;

/** Endings of weights files, as a file dialog takes them. */
export const WEIGHTS_ENDINGS = '.pth,.pt,.safetensors';

/** Whether a file holds weights, as far as its name tells. */
export function isWeightsFile({ name }: File): boolean {
  return WEIGHTS.test(name);
}
