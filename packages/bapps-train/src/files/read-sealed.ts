/**
 * @module
 * Reads a file that carries a seal, whole and checked.
 */
import { checkSeal } from 'lpips-node/shards';
import { readFileOf } from './read-file.js';

/**
 * Reads a sealed file and checks it.
 *
 * @param kind what the file is, in errors
 * @param advice what to do if it is damaged
 * @param whereMissing what to do if it is missing
 * @returns its bytes, for `parseSafetensors`
 * @throws LpipsError if it cannot be read, or its sha256 does not match
 */
export async function readSealed(
  path: string,
  kind: 'shard' | 'checkpoint',
  advice: string,
  whereMissing = '',
): Promise<Uint8Array> {
  const bytes = await readFileOf(path, { where: 'readSealed', what: `a ${kind}`, whereMissing });
  checkSeal(bytes, path, kind, advice);
  return bytes;
}
