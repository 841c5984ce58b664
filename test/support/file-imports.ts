/**
 * @module
 * The imports between the files of a folder: whether they follow the order of its subfolders, and whether they form a
 * circle.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** The files of a folder, each with the files that it imports, types included. */
export type FileImports = ReadonlyMap<string, readonly string[]>;

/** Reads the imports of all TypeScript files below a folder. */
export async function readFileImports(root: string): Promise<FileImports> {
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const entries = names.map(async (name): Promise<[string, string[]]> => {
    const text = await readFile(join(root, name), 'utf8');
    const paths = Array.from(text.matchAll(/(?:from|import)[ (]'(\.[^']+)\.js'/g), ([, path = '']) => path);
    return [name, paths.map((path) => `${relative(root, join(root, dirname(name), path))}.ts`)];
  });
  return new Map(await Promise.all(entries));
}

/**
 * Imports that lead out of a folder, except into the folders before it in an order.
 *
 * @param order all folders, each after those that it may import; files at the root are not checked as importers
 * @param atRoot files at the root that every folder may import
 * @returns one sentence for each wrong import, and for each folder that the order lacks
 */
export function wrongImports(
  imports: FileImports,
  order: readonly string[],
  atRoot: readonly string[] = [],
): string[] {
  return [...imports].flatMap(([file, imported]) => {
    const folder = folderOf(file);
    if (folder === '') return [];
    if (!order.includes(folder)) return [`${folder} has no place in the order`];
    const allowed = order.slice(0, order.indexOf(folder) + 1);
    return imported
      .filter((other) => !allowed.includes(folderOf(other)) && !atRoot.includes(other))
      .map((other) => `${file} imports ${other}`);
  });
}

/** Circles of files, as paths from a file to itself. */
export function importCircles(imports: FileImports): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || done.has(file)) return;
    for (const other of imports.get(file) ?? []) visit(other, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return circles;
}

function folderOf(file: string): string {
  return file.includes('/') ? dirname(file) : '';
}
