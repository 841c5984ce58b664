/**
 * @module
 * The colours of heat maps: matplotlib's inferno (CC0), in eight straight pieces.
 */

type Colour = readonly [number, number, number];

/** inferno at 0, 1/8, … 1 */
const INFERNO: readonly Colour[] = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
];

/** RGB in [0, 1]; `value` in [0, 1] is clipped. */
export function heatColour(value: number): Colour {
  const at = Math.min(1, Math.max(0, value)) * (INFERNO.length - 1);
  const below = INFERNO[Math.floor(at)] ?? [0, 0, 0];
  const above = INFERNO[Math.ceil(at)] ?? below;
  const mix = (a: number, b: number) => (a + (b - a) * (at % 1)) / 255;
  return [mix(below[0], above[0]), mix(below[1], above[1]), mix(below[2], above[2])];
}

/** CSS gradient of the heat map's colours, for a scale. */
export const HEAT_GRADIENT = `linear-gradient(to right, ${INFERNO.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;
