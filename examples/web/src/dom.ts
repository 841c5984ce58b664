/**
 * @module
 * What every view does with elements of the page.
 */
import type { Html } from 'lpips-pictures/page';

/** The first element that a selector finds, of the class that it must be of. */
export function find<Kind extends Element>(
  root: ParentNode,
  selector: string,
  kind: abstract new (...args: never[]) => Kind,
): Kind {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`There is no ${kind.name} at ${selector}`);
  return element;
}

/** Puts markup into an element, in place of what was there. */
export function fill(element: Element, markup: Html): void {
  element.innerHTML = markup.toString();
}

/** Shows a bitmap on a canvas, which takes its size. The bitmap then belongs to the canvas. */
export function show(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
