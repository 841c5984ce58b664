/**
 * @module
 * Distortions that move pixels: each pixel of the result is read from another place of the picture, by Catmull and
 * Rom's interpolation. Edges are repeated.
 */
import { resample } from '../catmull-rom.js';
import { paint, pixelAt, type Raster } from '../raster.js';

/** Moves the picture to the right by `dx` and down by `dy` pixels. */
export function shift(image: Raster, dx: number, dy: number): Raster {
  return move(image, (x, y) => [x - dx, y - dy]);
}

/** Turns the picture clockwise by `degrees` about its centre. */
export function rotate(image: Raster, degrees: number): Raster {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return transform(image, [cos, sin, -sin, cos]);
}

/** Makes the picture `factor` times as large about its centre. */
export function zoom(image: Raster, factor: number): Raster {
  return transform(image, [1 / factor, 0, 0, 1 / factor]);
}

/** Reads each pixel at `matrix` · (place − centre) + centre; `matrix` is `[a, b, c, d]`, rows first. */
export function transform(image: Raster, [a, b, c, d]: readonly [number, number, number, number]): Raster {
  const [centreX, centreY] = [(image.width - 1) / 2, (image.height - 1) / 2];
  return move(image, (x, y) => [
    centreX + a * (x - centreX) + b * (y - centreY),
    centreY + c * (x - centreX) + d * (y - centreY),
  ]);
}

/**
 * Shows the picture as seen at an angle: a homography about its centre.
 *
 * @param tiltX change of the scale from the left edge to the right
 * @param tiltY change of the scale from the upper edge to the lower
 */
export function tilt(image: Raster, tiltX: number, tiltY: number): Raster {
  const [centreX, centreY] = [(image.width - 1) / 2, (image.height - 1) / 2];
  return move(image, (x, y) => {
    const [u, v] = [x - centreX, y - centreY];
    const depth = 1 + (tiltX * u) / image.width + (tiltY * v) / image.height;
    return [centreX + u / depth, centreY + v / depth];
  });
}

/** A sine wave along which pixels are moved. */
export interface Wave {
  /** pixels from crest to crest */
  readonly length: number;
  /** radians */
  readonly phase: number;
}

/**
 * Moves every pixel along waves by at most `amplitude`.
 *
 * @param waves two that move to the side (along y, along x), two that move down (along x, along y)
 */
export function warp(image: Raster, amplitude: number, waves: readonly [Wave, Wave, Wave, Wave]): Raster {
  const at = ({ length, phase }: Wave, along: number) => Math.sin((2 * Math.PI * along) / length + phase);
  return move(image, (x, y) => [
    x + (amplitude / 2) * (at(waves[0], y) + at(waves[1], x)),
    y + (amplitude / 2) * (at(waves[2], x) + at(waves[3], y)),
  ]);
}

/** Moves pixels along circular waves about the centre: `amplitude` pixels, `length` from crest to crest. */
export function ripple(image: Raster, amplitude: number, length: number): Raster {
  const [centreX, centreY] = [(image.width - 1) / 2, (image.height - 1) / 2];
  return move(image, (x, y) => {
    const away = Math.hypot(x - centreX, y - centreY);
    const push = away === 0 ? 0 : (amplitude * Math.sin((2 * Math.PI * away) / length)) / away;
    return [x + push * (x - centreX), y + push * (y - centreY)];
  });
}

/** Moves red by `[dx, dy]` and blue by as much the other way, as a lens with chromatic aberration does. */
export function shiftChannels(image: Raster, dx: number, dy: number): Raster {
  const [red, blue] = [shift(image, dx, dy), shift(image, -dx, -dy)];
  return paint(image.width, image.height, (x, y) => [
    pixelAt(red, x, y)[0],
    pixelAt(image, x, y)[1],
    pixelAt(blue, x, y)[2],
  ]);
}

function move(image: Raster, position: (x: number, y: number) => readonly [number, number]): Raster {
  return resample(image, image.width, image.height, position);
}
