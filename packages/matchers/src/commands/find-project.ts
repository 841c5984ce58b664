/**
 * @module
 * The folder that a command is about, and the failures below it.
 */
import { stat } from 'node:fs/promises';
import { invalid, printable } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import { type FoundFailures, findFailures } from '../review/find-failures.js';

/**
 * Finds the failures, and says on stderr which records are left out.
 *
 * @throws LpipsError where there is no such folder
 */
export async function findProject(folder: string, terminal: Terminal): Promise<FoundFailures> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw invalid('lpips-matchers', 'a folder', 'folder', `"${folder}"`);
  const found = await findFailures(folder);
  for (const reason of found.leftOut) terminal.error(`left out: ${printable(reason)}\n`);
  return found;
}
