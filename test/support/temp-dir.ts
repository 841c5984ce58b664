/**
 * @module
 * A folder of its own for each test, removed afterwards.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty folder, gone when the test is over. */
export async function tempDir(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lpips-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Writes a file, with the folders above it, and returns its path. */
export async function writeInto(folder: string, name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}
