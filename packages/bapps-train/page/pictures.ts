/**
 * @module
 * The pictures of a trial: loaded and decoded before any of them is shown, laid out at a whole scale, and shown for the time that
 * the study states.
 */
import { byId } from './elements.js';
import { type Fit, factorOf, fitPictures } from './fit-pictures.js';

/** What a trial shows. */
export interface Shown {
  readonly trial: string;
  readonly pictures: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** What question, answers and progress take of the height, in CSS pixels. */
const OTHER_HEIGHT = 230;
const GAP = 12;
const MARGIN = 32;

/** Time before a trial is asked for again whose pictures could not be loaded, in milliseconds. */
const AGAIN_MS = 500;

/**
 * Loads the pictures of a trial, hidden.
 *
 * @returns whether the server still has them
 */
export async function loadPictures({ trial, pictures }: Shown): Promise<boolean> {
  for (const place of pictures) imageAt(place).classList.add('away');
  const loading = pictures.map(async (place) => {
    const image = imageAt(place);
    image.src = `/picture/${trial}/${place}`;
    await image.decode();
  });
  try {
    await Promise.all(loading);
    return true;
  } catch {
    await wait(AGAIN_MS);
    return false;
  }
}

/** Lays the pictures out, and again whenever the window changes, until `signal` aborts. */
export function layOut(shown: Shown, signal: AbortSignal): { readonly scale: () => string } {
  let scale = '1';
  const place = () => {
    scale = arrange(shown);
  };
  place();
  window.addEventListener('resize', place, { signal });
  return { scale: () => scale };
}

/** Shows the three pictures of a triplet at once, or those of a pair one after the other. Resolves when the rater may answer. */
export async function showPictures(
  { pictures }: Shown,
  { shownMs, gapMs }: { shownMs: number; gapMs: number },
  signal: AbortSignal,
): Promise<void> {
  const [first = '', second = ''] = pictures;
  if (pictures.length === 3) {
    for (const place of pictures) imageAt(place).classList.remove('away');
    await painted();
    if (shownMs > 0) void hideAfter(pictures, shownMs, signal);
    return;
  }
  imageAt(first).classList.remove('away');
  await painted();
  await wait(shownMs === 0 ? 1000 : shownMs);
  imageAt(first).classList.add('away');
  await wait(gapMs);
  imageAt(second).classList.remove('away');
  await painted();
  if (shownMs === 0) return;
  await wait(shownMs);
  imageAt(second).classList.add('away');
}

/** The image of a place. */
export function imageAt(place: string): HTMLImageElement {
  const image = document.querySelector(`#pictures img[data-place="${place}"]`);
  if (image instanceof HTMLImageElement) return image;
  throw new Error(`the page has no picture ${place}`);
}

async function hideAfter(places: readonly string[], ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms);
  if (signal.aborted) return; // the next trial has begun
  for (const place of places) imageAt(place).classList.add('away');
}

/** @returns the scale */
function arrange({ pictures, width, height }: Shown): string {
  const room = {
    width: document.documentElement.clientWidth - MARGIN,
    height: Math.max(120, window.innerHeight - OTHER_HEIGHT),
    gap: GAP,
    density: window.devicePixelRatio,
  };
  const beside = fitPictures({ width, height }, { columns: pictures.length === 3 ? 3 : 1, rows: 1 }, room);
  const below = fitPictures({ width, height }, { columns: 2, rows: 2 }, room);
  const isBelow = pictures.length === 3 && factorOf(below) > factorOf(beside);
  const fit: Fit = isBelow ? below : beside;
  byId('pictures', HTMLElement).classList.toggle('below', isBelow);
  for (const place of pictures) {
    const image = imageAt(place);
    image.style.width = `${fit.width}px`;
    image.style.height = `${fit.height}px`;
    image.classList.toggle('enlarged', factorOf(fit) >= 1);
  }
  return fit.scale;
}

/** Resolves once the browser has drawn what was changed. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
