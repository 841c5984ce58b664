/**
 * @module
 * Pictures that a pixel-wise metric cannot tell apart: each distortion's strength is found by bisection so that all
 * of them end at the same PSNR.
 */
import { type Distortion, distort, psnr, type Raster, trim } from 'lpips-pictures';

const HALVINGS = 18;

/**
 * The strength at which the distortion, applied to a picture with `margin` pixels around what is measured, has the
 * PSNR asked for (as closely as a strength in whole steps, such as a JPEG quality, allows).
 */
export async function strengthForPsnr(
  image: Raster,
  distortion: Distortion,
  target: number,
  margin: number,
): Promise<number> {
  const reference = trim(image, margin);
  const error = async (strength: number): Promise<number> =>
    psnr(trim(await distort(image, distortion, strength), margin), reference) - target;
  let [weak, strong] = [0, distortion.strongest];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (weak + strong) / 2;
    if ((await error(middle)) > 0) weak = middle;
    else strong = middle;
  }
  return Math.abs(await error(weak)) < Math.abs(await error(strong)) ? weak : strong;
}
