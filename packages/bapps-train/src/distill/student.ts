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
import { TrainableNetwork } from '../networks/trainable-network.js';
import { Adam } from '../training/adam.js';
import { clampAtZero } from '../training/recipe.js';
import { restoreWeights } from '../training/restore-weights.js';
import { byteAt } from '../typed-reads.js';
import { distillationLoss } from './loss.js';
import { PICTURE_BYTES, TRIPLET_BYTES } from './triplets.js';

const BETA1 = 0.9;

/** Triplets of pictures, and the teacher's distances. */
export interface Batch {
  /** uint8 `[batch, 3, 64, 64, 3]` */
  readonly pictures: Uint8Array;
  /** `[batch, 2]` */
  readonly targets: Float32Array;
}

/** The progress of a run. */
export interface Place {
  readonly phase: number;
  /** Steps taken within the phase. */
  readonly step: number;
}

/** A network in training. Call `dispose` when done. */
export class Student {
  readonly #network: TrainableNetwork;
  readonly #weights: Map<string, Weight>;
  readonly #heads: WeightMap;
  readonly #adam: Adam;

  constructor(net: NetName, weights: WeightMap) {
    this.#weights = copyWeights(weights);
    this.#heads = headsAmong(this.#weights);
    this.#network = TrainableNetwork.fromWeights(this.#weights, { net });
    this.#adam = new Adam(this.#weights, { beta1: BETA1 });
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
    const { pictures, targets } = batch;
    const [reference, first, second] = [
      picturesAt(pictures, 0),
      picturesAt(pictures, 1),
      picturesAt(pictures, 2),
    ];
    const [firstTarget, secondTarget] = [targetsOf(targets, 0), targetsOf(targets, 1)];
    const inputs = [reference, first, second, firstTarget, secondTarget];
    const lossOf = (): Scalar => {
      const features = this.#network.features(reference);
      const distanceOf = (pictures: Tensor4D): Tensor1D =>
        this.#network.distance(this.#network.features(pictures), features);
      return distillationLoss([distanceOf(first), distanceOf(second)], [firstTarget, secondTarget]);
    };
    const { loss, gradients } = await this.#network.gradients(lossOf).finally(() => dispose(inputs));
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
    this.#network.dispose();
  }
}

/**
 * The references (place 0) or the first or second copies of some triplets.
 *
 * @param triplets uint8 `[batch, 3, 64, 64, 3]`
 * @returns float32 `[batch, 64, 64, 3]` in [-1, 1]; the caller disposes
 */
export function picturesAt(triplets: Uint8Array, place: number): Tensor4D {
  const batch = triplets.length / TRIPLET_BYTES;
  const values = new Float32Array(batch * PICTURE_BYTES);
  const levelAt = byteAt;
  for (let index = 0; index < batch; index++) {
    const start = index * TRIPLET_BYTES + place * PICTURE_BYTES;
    for (let at = 0; at < PICTURE_BYTES; at++) {
      values[index * PICTURE_BYTES + at] = levelAt(triplets, start + at) / 127.5 - 1;
    }
  }
  return tensor4d(values, [batch, SIDE, SIDE, 3]);
}

function targetsOf(targets: Float32Array, copy: number): Tensor1D {
  return tensor1d(targets.filter((_, index) => index % 2 === copy));
}
