/**
 * @module
 * A process that starts the native backend in a worker thread, or in its main one, and prints how many tensors there are.
 * Arguments: the URL of tfjs-native's entry, and `worker` or `main`.
 */
import { Worker } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs';

const [entry, thread] = process.argv.slice(2);
if (entry === undefined) throw new RangeError('the URL of tfjs-native is missing');
if (thread === 'worker') {
  new Worker(new URL(import.meta.url), { argv: [entry, 'main'] });
} else {
  const { useNative } = await import(entry);
  await useNative({ device: 'cpu' });
  const { numTensors, numBytes } = memory();
  process.stdout.write(JSON.stringify({ numTensors, numBytes }));
}
