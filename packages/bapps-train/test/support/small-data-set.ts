/**
 * @module
 * A data set of empty images: what the layout is, without pixels.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { serializeNpy } from 'bapps-train';

/** Writes a file with the folders above it. */
export async function put(root: string, path: string, content: string | Uint8Array = ''): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

/** Bytes of a judgement file. */
export function judgement(value: number): Uint8Array {
  return serializeNpy({ shape: [1], data: Float32Array.of(value) });
}

/** Writes a distortion's folder of one task, with a judgement for each of `names`. */
export async function putDistortion(
  root: string,
  folder: string,
  judgements: Readonly<Record<string, number>>,
): Promise<void> {
  const isJnd = folder.startsWith('jnd');
  for (const [name, value] of Object.entries(judgements)) {
    for (const part of isJnd ? ['p0', 'p1'] : ['ref', 'p0', 'p1'])
      await put(root, `${folder}/${part}/${name}.png`);
    await put(root, `${folder}/${isJnd ? 'same' : 'judge'}/${name}.npy`, judgement(value));
  }
}
