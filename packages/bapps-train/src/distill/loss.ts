/**
 * @module
 * The loss of the student on triplets of a reference and two copies, with distances d of the student and t of the
 * teacher:
 *
 *     mean over both copies of |log(d + .03) − log(t + .03)| + 2 (d − t)²
 *     + ½ softplus(−8 · Δ · sign(t₁ − t₂)),   Δ = log(d₁ + .03) − log(d₂ + .03)
 *
 * The first two terms fix the value over the whole range, the last one the order of the copies.
 */
import {
  abs,
  add,
  log,
  mean,
  mul,
  type Scalar,
  sign,
  softplus,
  square,
  sub,
  type Tensor1D,
  tidy,
} from '@tensorflow/tfjs';

/** Distances far below it count as alike. */
const FLOOR = 0.03;
const SQUARED = 2;
const ORDER = 0.5;
const STEEPNESS = 8;

/**
 * The loss, differentiable with respect to the student's distances.
 *
 * @param student float32 `[batch]` for the first copies and for the second ones
 * @param teacher of the same shape
 * @returns a scalar ≥ 0; the caller disposes
 */
export function distillationLoss(
  student: readonly [Tensor1D, Tensor1D],
  teacher: readonly [Tensor1D, Tensor1D],
): Scalar {
  return tidy(() => {
    const logs = (d: Tensor1D): Tensor1D => log(add(d, FLOOR));
    const value = (d: Tensor1D, t: Tensor1D): Scalar =>
      add(mean(abs(sub(logs(d), logs(t)))), mul(SQUARED, mean(square(sub(d, t)))));
    const [first, second] = [value(student[0], teacher[0]), value(student[1], teacher[1])];
    const difference = sub(logs(student[0]), logs(student[1]));
    const wrongWay = mul(mul(difference, sign(sub(teacher[0], teacher[1]))), -STEEPNESS);
    return add(mul(add(first, second), 0.5), mul(ORDER, mean(softplus(wrongWay))));
  });
}
