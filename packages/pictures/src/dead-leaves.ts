/**
 * @module
 * The dead leaves model (Matheron 1968; Lee, Mumford and Huang 2001): shapes whose sizes follow a power law fall on one
 * another until they cover the picture. Its edges, flat areas and occlusions have statistics close to those of
 * photographs. Here each leaf is an ellipse or a rectangle with a colour, a gradient and a texture of its own.
 */
import { checkRandom, checkSide } from './check-arguments.js';
import { between, type Random, seededRandom } from './random.js';
import { type Raster, roundToBytes } from './raster.js';

/** Smallest half-axis of a leaf, in pixels, and the largest one as a share of the shorter side. */
const [SMALLEST, LARGEST] = [2, 0.4];
/** Leaves after which the rest is left to the ground. */
const MOST_LEAVES = 20_000;
/** Share of pixels that the ground may keep. */
const GROUND = 0.002;

interface Leaf {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly cos: number;
  readonly sin: number;
  readonly isRound: boolean;
  readonly colour: readonly [number, number, number];
  /** Change of the lightness from one end to the other. */
  readonly gradient: number;
  /** Standard deviation of noise on it, and its stripes: amplitude and waves for each pixel. */
  readonly grain: number;
  readonly stripes: number;
  readonly frequency: number;
}

/**
 * A picture of the model: leaves whose half-axes have the density r⁻³, painted from the top one downwards.
 *
 * @param random the same numbers give the same picture
 * @returns `[height, width, 3]`, RGB, 8-bit values in [0, 1]
 * @throws LpipsError for arguments of another kind
 */
export function deadLeaves(width: number, height: number, random: Random): Raster {
  checkSide('deadLeaves', 'width', width);
  checkSide('deadLeaves', 'height', height);
  checkRandom('deadLeaves', random);
  const data = new Float32Array(width * height * 3).fill(between(random, 0, 1));
  const isCovered = new Uint8Array(width * height);
  const palette = Array.from({ length: 6 }, () => drawColour(random));
  const grainOf = seededRandom(Math.floor(between(random, 0, 2 ** 32)));
  let left = width * height;
  for (let count = 0; count < MOST_LEAVES && left > GROUND * width * height; count++) {
    const leaf = drawLeaf(width, height, palette, random);
    const reach = Math.hypot(leaf.halfWidth, leaf.halfHeight);
    const [firstX, lastX] = [Math.max(0, Math.ceil(leaf.x - reach)), Math.min(width - 1, leaf.x + reach)];
    const [firstY, lastY] = [Math.max(0, Math.ceil(leaf.y - reach)), Math.min(height - 1, leaf.y + reach)];
    for (let y = firstY; y <= lastY; y++) {
      for (let x = firstX; x <= lastX; x++) {
        const at = y * width + x;
        if (isCovered[at] === 1) continue;
        const [u, v] = placeOn(leaf, x, y);
        if (leaf.isRound ? u * u + v * v > 1 : Math.abs(u) > 1 || Math.abs(v) > 1) continue;
        isCovered[at] = 1;
        left--;
        const wave = leaf.stripes * Math.sin(leaf.frequency * u * leaf.halfWidth);
        const light = leaf.gradient * v + wave + leaf.grain * grainOf.normal();
        for (const [channel, value] of leaf.colour.entries()) data[3 * at + channel] = value + light;
      }
    }
  }
  return roundToBytes({ width, height, data });
}

/** A place in the axes of a leaf, in [-1, 1] inside it. */
function placeOn({ x, y, cos, sin, halfWidth, halfHeight }: Leaf, px: number, py: number): [number, number] {
  const [dx, dy] = [px - x, py - y];
  return [(cos * dx + sin * dy) / halfWidth, (cos * dy - sin * dx) / halfHeight];
}

function drawLeaf(
  width: number,
  height: number,
  palette: readonly (readonly [number, number, number])[],
  random: Random,
): Leaf {
  const largest = LARGEST * Math.min(width, height);
  // The inverse of the distribution with density r⁻³ between the two sizes.
  const [low, high] = [SMALLEST ** -2, Math.max(SMALLEST, largest) ** -2];
  const size = between(random, low, high) ** -0.5;
  const angle = between(random, 0, Math.PI);
  const base = palette[Math.floor(between(random, 0, palette.length))] ?? drawColour(random);
  const shade = 0.12 * random.normal();
  const [r, g, b] = base;
  return {
    x: between(random, 0, width),
    y: between(random, 0, height),
    halfWidth: size,
    halfHeight: size * between(random, 0.35, 1),
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    isRound: random.uniform() < 0.7,
    colour: [r + shade, g + shade, b + shade],
    gradient: 0.1 * random.normal(),
    grain: random.uniform() < 0.5 ? 0 : between(random, 0, 0.08),
    stripes: random.uniform() < 0.75 ? 0 : between(random, 0.02, 0.2),
    frequency: between(random, 0.2, 2),
  };
}

/** A colour of any lightness, mostly of low saturation. */
function drawColour(random: Random): [number, number, number] {
  const lightness = between(random, 0.05, 0.95);
  const spread = 0.3 * random.uniform() ** 1.5;
  return [
    lightness + spread * random.normal(),
    lightness + spread * random.normal(),
    lightness + spread * random.normal(),
  ];
}
