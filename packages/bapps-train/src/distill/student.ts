/**
 * @module
 * The student in training: its network, its optimiser, and a checkpoint of both.
 */
import { dispose, type Scalar, type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs';
import { invalid, type NetName, parseSafetensors, type Weight, type WeightMap } from 'lpips-core';
import { serializeSealed } from 'lpips-node/shards';
import { SIDE } from 'lpips-pictures';
import { copyWeights } from '../networks/copy-weights.js';
import { headsAmong } from '../networks/heads.js';
import { type GradientStep, TrainableNetwork } from '../networks/trainable-network.js';
import { Adam } from '../training/adam.js';
import { clampAtZero } from '../training/recipe.js';
import { restoreWeights } from '../training/restore-weights.js';
import { byteAt } from '../typed-reads.js';
import { distillationLoss } from './loss.js';
import { tripletBytes } from './triplets.js';

const BETA1 = 0.9;

/** Triplets of pictures, and the teacher's distances. */
export interface Batch {
  /** uint8 `[batch, 3, side, side, 3]` */
  readonly pictures: Uint8Array;
  /** Height and width of the pictures. Default 64. */
  readonly side?: number;
  /** `[batch, 2]` */
  readonly targets: Float32Array;
}

/** The progress of a run. */
export interface Place {
  readonly phase: number;
  /** Steps taken within the phase. */
  readonly step: number;
}

/** References, first and second copies, and the teacher's distances of both. */
type LossInputs = [
  reference: Tensor4D,
  first: Tensor4D,
  second: Tensor4D,
  firstTarget: Tensor1D,
  secondTarget: Tensor1D,
];

/** A network in training. Call `dispose` when done. */
export class Student {
  readonly #network: TrainableNetwork;
  readonly #weights: Map<string, Weight>;
  readonly #heads: WeightMap;
  readonly #adam: Adam;
  readonly #gradients: GradientStep<LossInputs>;

  constructor(net: NetName, weights: WeightMap) {
    this.#weights = copyWeights(weights);
    this.#heads = headsAmong(this.#weights);
    this.#network = TrainableNetwork.fromWeights(this.#weights, { net });
    this.#adam = new Adam(this.#weights, { beta1: BETA1 });
    this.#gradients = this.#network.captureGradients(this.#lossOf.bind(this));
  }

  /** The weights as they are now: the student's own arrays, not copies. */
  get weights(): WeightMap {
    return this.#weights;
  }

  /**
   * Takes one step of Adam and clamps the heads at 0.
   *
   * @returns the loss before the step
   * @throws LpipsError if the loss is not finite, before the weights are changed
   */
  async learn(batch: Batch, learningRate: number): Promise<number> {
    const { pictures, targets, side } = batch;
    const [reference, first, second] = [
      picturesAt(pictures, 0, side),
      picturesAt(pictures, 1, side),
      picturesAt(pictures, 2, side),
    ];
    const [firstTarget, secondTarget] = [targetsOf(targets, 0), targetsOf(targets, 1)];
    const inputs = [reference, first, second, firstTarget, secondTarget] as const;
    const { loss, gradients } = await this.#gradients(...inputs).finally(() => dispose([...inputs]));
    if (!Number.isFinite(loss)) {
      const advice = 'Lower the learning rate with --rate. A run goes on from its last checkpoint.';
      throw invalid(
        'distill',
        'a finite number',
        `the loss of step ${this.#adam.steps + 1}`,
        `${loss}`,
        advice,
      );
    }
    this.#adam.step(gradients, learningRate);
    clampAtZero(this.#heads);
    this.#network.assign(this.#weights);
    return loss;
  }

  /** Everything that a run needs to go on, as the bytes of one safetensors file. */
  checkpoint(run: string, { phase, step }: Place): Uint8Array {
    const saved = new Map([...this.#adam.moments(), ...this.#weights]);
    const steps = `${this.#adam.steps}`;
    return serializeSealed(saved, { run, phase: `${phase}`, step: `${step}`, steps });
  }

  /**
   * Restores a checkpoint.
   *
   * @param bytes as `checkpoint` returned them, checked by `readSealed`
   * @param run the run that must have made the checkpoint
   * @param source name of the bytes in error messages
   * @throws LpipsError if another run made it
   */
  restore(bytes: Uint8Array, run: string, source: string): Place {
    const { weights, metadata } = parseSafetensors(bytes, { source });
    if (metadata['run'] !== run) {
      const advice = 'Delete it to begin anew, or name another folder with --cache.';
      throw invalid('distill', 'a checkpoint of this run', source, 'one of another', advice);
    }
    restoreWeights('distill', this.#weights, weights);
    this.#adam.restore(weights, Number(metadata['steps']));
    this.#network.assign(this.#weights);
    return { phase: Number(metadata['phase']), step: Number(metadata['step']) };
  }

  dispose(): void {
    this.#gradients.dispose();
    this.#network.dispose();
  }

  #lossOf(...[reference, first, second, firstTarget, secondTarget]: LossInputs): Scalar {
    const features = this.#network.features(reference);
    const distanceOf = (pictures: Tensor4D): Tensor1D =>
      this.#network.distance(this.#network.features(pictures), features);
    return distillationLoss([distanceOf(first), distanceOf(second)], [firstTarget, secondTarget]);
  }
}

/**
 * The references (place 0) or the first or second copies of some triplets.
 *
 * @param triplets uint8 `[batch, 3, side, side, 3]`
 * @param side height and width of a picture
 * @returns float32 `[batch, side, side, 3]` in [-1, 1]; the caller disposes
 */
export function picturesAt(triplets: Uint8Array, place: number, side: number = SIDE): Tensor4D {
  const size = tripletBytes(side);
  const [batch, picture] = [triplets.length / size, size / 3];
  const values = new Float32Array(batch * picture);
  const levelAt = byteAt;
  for (let index = 0; index < batch; index++) {
    const start = index * size + place * picture;
    for (let at = 0; at < picture; at++) {
      values[index * picture + at] = levelAt(triplets, start + at) / 127.5 - 1;
    }
  }
  return tensor4d(values, [batch, side, side, 3]);
}

function targetsOf(targets: Float32Array, copy: number): Tensor1D {
  return tensor1d(targets.filter((_, index) => index % 2 === copy));
}
