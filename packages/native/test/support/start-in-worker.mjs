/**
 * @module
 * A process that starts the native backend in a worker thread, or in its main one, and prints how many tensors there are.
 * Arguments: the URL of tfjs-native's entry, `worker` or `main`, and the log level in the environment of the worker alone.
 */
import { Worker } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs';

const [entry, thread, level] = process.argv.slice(2);
if (entry === undefined) throw new RangeError('the URL of tfjs-native is missing');
if (thread === 'worker') {
  new Worker(new URL(import.meta.url), {
    argv: [entry, 'main'],
    env: { ...process.env, ...(level !== undefined && { TF_CPP_MIN_LOG_LEVEL: level }) },
  });
} else {
  const { useNative } = await import(entry);
  await useNative({ device: 'cpu' });
  const { numTensors, numBytes } = memory();
  process.stdout.write(JSON.stringify({ numTensors, numBytes }));
}
