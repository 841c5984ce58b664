/**
 * @module
 * Patterns such as `photos\*.png`. A shell of POSIX puts the files in their place before a command sees them. Those of Windows
 * hand the pattern on, and no file there can have `*` or `?` in its name.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cannot, checkText, invalid, kindOf } from 'lpips-core';

/**
 * Replaces patterns by the files that they match, in the order of their names. `*` stands for any letters and `?` for one, in the
 * last part of a path; neither finds hidden files.
 *
 * @param paths as the command got them
 * @param platform whose shell it was
 * @throws LpipsError where nothing matches a pattern
 */
export async function expandPatterns(
  paths: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Promise<string[]> {
  if (!Array.isArray(paths)) throw invalid('expandPatterns', 'a list', 'paths', kindOf(paths));
  for (const path of paths) checkText('expandPatterns', 'path', path);
  if (platform !== 'win32') return [...paths];
  const expanded = await Promise.all(paths.map(matchesOf));
  return expanded.flat();
}

/** A path without a pattern is its own match. */
async function matchesOf(path: string): Promise<string[]> {
  if (!/[*?]/.test(path)) return [path];
  const folder = dirname(path);
  const pattern = patternOf(basename(path));
  const names = await readdir(folder).catch((): string[] => []);
  const found = names.filter((name) => !name.startsWith('.') && pattern.test(name)).sort();
  if (found.length > 0) return found.map((name) => join(folder, name));
  throw cannot('expandPatterns', `read ${path}`, 'no file matches it', 'Check the path.');
}

function patternOf(name: string): RegExp {
  const literal = name.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'iu');
}
