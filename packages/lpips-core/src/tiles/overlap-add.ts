/**
 * @module
 * A tensor put together from pieces along one axis, in order. Where pieces overlap, their values are added.
 */
import { add, concat, pad, slice, type Tensor4D } from '@tensorflow/tfjs-core';

/** Takes pieces that begin at 0 and no later than the one before ends, and disposes them. */
export class OverlapAdd {
  readonly #axis: 1 | 2;
  /** What no later piece reaches. */
  readonly #finished: Tensor4D[] = [];
  #start = 0;
  #rest: Tensor4D | undefined;

  constructor(axis: 1 | 2) {
    this.#axis = axis;
  }

  /** Adds a piece whose first row or column is `start`, which is not below that of the piece before. */
  add(start: number, piece: Tensor4D): void {
    const rest = this.#rest;
    this.#rest = piece;
    if (rest === undefined) return;
    const axis = this.#axis;
    const final = start - this.#start;
    this.#start = start;
    const length = rest.shape[axis];
    if (final >= length) {
      this.#finished.push(rest);
      return;
    }
    if (final > 0) this.#finished.push(this.#slice(rest, 0, final));
    const tail = this.#slice(rest, final, length - final);
    const size = Math.max(tail.shape[axis], piece.shape[axis]);
    const [a, b] = [this.#padded(tail, size), this.#padded(piece, size)];
    this.#rest = add(a, b);
    for (const used of new Set([rest, tail, piece, a, b])) used.dispose();
  }

  /** The sum of all pieces, filled with zeros up to `size`; undefined if there was no piece. The caller disposes. */
  finish(size: number): Tensor4D | undefined {
    if (this.#rest === undefined) return undefined;
    const parts = [...this.#finished, this.#rest];
    const whole = parts.length === 1 ? this.#rest : concat(parts, this.#axis);
    const filled = this.#padded(whole, size);
    for (const used of [...parts, whole]) if (used !== filled) used.dispose();
    return filled;
  }

  #slice(x: Tensor4D, start: number, length: number): Tensor4D {
    const begin: [number, number, number, number] = [0, 0, 0, 0];
    const size = [...x.shape] as [number, number, number, number];
    begin[this.#axis] = start;
    size[this.#axis] = length;
    return slice(x, begin, size);
  }

  #padded(x: Tensor4D, size: number): Tensor4D {
    const missing = size - x.shape[this.#axis];
    if (missing === 0) return x;
    const after: [number, number] = [0, missing];
    return pad(x, this.#axis === 1 ? [[0, 0], after, [0, 0], [0, 0]] : [[0, 0], [0, 0], after, [0, 0]]);
  }
}
