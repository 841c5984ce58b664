/**
 * @module
 * This project's side of a training step. Usage: `own-training-step.js LOSS BACKEND ROUNDS`; prints the median
 * milliseconds as JSON.
 */
import { type BackendChoice, selectBackend } from 'lpips-node';
import 'tfjs-wasm-kernels';
import { trainingSteps } from '../src/training-step.js';

const [loss, backend, rounds] = process.argv.slice(2);
await selectBackend(backend as BackendChoice);
const name = loss === 'mse' ? 'MSE' : 'L1 + LPIPS, alex';
process.stdout.write(JSON.stringify({ ms: trainingSteps(Number(rounds), [name])[name] }));
