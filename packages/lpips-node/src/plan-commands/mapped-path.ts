/**
 * @module
 * Paths of plans on machines that mount the shared folder elsewhere, perhaps under another system: `--map /mnt/farm=/data`,
 * `--map D:\farm=/data`, `--map /mnt/farm=Z:\`.
 */
import { UsageError } from '../command-line/exit-code.js';

/** Where a folder of the machine that made the plan is on this one. */
export interface FolderMap {
  readonly from: string;
  readonly to: string;
}

/** An absolute folder of POSIX; of Windows, on a drive or on another machine. */
const FROM = /^(\/[^=]*|[A-Za-z]:[^=]*|\\\\[^=]+)=(.+)$/;
const OF_WINDOWS = /^(?:[A-Za-z]:|\\\\)/;

/**
 * The value of `--map`.
 *
 * @throws UsageError unless it is two folders, the first of them absolute
 */
export function mapOption(value: string): FolderMap {
  const [, from, to] = FROM.exec(value) ?? [];
  if (from !== undefined && to !== undefined) {
    return { from: withoutEnd(from), to: withoutEnd(to) };
  }
  throw new UsageError(`expected two folders like /mnt/farm=/data for --map, got "${value}".`);
}

/** A path of a plan on this machine; as it is where it is not in the folder that is mapped. */
export function mappedPath(path: string, map: FolderMap | undefined): string {
  if (map === undefined) return path;
  const { from, to } = map;
  if (!OF_WINDOWS.test(from))
    return path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
  // Windows takes both separators, and letters of either case for the same.
  const alike = (text: string) => text.replaceAll('\\', '/').toLowerCase();
  if (alike(path) !== alike(from) && !alike(path).startsWith(`${alike(from)}/`)) return path;
  return to + path.slice(from.length).replaceAll('\\', '/');
}

function withoutEnd(folder: string): string {
  return folder.replace(OF_WINDOWS.test(folder) ? /[\\/]+$/ : /\/+$/, '');
}
