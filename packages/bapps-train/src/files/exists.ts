/**
 * @module
 * Whether a file or folder is there.
 */
import { stat } from 'node:fs/promises';

/** Whether there is anything of that path. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
