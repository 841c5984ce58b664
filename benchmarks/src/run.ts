/**
 * @module
 * `npm run bench`: every benchmark beside its competitor, medians and ratios on the terminal.
 */
import '@tensorflow/tfjs-backend-wasm';
import { ready, setBackend } from '@tensorflow/tfjs';
import { selectBackend } from 'lpips-node';
import { registerWasmKernels, unregisterWasmKernels } from 'tfjs-wasm-kernels';
import { describeMachine } from './alternate.js';
import { pairsWithCache } from './pairs-with-cache.js';
import { BATCH, SIDE, STEP_LOSSES, type StepLoss, trainingSteps } from './training-step.js';
import { vgg16OnWasm } from './vgg16-on-wasm.js';
import { addedKernels, convolutionsOnWasm, replacedKernelsOnWasm } from './wasm-kernels.js';
import { workersOnWasm } from './workers.js';

const print = (line = '') => process.stdout.write(`${line}\n`);
const milliseconds = (value: number) => `${value.toFixed(0).padStart(6)} ms`;
const exact = (value: number) => `${value.toFixed(1).padStart(9)} ms`;
const ratio = (slow: number, fast: number) => `${(slow / fast).toFixed(2)} times faster`;

await setBackend('wasm');
await ready();
unregisterWasmKernels(); // plain operations run on the stock kernels
print(describeMachine());

print('\nVGG16 (seeded weights), a pair of 2x64x64x3; medians of 7 turns after 2 for warming up');
const { medians: vgg, gradientsDifferBy } = vgg16OnWasm();
print(`  forward, plain operations              ${milliseconds(vgg['plain forward'])}`);
print(`  forward                                ${milliseconds(vgg.forward)}`);
print(`  forward + gradient, plain operations   ${milliseconds(vgg['plain gradient'])}`);
print(
  `  forward + gradient                     ${milliseconds(vgg.gradient)}   ${ratio(vgg['plain gradient'], vgg.gradient)}`,
);
const cached = vgg['gradient, cached reference'];
print(
  `  the same, cached reference features    ${milliseconds(cached)}   ${ratio(vgg['plain gradient'], cached)}`,
);
print(`  the two gradients differ by ${gradientsDifferBy.toExponential(1)} (relative L2)`);

const pairs = await pairsWithCache();
print(
  `\nAll pairs of ${pairs.images} photographs, ${pairs.side}x${pairs.side}, lite; medians of 3 turns after 1`,
);
print(`  a loop over distance(image, image)     ${milliseconds(pairs.medians.direct)}`);
print(
  `  features once for each image           ${milliseconds(pairs.medians.cached)}   ${ratio(pairs.medians.direct, pairs.medians.cached)}`,
);
print(`  largest difference of a distance ${pairs.largestDifference.toExponential(1)}`);

const spread = await workersOnWasm();
print(
  `\nWhole commands with lite on wasm, crops of photographs, ${spread.side}x${spread.side}; medians of 3 turns, ` +
    `the same bits: ${spread.sameBits ? 'yes' : 'NO'}`,
);
for (const command of ['folder', 'pairs'] as const) {
  const alone = spread.medians[`${command}, 1 worker`];
  print(`  lpips ${command}, ${spread.images[command]} images, 1 worker`.padEnd(41) + milliseconds(alone));
  const together = spread.medians[command];
  print(
    `  lpips ${command}, ${spread.workers} workers`.padEnd(41) +
      `${milliseconds(together)}   ${ratio(alone, together)}`,
  );
  const atOnce = spread.medians[`${command}, at once`];
  print(
    `  ${spread.workers} commands of 1 worker at once`.padEnd(41) +
      `${milliseconds(atOnce)}   so that ${((spread.workers * alone) / atOnce).toFixed(2)} times is all that these cores give`,
  );
}

registerWasmKernels();
print('\nGradients of convolutions, padding same; medians of 5 turns after 1. Before: the stock kernel');
print('  x, kernel, stride                   forward  to the filter    to the input       before');
for (const { title, medians } of convolutionsOnWasm()) {
  const columns = [medians.forward, medians.filter, medians.input, medians['stock input']].map(exact);
  print(`  ${title.padEnd(32)} ${columns.join('     ')}   ${ratio(medians['stock input'], medians.input)}`);
}
const replaced = replacedKernelsOnWasm();
for (const kernel of ['matMul, transposed', 'maxPool, gradient'] as const) {
  const before = replaced[`stock ${kernel}`];
  print(
    `  ${kernel.padEnd(60)} ${exact(replaced[kernel])}     ${exact(before)}   ${ratio(before, replaced[kernel])}`,
  );
}

print('\nKernels that WASM lacks, in small sizes against the JavaScript backend; medians of 3 turns after 1');
for (const { title, wasm, cpu } of await addedKernels()) {
  print(`  ${title.padEnd(46)} ${exact(wasm)}     ${exact(cpu)}   ${ratio(cpu, wasm)}`);
}

await setBackend('wasm');
tellSteps('wasm, 1 thread', trainingSteps(7, STEP_LOSSES));
const native = await selectBackend('tensorflow').catch((error: unknown) => {
  print(`\nThe same on tensorflow: not measured, ${error instanceof Error ? error.message : String(error)}`);
  return undefined;
});
if (native) tellSteps('tensorflow, all cores', trainingSteps(7, STEP_LOSSES));

/** A training step with each loss, and how much of it is the loss's. */
function tellSteps(where: string, medians: Record<StepLoss, number>): void {
  print(
    `\nA training step of the example's autoencoder, ${BATCH}x${SIDE}x${SIDE}x3, ${where}; medians of 7 turns after 2. The ` +
      'stock WASM backend cannot take one: it has no gradient of a convolution to its filter',
  );
  for (const [loss, median] of Object.entries(medians)) {
    const share = `${(100 * (1 - medians.MSE / median)).toFixed(0)} % of it the loss`;
    print(`  ${loss.padEnd(38)} ${milliseconds(median)}${loss === 'MSE' ? '' : `   ${share}`}`);
  }
}
