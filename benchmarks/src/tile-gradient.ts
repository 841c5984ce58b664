/**
 * @module
 * The gradient of one large tensor with VGG16 on WASM, in tiles, as a process of its own: `bench:tiles` watches its memory.
 */
import { grad, type Rank, randomUniform, type Tensor, type Tensor4D } from '@tensorflow/tfjs';
import { count, required } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { loadLpips, selectBackend } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';

const flags = {
  weights: required('FOLDER', 'official weights'),
  height: count('height of the image', 2160, 16),
  width: count('width of the image', 3840, 16),
};

await startProgram({
  name: 'tile-gradient',
  about: 'Computes the gradient of a distance of VGG16 on WASM in tiles. Prints a line for each tile.',
  flags,
  run,
});

async function run({ weights, height, width }: Options<typeof flags>, terminal: Terminal): Promise<void> {
  await selectBackend('wasm');
  const lpips = await loadLpips({ net: 'vgg', weightsDir: weights, offline: true, onWarning: null });
  const image = (seed: number) => randomUniform<Rank.R4>([1, height, width, 3], -1, 1, 'float32', seed);
  const reference = image(2);
  const onTile = (done: number, total: number) => terminal.out(`tile ${done} of ${total}\n`);
  const distance = (x: Tensor) => lpips.distance(x as Tensor4D, reference, { tiles: 'auto', onTile });
  const gradient = grad(distance)(image(1));
  const [largest = 0] = await gradient.abs().max().data();
  terminal.out(`largest value of the gradient ${largest}\n`);
}
