/**
 * @module
 * Heads on pooled vectors. The spatial mean commutes with a 1x1 head, so that the distance is one dot product,
 *
 *     d = Σ_l 1/(H_l W_l) Σ_{h,w} w_l · diff²_hw = Σ_c w_c p_c,     ∂d/∂w_c = p_c,
 *
 * over the channels of all taps. Weights and vectors are float32, and the sums are float64 in a fixed order.
 */
import { invalid, type Weight, type WeightMap } from 'lpips-core';
import { headName } from 'lpips-core/equation';
import { float32At, float64At } from '../typed-reads.js';

/** Heads of all taps, one after the other. */
export class PooledHeads {
  /** Each head under its official name, `[1, channels, 1, 1]`: views of `values`. */
  readonly weights: WeightMap;
  /** Channels of all taps. */
  readonly channels: number;
  /** `[channels]` */
  readonly values: Float32Array;

  /** @param channels of each tap */
  constructor(channels: readonly number[]) {
    this.channels = channels.reduce((sum, count) => sum + count, 0);
    this.values = new Float32Array(this.channels);
    const weights = new Map<string, Weight>();
    let start = 0;
    for (const [tap, count] of channels.entries()) {
      const data = this.values.subarray(start, start + count);
      weights.set(headName(tap), { shape: [1, count, 1, 1], data });
      start += count;
    }
    this.weights = weights;
  }

  /** Sets every weight to 1/channels of its tap, where the official initialisation draws from ±1/√channels. */
  setUniform(): void {
    for (const { data } of this.weights.values()) data.fill(1 / data.length);
  }

  /** Uniform in ±1/√channels of the tap, as the official trainer begins. The first step clamps negative values. */
  setRandom(random: { uniform(): number }): void {
    for (const { data } of this.weights.values()) {
      const bound = 1 / Math.sqrt(data.length);
      for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.uniform() - 1);
    }
  }

  /**
   * Copies the values of `given`.
   *
   * @throws LpipsError if a head is missing, has another shape, or holds a value that is negative or not finite
   */
  set(given: WeightMap): void {
    for (const [name, { shape, data }] of this.weights) {
      const weight = given.get(name);
      if (weight?.data.length !== data.length) {
        const got = weight ? `[${weight.shape.join(', ')}]` : 'none';
        const advice = 'Do these heads belong to another network?';
        throw invalid('PooledHeads', `a head of shape [${shape.join(', ')}]`, name, got, advice);
      }
      const odd = weight.data.find((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY));
      if (odd !== undefined) throw invalid('PooledHeads', 'finite values ≥ 0', name, `${odd}`);
      data.set(weight.data);
    }
  }

  /**
   * Distances of pooled vectors.
   *
   * @param pooled vectors of `channels` values, one every `stride` values from `offset`
   * @returns `[rows]`
   */
  distances(
    pooled: Float32Array,
    rows: number,
    { stride = this.channels, offset = 0 }: { stride?: number; offset?: number } = {},
  ): Float64Array {
    const { values, channels } = this;
    const at = float32At;
    const distances = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const start = offset + row * stride;
      const vector = pooled.subarray(start, start + channels);
      let [even, odd, c] = [0, 0, 0]; // two sums, since each addition waits for the one before it
      for (; c + 1 < channels; c += 2) {
        even += at(values, c) * at(vector, c);
        odd += at(values, c + 1) * at(vector, c + 1);
      }
      if (c < channels) even += at(values, c) * at(vector, c);
      distances[row] = even + odd;
    }
    return distances;
  }

  /**
   * Gradients of the heads by their names, Σ_rows dy p.
   *
   * @param pooled vectors in rows
   * @param dy gradient of the loss with respect to each distance
   */
  gradients(pooled: Float32Array, dy: Float64Array): Map<string, Float64Array> {
    const { channels } = this;
    const [sumAt, at] = [float64At, float32At];
    const all = new Float64Array(channels);
    for (let row = 0; row < dy.length; row++) {
      const upstream = float64At(dy, row);
      const vector = pooled.subarray(row * channels, (row + 1) * channels);
      for (let c = 0; c < channels; c++) all[c] = sumAt(all, c) + upstream * at(vector, c);
    }
    const gradients = new Map<string, Float64Array>();
    let start = 0;
    for (const [name, { data }] of this.weights) {
      gradients.set(name, all.subarray(start, start + data.length));
      start += data.length;
    }
    return gradients;
  }
}
