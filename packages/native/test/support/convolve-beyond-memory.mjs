/**
 * @module
 * A process that asks the native backend for a convolution of 256 GB, and then for a small one. Prints the message of
 * the first and a number of the second. Argument: the URL of tfjs-native's entry.
 */
import { engine, fill, tidy } from '@tensorflow/tfjs';

const [entry] = process.argv.slice(2);
if (entry === undefined) throw new RangeError('the URL of tfjs-native is missing');
const { findNative, loadNative } = await import(entry);
const [installed] = findNative('cpu');
loadNative(installed);

/** @param {number} side @param {number} channels */
function convolve(side, channels) {
  return tidy(() => {
    const inputs = { x: fill([1, side, side, 1], 0.5), filter: fill([1, 1, 1, channels], 2) };
    return engine().runKernel('LpipsConvolve@1', inputs, { stride: 1, padding: 0 }).dataSync()[0];
  });
}

let message = 'none';
try {
  convolve(4096, 4096);
} catch (error) {
  message = error instanceof Error ? error.message : String(error);
}
process.stdout.write(JSON.stringify({ message, small: convolve(4, 4) }));
