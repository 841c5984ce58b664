/**
 * @module
 * `npm run bench`: every benchmark beside its competitor. Prints medians and ratios.
 */
import '@tensorflow/tfjs-backend-wasm';
import { ready, setBackend } from '@tensorflow/tfjs';
import { choice, path } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { selectBackend } from 'lpips-node';
import { threadsInUse } from 'tfjs-wasm-kernels';
import { mediansOf, processorMs, type Times } from './alternate.js';
import { BenchRecorder } from './bench-recorder.js';
import { describeBackend, describeMachine } from './machine.js';
import { pairsWithCache } from './pairs-with-cache.js';
import { BATCH, CAPTURED_STEPS, SIDE, STEP_LOSSES, type StepLoss, trainingSteps } from './training-step.js';
import { vgg16OnWasm } from './vgg16-on-wasm.js';
import { addedKernels, convolutionsOnWasm, replacedKernelsOnWasm } from './wasm-kernels.js';
import { workersOnWasm } from './workers.js';

type Print = (line: string) => void;

/** What can be measured alone. */
const PARTS = ['vgg16', 'pairs', 'workers', 'kernels', 'steps'] as const;

const flags = {
  only: choice('PART', 'measures this part alone', PARTS, undefined),
  json: path('FILE', 'writes every single time there, for bench:compare', undefined),
};

const milliseconds = (value: number) => `${value.toFixed(0).padStart(6)} ms`;
const exact = (value: number) => `${value.toFixed(1).padStart(9)} ms`;
const ratio = (slow: number, fast: number) => `${(slow / fast).toFixed(2)} times faster`;

await startProgram({
  name: 'bench',
  about: 'Measures every benchmark beside its competitor, on the WASM backend. Takes some minutes.',
  flags,
  run: ({ only, json }, terminal) => bench((line) => terminal.out(`${line}\n`), { only, json }),
});

async function bench(print: Print, { only, json }: Options<typeof flags>): Promise<void> {
  const recorder = await BenchRecorder.start('bench', json);
  const wants = (part: (typeof PARTS)[number]) => only === undefined || only === part;
  await setBackend('wasm');
  await ready();
  recorder.version('backend wasm', describeBackend('wasm'));
  print(`${describeMachine()}; ${describeBackend('wasm')}`);
  const threads = threadsInUse();
  if (wants('vgg16'))
    for (const count of threads > 1 ? [1, threads] : [1]) benchVgg16(print, recorder, count);
  if (wants('pairs')) await benchPairs(print, recorder);
  if (wants('workers')) await benchWorkers(print, recorder);
  if (wants('kernels')) await benchKernels(print, recorder);
  if (wants('steps')) await benchTrainingSteps(print, recorder);
  await recorder.write();
}

/** Notes the turns of each contender; those whose names are listed are code of others. */
function note(
  recorder: BenchRecorder,
  what: string,
  times: Times,
  competitors: readonly string[] = [],
): void {
  for (const [name, values] of Object.entries(times)) {
    recorder.row(`${what}: ${name}`, values, { isCompetitor: competitors.includes(name) });
  }
}

