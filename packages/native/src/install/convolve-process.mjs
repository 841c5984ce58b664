/**
 * @module
 * Computes a convolution on a native backend and on WASM, in a process of its own, since a binding that does not fit
 * the machine can crash the process. Argument: the folder of the package. Prints
 * `{ tensorflow, difference }`: the version of the library, and by how much the results differ (relative, L2).
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import { keepInside } from '../keep-inside.mjs';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('the folder of a package is needed');
util.isNullOrUndefined ??= (/** @type {unknown} */ value) => value === null || value === undefined;

keepInside(path);
const tf = createRequire(pathToFileURL(join(path, 'package.json')))(path);
const backend = tf.backend();
const native = convolve();
await import('@tensorflow/tfjs-backend-wasm');
if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend did not start');
const reference = convolve();
if (native.length !== reference.length)
  throw new Error(`${native.length} values instead of ${reference.length}`);
const errors = reference.map((value, i) => value - at(native, i));
const norm = (/** @type {number[]} */ values) => Math.hypot(...values);
const difference = norm(errors) / norm(reference);
process.stdout.write(JSON.stringify({ tensorflow: backend.binding.TF_Version, difference }));

/** @param {number[]} values @param {number} index */
function at(values, index) {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no item ${index} of ${values.length}`);
  return value;
}

/** @returns {number[]} values of relu(x * filter + bias) on the current backend */
function convolve() {
  const x = tf.tensor(wave(2 * 17 * 19 * 8, 0.7), [2, 17, 19, 8]);
  const filter = tf.tensor(wave(3 * 3 * 8 * 16, 1.3), [3, 3, 8, 16]);
  const bias = tf.tensor(wave(16, 0.1), [16]);
  const shape = { x, filter, bias, strides: 1, pad: 'same', activation: 'relu' };
  return Array.from(tf.fused.conv2d(shape).dataSync());
}

/** @param {number} size @param {number} step */
function wave(size, step) {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * step));
}
