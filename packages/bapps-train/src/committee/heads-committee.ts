/**
 * @module
 * Several heads, each trained on a sample of the votes that was drawn with replacement (Efron 1979). Where all of them expect the
 * same of people, a vote tells little; where each is sure of something else, it tells most. With p_k the share of people that
 * member k expects to prefer p1, and H the entropy of a yes or no, the disagreement is what a vote is expected to tell about
 * which member is right (Houlsby et al. 2011):
 *
 *     H(mean p_k) − mean H(p_k)
 *
 * It is 0 for a triplet on which people themselves are divided and all members know it.
 */
import { at } from 'lpips-core';
import { seededRandom, seedOf } from 'lpips-pictures';
import { HeadsTrainee } from '../training/heads-trainee.js';
import type { RecipeInNumbers } from '../training/recipe.js';
import { runTraining } from '../training/run-training.js';
import { float64At } from '../typed-reads.js';
import type { ItemPool, PoolVote } from './item-pool.js';

/** How a committee is trained. */
export interface CommitteeOptions {
  readonly seed: number;
  /** Default 4. */
  readonly members?: number;
  /** `false`: each member learns from every vote once, rather than from a sample. Default `true`. */
  readonly resample?: boolean;
  /** Called after each step, and awaited: so a server can answer meanwhile. */
  readonly onStep?: () => Promise<void>;
}

const MEMBERS = 4;
/** Steps of a training, about: few votes need more epochs. */
const STEPS = 100;
const BATCH = 50;
const LEARNING_RATE = 0.01;
/** Triplets in one read. */
const CHUNK = 256;

/** Heads that were trained on samples of the same votes. */
export class HeadsCommittee {
  readonly #pool: ItemPool;
  readonly #members: readonly HeadsTrainee[];

  private constructor(pool: ItemPool, members: readonly HeadsTrainee[]) {
    this.#pool = pool;
    this.#members = members;
  }

  /**
   * Trains a committee from uniform heads.
   *
   * @param votes at least one
   * @throws LpipsError where a loss is not finite
   */
  static async train(
    pool: ItemPool,
    votes: readonly PoolVote[],
    { seed, members = MEMBERS, resample = true, onStep }: CommitteeOptions,
  ): Promise<HeadsCommittee> {
    const trained: HeadsTrainee[] = [];
    for (let member = 0; member < members; member++) {
      const random = seededRandom(seedOf(seed, 'bootstrap', member));
      const sample = () => at(votes, Math.floor(random.uniform() * votes.length));
      const drawn = resample ? votes.map(sample) : votes;
      trained.push(await trainOnVotes(pool, drawn, seedOf(seed, 'member', member), onStep));
    }
    return new HeadsCommittee(pool, trained);
  }

  /**
   * Distances of triplets by the mean of the members' heads, which are heads too.
   *
   * @param rows numbers of triplets in the pool
   * @returns of p0 and of p1 to the reference, `[rows]` each
   */
  distances(rows: readonly number[]): { readonly d0: Float64Array; readonly d1: Float64Array } {
    const [d0, d1] = [new Float64Array(rows.length), new Float64Array(rows.length)];
    for (let start = 0; start < rows.length; start += CHUNK) {
      const moments = this.#pool.read(rows.slice(start, start + CHUNK));
      for (const member of this.#members) {
        for (const [pair, list] of [d0, d1].entries()) {
          const own = member.distances(moments)[pair] ?? new Float64Array();
          for (const [item, value] of own.entries()) {
            list[start + item] = float64At(list, start + item) + value / this.#members.length;
          }
        }
      }
    }
    return { d0, d1 };
  }

  /**
   * How far the members disagree.
   *
   * @param rows numbers of triplets in the pool
   * @returns for each of them, in bits, from 0 to 1
   */
  disagreement(rows: readonly number[]): Float64Array {
    const result = new Float64Array(rows.length);
    for (let start = 0; start < rows.length; start += CHUNK) {
      const moments = this.#pool.read(rows.slice(start, start + CHUNK));
      const expected = this.#members.map((member) => member.predict(moments));
      for (let item = 0; item < at(expected, 0).length; item++) {
        const shares = expected.map((list) => float64At(list, item));
        result[start + item] = Math.max(0, entropy(meanOf(shares)) - meanOf(shares.map(entropy)));
      }
    }
    return result;
  }
}

/** Heads that were trained on votes from uniform ones. */
async function trainOnVotes(
  pool: ItemPool,
  votes: readonly PoolVote[],
  seed: number,
  onStep?: () => Promise<void>,
): Promise<HeadsTrainee> {
  const trainee = new HeadsTrainee(pool.judgedBy(votes), undefined, { seed, initial: 'uniform' });
  const epochs = Math.ceil(STEPS / Math.ceil(votes.length / BATCH) / 2);
  const recipe: RecipeInNumbers = { learningRate: LEARNING_RATE, batch: BATCH, epochs, decayEpochs: epochs };
  await runTraining(trainee, { recipe, seed, ...(onStep && { onStep }) });
  return trainee;
}

/** Of a yes with this probability, in bits. */
function entropy(share: number): number {
  return share <= 0 || share >= 1 ? 0 : -share * Math.log2(share) - (1 - share) * Math.log2(1 - share);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
