/**
 * @module
 * `npm run bench`: every benchmark beside its competitor. Prints medians and ratios.
 */
import '@tensorflow/tfjs-backend-wasm';
import { ready, setBackend } from '@tensorflow/tfjs';
import { startProgram } from 'example-harness/program';
import { selectBackend } from 'lpips-node';
import { threadsInUse } from 'tfjs-wasm-kernels';
import { processorMs } from './alternate.js';
import { describeBackend, describeMachine } from './machine.js';
import { pairsWithCache } from './pairs-with-cache.js';
import { BATCH, CAPTURED_STEPS, SIDE, STEP_LOSSES, type StepLoss, trainingSteps } from './training-step.js';
import { vgg16OnWasm } from './vgg16-on-wasm.js';
import { addedKernels, convolutionsOnWasm, replacedKernelsOnWasm } from './wasm-kernels.js';
import { workersOnWasm } from './workers.js';

type Print = (line: string) => void;

const milliseconds = (value: number) => `${value.toFixed(0).padStart(6)} ms`;
const exact = (value: number) => `${value.toFixed(1).padStart(9)} ms`;
const ratio = (slow: number, fast: number) => `${(slow / fast).toFixed(2)} times faster`;

await startProgram({
  name: 'bench',
  about: 'Measures every benchmark beside its competitor, on the WASM backend. Takes some minutes.',
  flags: {},
  run: (_, terminal) => bench((line) => terminal.out(`${line}\n`)),
});

async function bench(print: Print): Promise<void> {
  await setBackend('wasm');
  await ready();
  print(`${describeMachine()}; ${describeBackend('wasm')}`);
  const threads = threadsInUse();
  for (const count of threads > 1 ? [1, threads] : [1]) benchVgg16(print, count);
  await benchPairs(print);
  await benchWorkers(print);
  await benchKernels(print);
  await benchTrainingSteps(print);
}

function benchVgg16(print: Print, threads: number): void {
  const on = threads === 1 ? 'one thread' : `${threads} threads`;
  print(`\nVGG16 (seeded weights), a pair of 2x64x64x3, ${on}; medians of 7 turns after 2 for warming up`);
  const { medians, gradientsDifferBy } = vgg16OnWasm(threads);
  const { forward, gradient } = medians;
  const [plain, cached] = [medians['plain gradient'], medians['gradient, cached reference']];
  print(`  forward, plain operations              ${milliseconds(medians['plain forward'])}`);
  print(
    `  forward                                ${milliseconds(forward)}   ${ratio(medians['plain forward'], forward)}`,
  );
  print(`  forward + gradient, plain operations   ${milliseconds(plain)}`);
  print(`  forward + gradient                     ${milliseconds(gradient)}   ${ratio(plain, gradient)}`);
  print(`  the same, cached reference features    ${milliseconds(cached)}   ${ratio(plain, cached)}`);
  print(`  the two gradients differ by ${gradientsDifferBy.toExponential(1)} (relative L2)`);
}

async function benchPairs(print: Print): Promise<void> {
  const { medians, images, side, largestDifference } = await pairsWithCache();
  const { direct, cached } = medians;
  print(`\nAll pairs of ${images} photographs, ${side}x${side}, lite; medians of 3 turns after 1`);
  print(`  a loop over distance(image, image)     ${milliseconds(direct)}`);
  print(`  features once for each image           ${milliseconds(cached)}   ${ratio(direct, cached)}`);
  print(`  largest difference of a distance ${largestDifference.toExponential(1)}`);
}

async function benchWorkers(print: Print): Promise<void> {
  const { medians, workers, images, side, sameBits } = await workersOnWasm();
  print(
    `\nWhole commands with lite on wasm, crops of photographs, ${side}x${side}; medians of 3 turns, ` +
      `the same bits: ${sameBits ? 'yes' : 'NO'}`,
  );
  const row = (title: string, median: number, note = '') =>
    print(`  ${title}`.padEnd(41) + milliseconds(median) + (note === '' ? '' : `   ${note}`));
  for (const command of ['folder', 'pairs'] as const) {
    const [alone, together] = [medians[`${command}, 1 worker`], medians[command]];
    const atOnce = medians[`${command}, at once`];
    const most = ((workers * alone) / atOnce).toFixed(2);
    row(`lpips ${command}, ${images[command]} images, 1 worker`, alone);
    row(`lpips ${command}, ${workers} workers`, together, ratio(alone, together));
    row(`${workers} commands of 1 worker at once`, atOnce, `so these cores give ${most} times at most`);
  }
}

async function benchKernels(print: Print): Promise<void> {
  print('\nGradients of convolutions, padding same; medians of 5 turns after 1. Before: the stock kernel');
  print('  x, kernel, stride                   forward  to the filter    to the input       before');
  for (const { title, medians } of convolutionsOnWasm()) {
    const { forward, filter, input } = medians;
    const before = medians['stock input'];
    const columns = [forward, filter, input, before].map(exact);
    print(`  ${title.padEnd(32)} ${columns.join('     ')}   ${ratio(before, input)}`);
  }
  const replaced = replacedKernelsOnWasm();
  for (const kernel of ['matMul, transposed', 'maxPool, gradient'] as const) {
    const [after, before] = [replaced[kernel], replaced[`stock ${kernel}`]];
    print(`  ${kernel.padEnd(60)} ${exact(after)}     ${exact(before)}   ${ratio(before, after)}`);
  }
  print(
    '\nKernels that WASM lacks, in small sizes against the JavaScript backend; medians of 3 turns after 1',
  );
  for (const { title, wasm, cpu } of await addedKernels()) {
    print(`  ${title.padEnd(46)} ${exact(wasm)}     ${exact(cpu)}   ${ratio(cpu, wasm)}`);
  }
}

async function benchTrainingSteps(print: Print): Promise<void> {
  await setBackend('wasm');
  printSteps(print, describeBackend('wasm'), trainingSteps(7, [...STEP_LOSSES, ...CAPTURED_STEPS]));
  try {
    await selectBackend('tensorflow');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    print(`\nA training step on tensorflow is not measured: ${reason}`);
    return;
  }
  printSteps(print, 'tensorflow, all cores', trainingSteps(7, [...STEP_LOSSES, ...CAPTURED_STEPS]));
  print("\nThe same on tensorflow, by the processor's time on all cores");
  const times = trainingSteps(15, [...STEP_LOSSES, ...CAPTURED_STEPS], processorMs);
  for (const loss of STEP_LOSSES) {
    const captured = times[`${loss}, captured`];
    print(`  ${loss.padEnd(38)} ${milliseconds(times[loss])}   captured ${milliseconds(captured)}`);
  }
}

/** A training step with each loss, and the share of the loss in it. */
function printSteps(print: Print, where: string, medians: Partial<Record<StepLoss, number>>): void {
  print(
    `\nA training step of the examples' autoencoder, ${BATCH}x${SIDE}x${SIDE}x3, ${where}; medians of 7 turns after 2. The ` +
      'stock WASM backend cannot take one: it has no gradient of a convolution to its filter. VQGAN and CogVideo train with VGG16',
  );
  for (const [loss, median] of Object.entries(medians)) {
    const withMse = medians[loss.endsWith('captured') ? 'MSE, captured' : 'MSE'] ?? Number.NaN;
    const share = `${(100 * (1 - withMse / median)).toFixed(0)} % of it the loss`;
    print(`  ${loss.padEnd(38)} ${milliseconds(median)}${loss.startsWith('MSE') ? '' : `   ${share}`}`);
  }
}
