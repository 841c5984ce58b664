import * as tf from '@tensorflow/tfjs'; // it registers the gradients of TensorFlow.js's own operations
import { loadLpips, readImage, selectBackend } from 'lpips-node';

await selectBackend('wasm');
const lpips = await loadLpips({ net: 'lite' });
const [image, reference] = [await readImage('restored.png'), await readImage('original.png')];

// #region layers
const layers = lpips.layers(image, reference); // [batch, taps]; a row sums to the distance
const map = lpips.map(image, reference); // [batch, height, width, 1]; its mean is the distance, nearly
// #endregion layers

// #region features
const target = lpips.features(reference); // one pass through the network
for (const candidate of [image, reference]) console.log((await lpips.distance(candidate, target).data())[0]);
target.dispose();
// #endregion features

// #region mask
const [, height, width] = reference.shape;
const half = tf.ones<tf.Rank.R4>([1, height, width / 2, 1]);
const mask = tf.concat([half, tf.zerosLike(half)], 2); // the left half; nothing outside has any influence
const left = lpips.distance(image, reference, { mask });
// #endregion mask

// #region gradient
const toImage = tf.grad((x: tf.Tensor) => tf.sum(lpips.distance(x as tf.Tensor4D, reference)));
const gradient = toImage(image); // [1, height, width, 3]
// #endregion gradient

for (const tensor of [tf.sum(layers), left, tf.norm(gradient)]) console.log((await tensor.data())[0]);
console.log(map.shape.join('x'));
