/**
 * @module
 * The page that an example writes: its place on disk, and the pictures and sources in it.
 */
import { dirname, join, resolve } from 'node:path';
import type { Terminal } from 'lpips-node/command-line';
import { checkOutput, makeFolder, writeAtomically } from 'lpips-node/files';
import type { Raster } from 'lpips-pictures';
import { encodePicture } from 'lpips-pictures/node';
import { type Html, html } from 'lpips-pictures/page';

/**
 * A file in a folder for output. The folder is made where it is missing.
 *
 * @throws LpipsError where the file cannot be written
 */
export async function outputIn(folder: string, name: string): Promise<string> {
  await makeFolder(folder);
  const path = join(folder, name);
  await checkOutput(path);
  return path;
}

/**
 * Checks a file for output before the work. The folder of the default place is made; the folder of any other must exist.
 *
 * @throws LpipsError where the file cannot be written
 */
export async function prepareOutput(path: string, preset: string): Promise<void> {
  if (path === resolve(preset)) await makeFolder(dirname(path));
  await checkOutput(path);
}

/** Writes a page and says where it is. */
export async function publishPage(terminal: Terminal, path: string, page: string): Promise<void> {
  await writeAtomically(path, page);
  terminal.out(`Open the page in a browser:\n${path}\n`);
}

/** A picture within the page. */
export async function pictureTag(picture: Raster, alt: string, className?: string): Promise<Html> {
  return imageTag(await encodePicture(picture), picture, alt, className);
}

/** A picture within the page from its data URI. */
export function imageTag(
  source: string,
  { width, height }: { readonly width: number; readonly height: number },
  alt: string,
  className?: string,
): Html {
  const style = className === undefined ? undefined : html`class="${className}" `;
  return html`<img ${style}src="${source}" width="${width}" height="${height}" alt="${alt}">`;
}
