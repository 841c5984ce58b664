import * as tf from '@tensorflow/tfjs';
import 'tfjs-wasm-kernels';
import { reconstructionLoss } from 'lpips-loss';
import { loadLpips, readImage, selectBackend } from 'lpips-node';
import { captureStep } from 'tfjs-fused-training';

await selectBackend('wasm');
const lpips = await loadLpips({ net: 'lite' });
const target = tf.slice(await readImage('original.png'), [0, 0, 0, 0], [1, 32, 32, 3]) as tf.Tensor4D;
const image = tf.variable(tf.randomUniform<tf.Rank.R4>([1, 32, 32, 3], -1, 1, 'float32', 1));

// #region step
const lossOf = reconstructionLoss({ lpips, randomShift: 7 });
const optimizer = tf.train.adam(0.02);
const train = captureStep(
  (target: tf.Tensor4D) =>
    optimizer.minimize(() => tf.mean<tf.Scalar>(lossOf(target, image)), true, [image]) as tf.Scalar,
);
for (let step = 1; step <= 30; step++) {
  const cost = train(target);
  if (step % 10 === 0) console.log(step, (await cost.data())[0]);
  cost.dispose();
}
console.log(train.replays, 'steps ran as one operation');
// #endregion step
