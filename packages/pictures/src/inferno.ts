/**
 * @module
 * The perceptually uniform colour map "inferno" (Nathaniel Smith and Stéfan van der Walt, matplotlib, CC0): black,
 * purple, orange, pale yellow. Every 15th of its 256 colours; between them straight lines, off by at most 2 levels.
 */

const COLOURS = [
  0x000004, 0x0a0722, 0x1e0c45, 0x380962, 0x510e6c, 0x69166e, 0x801f6c, 0x982766, 0xb0315b, 0xc63d4d,
  0xd94d3d, 0xe9612b, 0xf47918, 0xfa9407, 0xfcb014, 0xf8cd37, 0xf2ea69, 0xfcffa4,
] as const;

/** Red, green and blue, 0 to 255, of a number in [0, 1]; what lies outside takes the end's colour. */
export function inferno(value: number): [red: number, green: number, blue: number] {
  const place = Math.min(Math.max(value, 0), 1) * (COLOURS.length - 1);
  const index = Math.min(Math.floor(place), COLOURS.length - 2);
  const from = COLOURS[index] ?? 0;
  const to = COLOURS[index + 1] ?? 0;
  const mix = (shift: number) => {
    const [a, b] = [(from >> shift) & 255, (to >> shift) & 255];
    return a + (b - a) * (place - index);
  };
  return [mix(16), mix(8), mix(0)];
}
