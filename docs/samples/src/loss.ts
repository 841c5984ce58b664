// #region before
import * as tf from '@tensorflow/tfjs';
import 'tfjs-wasm-kernels'; // what WASM lacks to train convolutions
import { reconstructionLoss } from 'lpips-loss';
import { loadLpips, readImage, selectBackend } from 'lpips-node';

await selectBackend('wasm');
const lpips = await loadLpips({ net: 'lite' }); // published autoencoders train with 'vgg'
// #endregion before

// #region data
const photograph = await readImage('original.png'); // [1, height, width, 3] in [-1, 1]
const images = tf.concat(
  [0, 16, 32, 48].map((offset) => tf.slice(photograph, [0, offset, offset, 0], [1, 32, 32, 3])),
);
// #endregion data

// #region model
const { conv2d, upSampling2d } = tf.layers;
const model = tf.sequential();
model.add(
  conv2d({
    inputShape: [32, 32, 3],
    filters: 16,
    kernelSize: 4,
    strides: 2,
    padding: 'same',
    activation: 'swish',
  }),
);
model.add(upSampling2d({ size: [2, 2] }));
model.add(conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'tanh' }));
// #endregion model

// #region compile
model.compile({ optimizer: 'adam', loss: reconstructionLoss({ lpips }) }); // L1 + LPIPS
const { history } = await model.fit(images, images, { epochs: 5, batchSize: 2, verbose: 0 });
console.log(history['loss']);
// #endregion compile
