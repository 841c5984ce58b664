/**
 * @module
 * The perceptually uniform colour map "inferno" (Nathaniel Smith and Stéfan van der Walt, matplotlib, CC0): black,
 * purple, orange, pale yellow. Every 15th of its 256 colours stands here; the straight lines between them are off by at
 * most 2 levels.
 */
import { outside } from './outside.js';

const COLOURS = [
  0x000004, 0x0a0722, 0x1e0c45, 0x380962, 0x510e6c, 0x69166e, 0x801f6c, 0x982766, 0xb0315b, 0xc63d4d,
  0xd94d3d, 0xe9612b, 0xf47918, 0xfa9407, 0xfcb014, 0xf8cd37, 0xf2ea69, 0xfcffa4,
].map((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]);

/** `[colours, 3]` */
const LEVELS = Uint8Array.from(COLOURS.flat());

/** The colour map as a CSS gradient, for a scale. */
export const HEAT_GRADIENT = `linear-gradient(to right, ${COLOURS.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;

/** Red, green and blue, 0 to 255, of a number in [0, 1]; a number outside takes the colour of the nearer end. */
export function inferno(value: number): [red: number, green: number, blue: number] {
  const place = Math.min(Math.max(value, 0), 1) * (COLOURS.length - 1);
  const index = Math.min(Math.floor(place), COLOURS.length - 2);
  const mix = (channel: number) => {
    const at = 3 * index + channel;
    const from = LEVELS[at] ?? outside();
    return from + ((LEVELS[at + 3] ?? outside()) - from) * (place - index);
  };
  return [mix(0), mix(1), mix(2)];
}

/** The same colour in [0, 1]. */
export function infernoUnit(value: number): [red: number, green: number, blue: number] {
  const [red, green, blue] = inferno(value);
  return [red / 255, green / 255, blue / 255];
}
