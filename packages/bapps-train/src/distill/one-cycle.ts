/**
 * @module
 * One cycle of the learning rate (Smith 2018), as in PyTorch's OneCycleLR: half a cosine up from 1/25 of the peak over
 * the first 30 % of the steps, then half a cosine down to 1/10,000 of the first rate.
 */

const WARM_UP = 0.3;
const START = 1 / 25;
const END = START / 1e4;

/** Rate of step `step` of `steps`. */
export function oneCycle(step: number, steps: number, peak: number): number {
  const top = WARM_UP * steps - 1;
  const last = steps - 1;
  if (step <= top) return peak * between(START, 1, top <= 0 ? 1 : step / top);
  return peak * between(1, END, (step - top) / Math.max(1e-9, last - top));
}

/** From `a` at 0 to `b` at 1 along half a cosine. */
function between(a: number, b: number, share: number): number {
  return b + ((a - b) / 2) * (1 + Math.cos(Math.PI * Math.min(1, share)));
}
