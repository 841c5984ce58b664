/**
 * @module
 * The layers of TensorFlow.js that have weights or pass a gradient through. Each stands in a small model behind a dense
 * layer, so that both the gradient to its weights and the gradient to its input are computed.
 */
import { layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs';
import type { Subject } from './train.js';

/**
 * A layer, and what stops the stock backend from training it: a kernel that it lacks, or a gradient that is refused.
 */
export interface LayerRow {
  name: string;
  subject: () => Subject;
  stoppedBy?: string;
}

const FILTER = 'Conv2DBackpropFilter';
const DEPTHWISE = 'DepthwiseConv2dNativeBackprop';
const EMBEDDING = 'UnsortedSegmentSum';

const ACTIVATIONS = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;

/** The layer behind a dense layer on the channels. `shape` is that of a batch. */
function behindDense(shape: [batch: number, ...sides: number[]], layer: () => layers.Layer): () => Subject {
  return () => {
    const units = shape.at(-1);
    if (units === undefined) throw new Error('a shape has at least one side');
    const model = sequential();
    model.add(layers.dense({ units, inputShape: shape.slice(1), useBias: false }));
    model.add(layer());
    if (model.outputs.some(({ shape }) => shape.length > 2)) model.add(layers.flatten());
    model.add(layers.dense({ units: 2 }));
    return { model, shape };
  };
}

const onImages = (name: string, layer: () => layers.Layer, stoppedBy?: string): LayerRow => ({
  name,
  subject: behindDense([2, 6, 5, 3], layer),
  ...(stoppedBy && { stoppedBy }),
});

/** The cpu backend's gradients of resizing are wrong in batches, and on images that are not square. */
const onSquares = (name: string, layer: () => layers.Layer): LayerRow => ({
  name,
  subject: behindDense([1, 5, 5, 3], layer),
});

const onSequences = (name: string, layer: () => layers.Layer, stoppedBy?: string): LayerRow => ({
  name,
  subject: behindDense([2, 6, 3], layer),
  ...(stoppedBy && { stoppedBy }),
});

const onVolumes = (name: string, layer: () => layers.Layer): LayerRow => ({
  name,
  subject: behindDense([2, 4, 5, 4, 2], layer),
});

/** Two branches that a layer joins again. */
const joining = (name: string, layer: () => layers.Layer): LayerRow => ({
  name,
  subject: () => {
    const input = layers.input({ shape: [4] });
    const branch = (): SymbolicTensor => layers.dense({ units: 3 }).apply(input) as SymbolicTensor;
    return {
      model: model({ inputs: input, outputs: layer().apply([branch(), branch()]) as SymbolicTensor }),
      shape: [3, 4],
    };
  },
});

export const LAYERS: readonly LayerRow[] = [
  onImages('conv2d s=1 p=same', () => layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }), FILTER),
  onImages('conv2d s=2 p=valid', () => layers.conv2d({ filters: 2, kernelSize: 3, strides: 2 }), FILTER),
  onImages('conv2d s=2,3', () => layers.conv2d({ filters: 2, kernelSize: 3, strides: [2, 3] }), FILTER),
  onImages('conv2d 1x1', () => layers.conv2d({ filters: 2, kernelSize: 1 }), FILTER),
  onImages(
    'conv2d 3x2 relu',
    () => layers.conv2d({ filters: 2, kernelSize: [3, 2], activation: 'relu' }),
    FILTER,
  ),
  onImages(
    'conv2d channels first',
    () => layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', dataFormat: 'channelsFirst' }),
    FILTER,
  ),
  onImages('conv2dTranspose s=1', () => layers.conv2dTranspose({ filters: 2, kernelSize: 3 }), FILTER),
  onImages(
    'conv2dTranspose s=2 p=same',
    () => layers.conv2dTranspose({ filters: 2, kernelSize: 4, strides: 2, padding: 'same' }),
    FILTER,
  ),
  onImages(
    'depthwiseConv2d m=2',
    () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
    DEPTHWISE,
  ),
  onImages(
    'depthwiseConv2d s=2 p=same',
    () => layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same' }),
    DEPTHWISE,
  ),
  onImages('separableConv2d s=1', () => layers.separableConv2d({ filters: 2, kernelSize: 3 }), FILTER),
  onImages(
    'separableConv2d s=2',
    () => layers.separableConv2d({ filters: 2, kernelSize: 3, strides: 2 }),
    FILTER,
  ),
  onSquares('upSampling2d nearest', () => layers.upSampling2d({ size: [2, 2] })),
  onSquares('upSampling2d bilinear', () => layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })),
  onImages('maxPooling2d', () => layers.maxPooling2d({ poolSize: 2 })),
  onImages('maxPooling2d overlapping', () =>
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
  ),
  onImages('averagePooling2d', () => layers.averagePooling2d({ poolSize: 2 })),
  // With 'same' the cpu backend's gradient is wrong at the edges; `shapes.test.ts` has it against differences.
  onImages('averagePooling2d overlapping', () => layers.averagePooling2d({ poolSize: 3, strides: 1 })),
  onImages(
    'conv2d s=5 p=same',
    () => layers.conv2d({ filters: 2, kernelSize: 2, strides: 5, padding: 'same' }),
    FILTER,
  ),
  onImages(
    'depthwiseConv2d s=5 p=same',
    () => layers.depthwiseConv2d({ kernelSize: 2, strides: 5, padding: 'same' }),
    DEPTHWISE,
  ),
  onImages('globalMaxPooling2d', () => layers.globalMaxPooling2d({})),
  onImages('globalAveragePooling2d', () => layers.globalAveragePooling2d({})),
  onImages('batchNormalization', () => layers.batchNormalization({})),
  onImages('layerNormalization', () => layers.layerNormalization({})),
  onImages('zeroPadding2d', () => layers.zeroPadding2d({ padding: [1, 2] })),
  onImages('cropping2D', () => layers.cropping2D({ cropping: [1, 1] })),
  onImages('permute', () => layers.permute({ dims: [3, 1, 2] })),
  onImages('reshape', () => layers.reshape({ targetShape: [30, 3] })),
  onImages('dropout', () => layers.dropout({ rate: 0.4, seed: 3 })),
  onImages('rescaling', () => layers.rescaling({ scale: 2, offset: 1 })),
  onImages('reLU', () => layers.reLU()),
  onImages('reLU up to 0.1', () => layers.reLU({ maxValue: 0.1 })),
  onImages('leakyReLU', () => layers.leakyReLU({ alpha: 0.2 })),
  onImages('prelu', () => layers.prelu({ sharedAxes: [1, 2] })),
  onImages('elu', () => layers.elu({})),
  onImages('softmax', () => layers.softmax({ axis: 3 })),
  ...ACTIVATIONS.map((activation) =>
    onImages(`activation ${activation}`, () => layers.activation({ activation })),
  ),
  onSequences('dense', () => layers.dense({ units: 4, activation: 'tanh' })),
  onSequences('conv1d s=2', () => layers.conv1d({ filters: 2, kernelSize: 3, strides: 2 }), FILTER),
  onSequences('maxPooling1d', () => layers.maxPooling1d({ poolSize: 2 })),
  onSequences('averagePooling1d', () => layers.averagePooling1d({ poolSize: 2 })),
  onSequences('globalMaxPooling1d', () => layers.globalMaxPooling1d({})),
  onSequences('globalAveragePooling1d', () => layers.globalAveragePooling1d({})),
  onSequences('simpleRNN', () => layers.simpleRNN({ units: 3 })),
  onSequences('lstm', () => layers.lstm({ units: 3, returnSequences: true })),
  onSequences('gru', () => layers.gru({ units: 3 })),
  onSequences('bidirectional lstm', () =>
    layers.bidirectional({ layer: layers.lstm({ units: 2 }) as layers.RNN, mergeMode: 'concat' }),
  ),
  onSequences('timeDistributed dense', () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) })),
  {
    name: 'convLstm2d',
    subject: behindDense([2, 2, 4, 4, 2], () => layers.convLstm2d({ filters: 2, kernelSize: 2 })),
    stoppedBy: FILTER,
  },
  onVolumes('conv3d', () => layers.conv3d({ filters: 2, kernelSize: 2 })),
  onVolumes('conv3d s=2 p=same', () =>
    layers.conv3d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
  ),
  onVolumes('maxPooling3d', () => layers.maxPooling3d({ poolSize: 2 })),
  onVolumes('averagePooling3d', () => layers.averagePooling3d({ poolSize: 2 })),
  joining('add', () => layers.add()),
  joining('multiply', () => layers.multiply()),
  joining('average', () => layers.average()),
  joining('maximum', () => layers.maximum()),
  joining('minimum', () => layers.minimum()),
  joining('concatenate', () => layers.concatenate()),
  joining('dot', () => layers.dot({ axes: 1 })),
  {
    name: 'embedding',
    subject: () => {
      const embedding = layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 4 });
      const stack = [embedding, layers.flatten(), layers.dense({ units: 2 })];
      return { model: sequential({ layers: stack }), shape: [3, 4], indices: 5 };
    },
    stoppedBy: EMBEDDING,
  },
];
