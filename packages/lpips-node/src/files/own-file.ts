/**
 * @module
 * Whose a file is, in a folder to which other users may write too.
 */
import type { Stats } from 'node:fs';
import { lstat, rm, stat } from 'node:fs/promises';

/** Whether a name is free, or that of a file which is this user's alone: no link, no second name, no other owner. */
export async function isWholly(path: string): Promise<boolean> {
  const found = await look(path);
  return found === undefined || (found.isFile() && found.nlink <= 1 && isOwn(found));
}

/** Whether a file is there. A link counts where this user or the superuser made it, and where it leads to a file. */
export async function isThere(path: string): Promise<boolean> {
  const found = await look(path);
  if (found === undefined) return false;
  if (!found.isSymbolicLink()) return true;
  if (!isOwn(found) && found.uid !== 0) return false;
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Size of a file in bytes, 0 where there is none. Links have none. */
export async function sizeOf(path: string): Promise<number> {
  const found = await look(path);
  return found?.isFile() === true ? found.size : 0;
}

/** Deletes a link, and nothing else. */
export async function removeIfLink(path: string): Promise<void> {
  if ((await look(path))?.isSymbolicLink() === true) await rm(path, { force: true });
}

async function look(path: string): Promise<Stats | undefined> {
  return await lstat(path).catch(() => undefined);
}

function isOwn({ uid }: Stats): boolean {
  const user = process.getuid?.();
  return user === undefined || uid === user; // Windows has no such number
}
