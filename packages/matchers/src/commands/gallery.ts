/**
 * @module
 * `lpips-matchers gallery` writes the failures of the last runs as one HTML page.
 */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EXIT, type ExitCode, type Terminal } from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { galleryPage } from '../review/gallery-page.js';
import { findProject } from './find-project.js';

/** Arguments of `lpips-matchers gallery`. */
export interface GalleryArguments {
  readonly folder: string;
  readonly out: string | undefined;
  readonly json: boolean;
}

const FILE = 'perceptual-failures.html';

/** Writes the page, also where nothing has failed, so that an older one does not stay. */
export async function runGallery(options: GalleryArguments, terminal: Terminal): Promise<ExitCode> {
  const { folder, out = join(folder, FILE), json } = options;
  const { failures } = await findProject(folder, terminal);
  if (options.out === undefined) await mkdir(dirname(out), { recursive: true });
  await checkOutput(out);
  const page = await galleryPage(failures, { project: basename(resolve(folder)), isServed: false });
  await writeAtomically(out, page);
  const count = failures.length;
  if (json) terminal.out(`${JSON.stringify({ folder, out, failures: count })}\n`);
  else terminal.out(`${out}: ${count === 1 ? 'one failure' : `${count} failures`}\n`);
  return EXIT.done;
}
