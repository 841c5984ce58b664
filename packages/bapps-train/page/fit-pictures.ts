/**
 * @module
 * How large pictures are shown: a pixel of a picture takes a whole number of screen pixels, or a screen pixel takes a whole number
 * of its pixels. Another scale would blur or sharpen what is judged.
 */

/** Space that is there for pictures, and the pictures that share it, in CSS pixels. */
export interface Room {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  /** Screen pixels in a CSS pixel. */
  readonly density: number;
}

/** How pictures fit. */
export interface Fit {
  /** Screen pixels for each pixel, `3` or `1/2`. */
  readonly scale: string;
  /** Size of a picture in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** Larger than this, in CSS pixels, a picture does not become by enlarging it. */
const LARGEST = 320;

/**
 * The largest scale at which pictures fit.
 *
 * @param columns pictures beside each other
 * @param rows pictures below each other
 */
export function fitPictures(
  { width, height }: { readonly width: number; readonly height: number },
  { columns, rows }: { readonly columns: number; readonly rows: number },
  room: Room,
): Fit {
  const { gap, density } = room;
  const inWidth = ((room.width - gap * (columns - 1)) / columns) * density;
  const inHeight = ((room.height - gap * (rows - 1)) / rows) * density;
  const ratio = Math.min(inWidth / width, inHeight / height);
  const enlarged = Math.max(1, Math.floor(Math.min(ratio, (LARGEST * density) / Math.max(width, height))));
  const factor = ratio >= 1 ? enlarged : 1 / Math.ceil(1 / ratio);
  return {
    scale: factor >= 1 ? String(factor) : `1/${Math.round(1 / factor)}`,
    width: (width * factor) / density,
    height: (height * factor) / density,
  };
}

/** Share of a picture's pixels on the screen in each direction, as a number. */
export function factorOf({ scale }: Fit): number {
  return scale.startsWith('1/') ? 1 / Number(scale.slice(2)) : Number(scale);
}
