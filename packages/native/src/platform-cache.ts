/**
 * @module
 * The platform's place for caches: `XDG_CACHE_HOME`, else `~/.cache` on Linux; `~/Library/Caches` on macOS; `%LOCALAPPDATA%`
 * on Windows. In a container a user may have neither a home nor a name. The cache is then a folder in the temporary one
 * that belongs to this user alone.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { checkText } from './check-arguments.js';
import { cannot } from './errors.js';

/** Modes of a folder that others can write to. */
const OTHERS_CAN_WRITE = 0o022;

/**
 * Absolute path of the cache folder of a program, which need not exist yet.
 *
 * @param name of the program
 * @throws NativeError where there is no home, and the folder in the temporary one belongs to another user, and unless `name` is a string
 */
export function platformCacheDir(name: string): string {
  checkText('platformCacheDir', 'name', name);
  const home = homeFolder();
  const env = process.env;
  if (process.platform === 'win32') {
    const local = env['LOCALAPPDATA'] || (home && join(home, 'AppData', 'Local'));
    return local ? join(local, name, 'Cache') : temporaryCache(name);
  }
  if (process.platform === 'darwin')
    return home ? join(home, 'Library', 'Caches', name) : temporaryCache(name);
  const caches = env['XDG_CACHE_HOME'] || (home && join(home, '.cache'));
  return caches ? join(caches, name) : temporaryCache(name);
}

/** The home folder; undefined where the user has none. Containers give `/` to users without a name. */
function homeFolder(): string | undefined {
  try {
    const home = homedir();
    const isNone = !isAbsolute(home) || (home === '/' && process.getuid?.() !== 0);
    return isNone ? undefined : home;
  } catch {
    return undefined; // no HOME, and no entry for this user
  }
}

/** Makes the folder, since whoever makes it first owns it. */
function temporaryCache(name: string): string {
  const user = process.getuid?.() ?? 'user';
  const folder = join(tmpdir(), `${name}-${user}`);
  const advice = 'Set HOME, or the variable of the cache folder.';
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found === undefined) {
      const why = error instanceof Error ? error.message : String(error);
      throw cannot('cache', `write ${folder}`, why, advice);
    }
    const isOwn = found.uid === user && (found.mode & OTHERS_CAN_WRITE) === 0;
    if (!found.isDirectory() || (typeof user === 'number' && !isOwn)) {
      throw cannot('cache', `use ${folder}`, 'it is not a folder of this user alone', advice);
    }
  }
  return folder;
}
