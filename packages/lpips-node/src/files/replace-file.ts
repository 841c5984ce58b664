/**
 * @module
 * Renaming over a file that others may have open. POSIX allows that. Windows refuses it for as long as another process reads
 * the older file, or a virus scanner looks at the new one, which is over in a moment.
 */
import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkOptions, checkText } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';

/** What Windows answers meanwhile. Elsewhere these do not pass. */
const PASSING: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Pauses between attempts, in milliseconds: three seconds in all. */
const PAUSES = [10, 20, 40, 80, 160, 320, 640, 800, 930] as const;

/** How a file is replaced; a test stands in for Windows. */
interface ReplaceOptions {
  readonly platform?: NodeJS.Platform;
  readonly rename?: (from: string, to: string) => Promise<void>;
  readonly pause?: (ms: number) => Promise<unknown>;
}

/**
 * Renames a file or folder, over an older file of that name.
 *
 * @throws LpipsError unless both are texts; the error of the system, on Windows after several attempts
 */
export async function replaceFile(from: string, to: string, options: ReplaceOptions = {}): Promise<void> {
  checkText('replaceFile', 'from', from);
  checkText('replaceFile', 'to', to);
  checkOptions('replaceFile', options, ['platform', 'rename', 'pause']);
  const { platform = process.platform, rename: move = rename, pause = sleep } = options;
  const pauses = platform === 'win32' ? PAUSES : [];
  for (const ms of pauses) {
    try {
      await move(from, to);
      return;
    } catch (error) {
      if (!PASSING.has(codeOf(error) ?? '')) throw error;
    }
    await pause(ms);
  }
  await move(from, to);
}
