/**
 * @module
 * `lpips distance --regions`: the places where the images differ, as a table or as a part of the JSON object.
 */
import { type DifferenceRegion, differenceRegions, REGION_WINDOW, type RgbPixels } from 'lpips-pictures';
import type { Argv } from 'yargs';
import { UsageError } from '../command-line/exit-code.js';
import { numberWithin } from '../command-line/numbers.js';

/** Values of the options. */
export interface RegionArguments {
  readonly regions: boolean;
  readonly regionAbove: number | undefined;
}

/** The local distance above which a pixel counts. On a screenshot, a small digit that is another one has 0.03 with lite. */
const DEFAULT_ABOVE = 0.02;

const COLUMNS = ['local', 'kind', 'x', 'y', 'width', 'height'] as const;

/** Adds `--regions` and `--region-above` to a command. */
export function regionOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('regions', {
      describe:
        'list the places that differ: box, local distance, and how (missing, added, colour, moved, changed)',
      boolean: true,
      default: false,
    })
    .option('region-above', {
      describe: `local distance above which a place counts, a mean over ${REGION_WINDOW}x${REGION_WINDOW} pixels [default: ${DEFAULT_ABOVE}]`,
      string: true,
      requiresArg: true,
      coerce: (text: string | undefined) =>
        text === undefined ? undefined : numberWithin('--region-above', text, 0, Number.POSITIVE_INFINITY),
    });
}

/** The places of a comparison, and the threshold that they are above. */
export interface FoundRegions {
  readonly regionAbove: number;
  readonly regions: readonly DifferenceRegion[];
}

/** @throws UsageError where `--region-above` is given without `--regions` */
export function checkRegionArguments({ regions, regionAbove }: RegionArguments): void {
  if (regions || regionAbove === undefined) return;
  throw new UsageError('--region-above is a threshold of --regions. Add --regions, or leave it out.');
}

/**
 * The places where an image differs from its reference.
 *
 * @param map distance of each pixel, row by row
 */
export function findRegions(
  image: RgbPixels,
  reference: RgbPixels,
  map: Float32Array,
  { regionAbove = DEFAULT_ABOVE }: RegionArguments,
): FoundRegions {
  return { regionAbove, regions: differenceRegions(image, reference, map, regionAbove) };
}

/** Four decimal places, or two significant digits of a number that is too small for them. */
function shownLocal(distance: number): string {
  return distance >= 0.00095 ? distance.toFixed(4) : distance.toPrecision(2);
}

/** The places as a table, the largest local distance first. */
export function regionsTable({ regions, regionAbove }: FoundRegions): string {
  if (regions.length === 0) return `no place has a local distance above ${regionAbove}\n`;
  const rows = regions.map(({ box, localDistance, kind, shift }) => {
    const cells = [shownLocal(localDistance), kind, box.x, box.y, box.width, box.height].map(String);
    return shift ? [...cells, `moved by ${shift.x}, ${shift.y}`] : cells;
  });
  const widths = COLUMNS.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) =>
      column === 1 ? cell.padEnd(widths[1] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
  return [COLUMNS, ...rows].map((cells) => `${line(cells).join('  ')}\n`).join('');
}