function benchVgg16(print: Print, recorder: BenchRecorder, threads: number): void {
  const on = threads === 1 ? 'one thread' : `${threads} threads`;
  print(`\nVGG16 (seeded weights), a pair of 2x64x64x3, ${on}; medians of 7 turns after 2 for warming up`);
  const { times, gradientsDifferBy } = vgg16OnWasm(threads);
  note(recorder, `VGG16, 2x64x64x3, ${on}`, times, ['plain forward', 'plain gradient']);
  const medians = mediansOf(times);
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

async function benchPairs(print: Print, recorder: BenchRecorder): Promise<void> {
  const { times, images, side, largestDifference } = await pairsWithCache();
  note(recorder, `all pairs of ${images} photographs, ${side}x${side}, lite`, times);
  const { direct, cached } = mediansOf(times);
  print(`\nAll pairs of ${images} photographs, ${side}x${side}, lite; medians of 3 turns after 1`);
  print(`  a loop over distance(image, image)     ${milliseconds(direct)}`);
  print(`  features once for each image           ${milliseconds(cached)}   ${ratio(direct, cached)}`);
  print(`  largest difference of a distance ${largestDifference.toExponential(1)}`);
}

async function benchWorkers(print: Print, recorder: BenchRecorder): Promise<void> {
  const { times, workers, images, side, sameBits } = await workersOnWasm();
  note(recorder, `lpips with lite on wasm, ${side}x${side}, ${workers} workers`, times);
  const medians = mediansOf(times);
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

async function benchKernels(print: Print, recorder: BenchRecorder): Promise<void> {
  print('\nGradients of convolutions, padding same; medians of 5 turns after 1. Before: the stock kernel');
  print('  x, kernel, stride                   forward  to the filter    to the input       before');
  for (const { title, times } of convolutionsOnWasm()) {
    note(recorder, `convolution ${title}`, times, ['stock input']);
    const medians = mediansOf(times);
    const { forward, filter, input } = medians;
    const before = medians['stock input'];
    const columns = [forward, filter, input, before].map(exact);
    print(`  ${title.padEnd(32)} ${columns.join('     ')}   ${ratio(before, input)}`);
  }
  const replacedTimes = replacedKernelsOnWasm();
  note(recorder, 'kernel', replacedTimes, ['stock matMul, transposed', 'stock maxPool, gradient']);
  const replaced = mediansOf(replacedTimes);
  for (const kernel of ['matMul, transposed', 'maxPool, gradient'] as const) {
    const [after, before] = [replaced[kernel], replaced[`stock ${kernel}`]];
    print(`  ${kernel.padEnd(60)} ${exact(after)}     ${exact(before)}   ${ratio(before, after)}`);
  }
  print(
    '\nKernels that WASM lacks, in small sizes against the JavaScript backend; medians of 3 turns after 1',
  );
  for (const { title, ...times } of await addedKernels()) {
    note(recorder, title, times, ['cpu']);
    const { wasm, cpu } = mediansOf(times);
    print(`  ${title.padEnd(46)} ${exact(wasm)}     ${exact(cpu)}   ${ratio(cpu, wasm)}`);
  }
}

async function benchTrainingSteps(print: Print, recorder: BenchRecorder): Promise<void> {
  await setBackend('wasm');
  const losses = [...STEP_LOSSES, ...CAPTURED_STEPS];
  const onWasm = trainingSteps(7, losses);
  note(recorder, 'training step on wasm', onWasm);
  printSteps(print, describeBackend('wasm'), onWasm);
  try {
    await selectBackend('tensorflow');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    print(`\nA training step on tensorflow is not measured: ${reason}`);
    return;
  }
  const onTensorflow = trainingSteps(7, losses);
  note(recorder, 'training step on tensorflow', onTensorflow);
  printSteps(print, 'tensorflow, all cores', onTensorflow);
  print("\nThe same on tensorflow, by the processor's time on all cores");
  const processorTimes = trainingSteps(15, losses, processorMs);
  note(recorder, 'training step on tensorflow, time of the processor', processorTimes);
  const times = mediansOf(processorTimes);
  for (const loss of STEP_LOSSES) {
    const captured = times[`${loss}, captured`];
    print(`  ${loss.padEnd(38)} ${milliseconds(times[loss])}   captured ${milliseconds(captured)}`);
  }
}

/** A training step with each loss, and the share of the loss in it. */
function printSteps(print: Print, where: string, times: Times<StepLoss>): void {
  print(
    `\nA training step of the examples' autoencoder, ${BATCH}x${SIDE}x${SIDE}x3, ${where}; medians of 7 turns after 2. The ` +
      'stock WASM backend cannot take one: it has no gradient of a convolution to its filter. VQGAN and CogVideo train with VGG16',
  );
  const medians = mediansOf(times);
  for (const [loss, time] of Object.entries(medians)) {
    const withMse = medians[loss.endsWith('captured') ? 'MSE, captured' : 'MSE'];
    const share = `${(100 * (1 - withMse / time)).toFixed(0)} % of it the loss`;
    print(`  ${loss.padEnd(38)} ${milliseconds(time)}${loss.startsWith('MSE') ? '' : `   ${share}`}`);
  }
}
