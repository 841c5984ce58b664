/**
 * @module
 * Where the numbers of a summary come from. A tap l of height H and width W is cut into `cells` x `cells` cells. A cell B has
 * n positions, and gives two numbers for each channel c whose head w is not 0. With a = √(w/(HW)) û, the embedding in which
 * LPIPS is a squared Euclidean distance, they are
 *
 *     mean:   √n · mean of a over the cell, the projection of a on the constant
 *     spread: √(Σ (a − mean of a)²), the length of what the projection leaves
 */
import { at, cannot, checkNumber, checkTargetSize, type ImageSize, invalid, Lpips } from 'lpips-core';
import { backboneOf, headName, tapChannels, tapSizes } from 'lpips-core/equation';

/** Cells along each axis where nothing else is asked for. */
export const DEFAULT_CELLS = 2;
/** Most of them: more bound little better, and a row of VGG16 would take 1.5 MB. */
const MOST_CELLS = 16;
/** Numbers of a row are a multiple of these, in each half, so that they are read eight at a time. */
const ALIGNED = 8;
/** Half of the largest float16, which leaves room for rounding. */
const LARGEST_STORED = 32_752;

/** A rectangle of positions, with its ends excluded. */
interface Cell {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A tap as a summary takes it. */
export interface SummarizedTap {
  /** Place among the taps of the net. */
  readonly index: number;
  readonly cells: readonly Cell[];
  /** Channels whose heads are not 0. */
  readonly channels: Int32Array;
  /** √(w/(HW)) of each of them. */
  readonly weights: Float32Array;
}

/** The parts of a summary, and how large its numbers may be. */
export interface SummaryLayout {
  /** From the deepest tap to the first: deep taps tell images apart with the fewest numbers. */
  readonly taps: readonly SummarizedTap[];
  /** Means, and as many spreads. */
  readonly half: number;
  /** A power of two. Times it, no number of any image exceeds the range of float16. */
  readonly scale: number;
}

/** @returns the numbers of a half row, where zeros follow the last means and the last spreads */
export function paddedHalf(half: number): number {
  return Math.ceil(half / ALIGNED) * ALIGNED;
}

/**
 * The layout of the summaries of a metric for images of one size.
 *
 * @throws LpipsError where the images are too small for the net, and for arguments of another kind
 */
export function layoutOf(where: string, lpips: Lpips, size: ImageSize, cells: number): SummaryLayout {
  checkMetric(where, lpips);
  checkCells(where, cells);
  checkTargetSize(where, size, Number.MAX_SAFE_INTEGER);
  const backbone = backboneOf(where, lpips.net);
  const channels = tapChannels(backbone);
  const [heights, widths] = [tapSizes(backbone, size.height), tapSizes(backbone, size.width)];
  if (Math.min(heights.length, widths.length) < channels.length) {
    const requirement = `at least ${lpips.smallestSize}x${lpips.smallestSize} pixels`;
    throw invalid(where, requirement, 'size', `${size.width}x${size.height}`, 'Choose a larger size.');
  }
  let largest = 0; // ‖a‖² of any image is at most the sum of the largest heads, since ‖û‖ ≤ 1
  const taps = channels.map((count, index): SummarizedTap => {
    const [height, width] = [at(heights, index), at(widths, index)];
    const heads = headsOf(lpips, index, count);
    const kept = Int32Array.from([...heads.keys()].filter((channel) => at(heads, channel) > 0));
    largest += heads.reduce((most, head) => Math.max(most, head), 0);
    return {
      index,
      cells: cellsOf(height, width, cells),
      channels: kept,
      weights: Float32Array.from(kept, (channel) => Math.sqrt(at(heads, channel) / (height * width))),
    };
  });
  const half = taps.reduce((sum, tap) => sum + tap.cells.length * tap.channels.length, 0);
  if (half === 0) throw cannot(where, 'summarise images', 'every head of these weights is 0');
  const scale = 2 ** Math.floor(Math.log2(LARGEST_STORED / Math.sqrt(largest)));
  return { taps: taps.toReversed(), half, scale };
}

/** The cells of a tap, row by row. They have no position in common and leave none out; those without a position are left out. */
function cellsOf(height: number, width: number, cells: number): Cell[] {
  const edge = (index: number, length: number) => Math.ceil((index * length) / cells);
  const found: Cell[] = [];
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      const [top, bottom] = [edge(row, height), edge(row + 1, height)];
      const [left, right] = [edge(column, width), edge(column + 1, width)];
      if (bottom > top && right > left) found.push({ top, bottom, left, right });
    }
  }
  return found;
}

/** @throws LpipsError unless `cells` is a whole number from 1 to 16 */
export function checkCells(where: string, cells: unknown): void {
  checkNumber(where, 'cells', cells, { least: 1, isWhole: true });
  if (Number(cells) > MOST_CELLS) throw invalid(where, `at most ${MOST_CELLS}`, 'cells', `${Number(cells)}`);
}

/** @throws LpipsError unless `lpips` is a metric */
export function checkMetric(where: string, lpips: unknown): void {
  if (lpips instanceof Lpips) return;
  throw invalid(where, 'an Lpips', 'lpips', typeof lpips, 'Lpips.fromWeights makes one.');
}

function headsOf({ weights, linear }: Lpips, index: number, channels: number): Float32Array {
  if (!linear) return new Float32Array(channels).fill(1);
  const head = weights.get(headName(index));
  if (!head) throw new Error(`headsOf: no head ${index}`);
  return head.data;
}
