/**
 * @module
 * This project as the suite sees it: `lpips-core` with the weights that `lpips-node` finds.
 */
import {
  engine,
  ones,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  train,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { at, Lpips, type ValueRange, type WeightMap } from 'lpips-core';
import { loadLpips, takeValues } from 'lpips-node';
import type { Images } from './pictures.js';
import type { Program, Subject } from './subject.js';
import type { MetricSpec } from './suite.js';

/** Steps of the optimiser that moves everything. */
const STEPS = 3;
const RATE = 0.05;
/** A bias below everything that a convolution adds to it. */
const DEAD = -1e6;

/** Where the weights are. */
export interface OwnProgramOptions {
  /** Folder of official weights files; without it those of the cache. Nothing is downloaded. */
  readonly weightsDir?: string;
}

/** This project on the current backend of TensorFlow.js. */
export function ownProgram({ weightsDir }: OwnProgramOptions = {}): Program {
  return {
    name: 'lpips-core',
    async open({ net, version, linear }: MetricSpec): Promise<Subject> {
      const spec = { net, version, linear }; // of a case, which has more
      const place = weightsDir === undefined ? {} : { weightsDir };
      const lpips = await loadLpips({ ...spec, offline: true, onWarning: null, ...place });
      return subjectOf(lpips, spec);
    },
  };
}

/**
 * A metric of this project.
 *
 * @param lpips is disposed with the subject
 */
export function subjectOf(lpips: Lpips, spec: MetricSpec): Subject {
  const compare = async (work: (x: Tensor4D, y: Tensor4D) => Tensor, image: Images, reference: Images) => {
    const [x, y] = [tensorOf(image), tensorOf(reference)];
    try {
      return await takeValues(tidy(() => work(x, y)));
    } finally {
      x.dispose();
      y.dispose();
    }
  };
  return {
    distance: (image, reference) => compare((x, y) => lpips.distance(x, y), image, reference),
    layers: (image, reference) => compare((x, y) => lpips.layers(x, y), image, reference),
    map: (image, reference) => compare((x, y) => lpips.map(x, y), image, reference),
    async gradients(image, reference, upstream) {
      const [x, y] = [tensorOf(image), tensorOf(reference)];
      const dy = tensor1d([...upstream]);
      const { value, grads } = engine().gradients(() => lpips.distance(x, y), [x, y], dy);
      const [toImage, toReference] = [await takeValues(at(grads, 0)), await takeValues(at(grads, 1))];
      for (const used of [x, y, dy, value]) used.dispose();
      return { image: toImage, reference: toReference };
    },
    distanceInRange: (image, reference, [low, high]) =>
      compare((x, y) => lpips.distance(x, y, { range: [low, high] as ValueRange }), image, reference),
    async toldOfRange(image, reference) {
      let told = 0;
      const warned = Lpips.fromWeights(lpips.weights as WeightMap, { ...spec, onWarning: () => told++ });
      const [x, y] = [tensorOf(image), tensorOf(reference)];
      for (let call = 0; call < 2; call++) await takeValues(warned.distance(x, y)); // told after the values are read
      await new Promise((resolve) => setTimeout(resolve, 0));
      for (const used of [warned, x, y]) used.dispose();
      return told > 0;
    },
    masked: (image, reference, mask) => {
      const [, height, width] = image.shape;
      return compare(
        (x, y) => lpips.distance(x, y, { mask: tensor4d(mask, [1, height, width, 1]) }),
        image,
        reference,
      );
    },
    greyscale: async (image, reference, side) => {
      const [x, y] = [image, reference].map((values) => tensor4d(values, [1, side, side, 1]));
      if (!x || !y) throw new Error('no images');
      const distance = await takeValues(lpips.distance(x, y));
      x.dispose();
      y.dispose();
      return distance;
    },
    withDeadTap: async () => {
      const biases = [...lpips.weights].filter(
        ([name]) => name.startsWith('features.') && name.endsWith('.bias'),
      );
      const [last, bias] = at(biases, biases.length - 1);
      const dead = new Map(lpips.weights).set(last, { ...bias, data: bias.data.map(() => DEAD) });
      return subjectOf(Lpips.fromWeights(dead, { ...spec, onWarning: null }), spec);
    },
    async minimize(image, reference) {
      const [start, y] = [tensorOf(image), tensorOf(reference)];
      const moving = variable(start);
      const optimizer = train.adam(RATE);
      for (let step = 0; step < STEPS; step++) {
        tidy(() => {
          const movable = trainable();
          const dy = ones([1]);
          const { grads } = engine().gradients(
            () => lpips.distance(moving as Tensor4D, y),
            movable,
            dy,
            true,
          );
          optimizer.applyGradients(
            movable.flatMap(({ name }, i) => (grads[i] ? [{ name, tensor: grads[i] }] : [])),
          );
        });
      }
      for (const used of [start, y, moving, optimizer]) used.dispose();
    },
    dispose: () => lpips.dispose(),
  };
}

/** Every variable of the process that an optimiser may move. */
function trainable(): Variable[] {
  return Object.values(engine().registeredVariables).filter((one) => one.trainable);
}

function tensorOf({ shape, values }: Images): Tensor4D {
  return tensor4d(values, [...shape]);
}
