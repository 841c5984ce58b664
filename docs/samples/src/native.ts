import * as tf from '@tensorflow/tfjs';
import { useNative } from 'tfjs-native';

const { version } = await useNative(); // TensorFlow.js computes on TensorFlow from here on
console.log(tf.getBackend(), version);
