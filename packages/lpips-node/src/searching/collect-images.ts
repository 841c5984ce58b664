/**
 * @module
 * The images that an index is made of: those of folders, and single files.
 */
import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { cannot } from 'lpips-core';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { surveyFolder } from '../images/list-images.js';

/** What was found at some paths. */
export interface CollectedImages {
  /** Paths in the order of the inputs, each once, as the first input that has it names it. */
  readonly files: readonly string[];
  /** Each once, too. */
  readonly leftOut: readonly LeftOutPath[];
}

/**
 * Lists the images of folders and single files.
 *
 * @param recursive whether folders inside are entered
 * @throws LpipsError where one of the inputs is not there, or cannot be listed
 */
export async function collectImages(
  where: string,
  inputs: readonly string[],
  recursive: boolean,
): Promise<CollectedImages> {
  const files = new Map<string, string>();
  const add = (file: string) => {
    if (!files.has(resolve(file))) files.set(resolve(file), file);
  };
  const leftOut = new Map<string, LeftOutPath>();
  for (const input of inputs) {
    const found = await stat(input).catch(() => undefined);
    if (found === undefined)
      throw cannot(where, `read ${input}`, 'there is no such file or folder', 'Check the path.');
    if (found.isFile()) {
      add(input);
      continue;
    }
    const survey = await surveyFolder(input, { recursive });
    for (const name of survey.images) add(join(input, name));
    for (const { name, reason } of survey.leftOut) {
      const path = join(input, name);
      if (!leftOut.has(resolve(path))) leftOut.set(resolve(path), { path, reason });
    }
  }
  for (const input of inputs) leftOut.delete(resolve(input)); // a folder inside one that is named itself
  return { files: [...files.values()], leftOut: [...leftOut.values()] };
}

/**
 * Names a file as `collectImages` does: through the first of the inputs that it is, or is inside of.
 *
 * @param path absolute
 */
export function nameByInputs(path: string, inputs: readonly string[]): string {
  for (const input of inputs) {
    const from = resolve(input);
    if (path === from) return input;
    const inside = join(from, sep);
    if (path.startsWith(inside)) return join(input, path.slice(inside.length));
  }
  return path;
}
