/**
 * @module
 * The images of a folder in natural order, in which 9 comes before 10, and what is left out of it.
 */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { cannot, checkText, invalid } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';

const EXTENSIONS = extensions('png jpg jpeg jpe jfif webp avif tif tiff gif bmp ppm pgm pbm pnm');
/** Images that people keep beside these, and that are not read. Whatever else a folder holds is no image. */
const OTHER_IMAGES = extensions(
  'heic heif jxl jp2 j2k jpf jpx jxr wdp exr hdr psd tga ico svg dng nef cr2 cr3 arw orf raf rw2 pef pam pfm',
);

const byName = new Intl.Collator('en', { numeric: true });

/** A file or folder that is not compared. */
export interface LeftOut {
  /** Its path below the folder; bytes that are not UTF-8 are replaced by U+FFFD. */
  readonly name: string;
  /** Why, as a clause: `HEIC is not read`. */
  readonly reason: string;
}

/** What a folder holds. */
export interface FolderSurvey {
  /** Names of the images in natural order; in folders inside, with the path to them. */
  readonly images: string[];
  readonly leftOut: LeftOut[];
}

/**
 * @returns the names of the files in `folder` that have an image's extension and are not hidden, in natural order. Folders
 *   inside it are not entered.
 * @throws LpipsError where it is no folder, or cannot be read
 */
export async function listImages(folder: string): Promise<string[]> {
  return (await surveyFolder(folder)).images;
}

/**
 * @param recursive whether folders inside are entered; links to folders are not
 * @returns the images of a folder, and the images and folders that are left out of them, but for hidden ones
 * @throws LpipsError where it is no folder, or cannot be read
 */
export async function surveyFolder(
  folder: string,
  { recursive = false }: { recursive?: boolean } = {},
): Promise<FolderSurvey> {
  checkText('listImages', 'folder', folder);
  const found: FolderSurvey = { images: [], leftOut: [] };
  await survey(folder, '', recursive, found);
  found.images.sort(compareNames);
  found.leftOut.sort((a, b) => compareNames(a.name, b.name));
  return found;
}

interface FolderEntry {
  readonly entry: Dirent;
  readonly isUtf8: boolean;
}

async function survey(folder: string, inside: string, recursive: boolean, found: FolderSurvey) {
  let entries: FolderEntry[];
  try {
    entries = await readEntries(join(folder, inside));
  } catch (error) {
    if (inside === '') throw refusal(folder, codeOf(error) ?? 'an unknown error');
    found.leftOut.push({ name: inside, reason: 'the folder cannot be read' });
    return;
  }
  for (const { entry, isUtf8 } of entries) {
    const own = entry.name;
    if (own.startsWith('.')) continue;
    const name = inside === '' ? own : `${inside}/${own}`; // also on Windows, so that names are the same everywhere
    const isImage = EXTENSIONS.has(extname(own).toLowerCase());
    if (!isUtf8) {
      if (isImage || entry.isDirectory()) found.leftOut.push({ name, reason: 'its name is not UTF-8' });
    } else if (entry.isDirectory()) {
      if (recursive) await survey(folder, name, recursive, found);
      else found.leftOut.push({ name, reason: 'folders inside are entered with --recursive' });
    } else if (isImage) {
      found.images.push(name);
    } else if (OTHER_IMAGES.has(extname(own).toLowerCase())) {
      found.leftOut.push({ name, reason: `${extname(own).slice(1).toUpperCase()} is not read` });
    }
  }
}

/**
 * What lies in a folder. Bun gives no types of files beside names as bytes, so these are asked for apart, and only where a
 * name has the character that stands for bytes that are not UTF-8.
 */
async function readEntries(folder: string): Promise<FolderEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (!entries.some(({ name }) => name.includes('\ufffd'))) {
    return entries.map((entry) => ({ entry, isUtf8: true }));
  }
  const names = new Set((await readdir(folder, { encoding: 'buffer' })).map(inHex));
  // Each is taken once: a name that is not UTF-8 may read like one that is.
  return entries.map((entry) => ({ entry, isUtf8: names.delete(inHex(Buffer.from(entry.name))) }));
}

function inHex(bytes: Buffer): string {
  return bytes.toString('hex');
}

function extensions(names: string): ReadonlySet<string> {
  return new Set(names.split(' ').map((name) => `.${name}`));
}

/** Natural order: `frame9.png` before `frame10.png`. */
function compareNames(a: string, b: string): number {
  return byName.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

function refusal(folder: string, code: string): Error {
  const [where, what] = ['listImages', `read ${folder}`];
  if (code === 'ENOTDIR') {
    return invalid(where, 'a folder of images', folder, 'a file', 'Check the path.');
  }
  if (code === 'ENOENT') return cannot(where, what, 'there is no such folder', 'Check the path.');
  if (code === 'EACCES' || code === 'EPERM') {
    return cannot(where, what, 'there is no permission', 'Check its permissions.');
  }
  return cannot(where, what, `the system reports ${code}`);
}
