/**
 * @module
 * The order of the house: packages depend on those below them, folders on those below them, and no file on itself by
 * way of others. What an import statement names is what counts, types included.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/g;

/** Lowest first; the packages of one floor do not know each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['lpips-core', 'tfjs-wasm-kernels', 'tfjs-native'],
  ['lpips-pictures', 'lpips-loss'],
  ['lpips-node'],
  ['bapps-train', 'lpips-matchers'],
];

interface Package {
  readonly name: string;
  readonly folder: string;
  readonly dependencies: readonly string[];
}

const packages = readdirSync(join(ROOT, 'packages')).map((folder): Package => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')) as {
    name: string;
    dependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
  };
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return { name: manifest.name, folder: join(ROOT, 'packages', folder), dependencies };
});

describe('packages', () => {
  it('all stand on a floor', () => {
    expect(packages.map(({ name }) => name).sort()).toEqual(FLOORS.flat().sort());
  });

  it.each(packages)('$name depends on packages of lower floors alone', ({ name, dependencies }) => {
    const floor = floorOf(name);
    const ours = dependencies.filter((each) => floorOf(each) >= 0);
    expect(ours.filter((each) => floorOf(each) >= floor)).toEqual([]);
  });

  it.each(packages)('$name imports no workspace package that it does not declare', (each) => {
    const named = new Set(
      filesOf(each).flatMap((file) => importsOf(file).filter((name) => !name.startsWith('.'))),
    );
    const ours = [...named].map((name) => name.split('/')[0] ?? '').filter((name) => floorOf(name) >= 0);
    expect(ours.filter((name) => name !== each.name && !each.dependencies.includes(name))).toEqual([]);
  });
});

describe.each(packages)('$name', (each) => {
  it('has no circle of files', () => {
    expect(circleIn(graphOf(each, (file) => file))).toBeUndefined();
  });

  it('has no circle of folders', () => {
    const graph = graphOf(each, (file) => (dirname(file) === '.' ? file : (file.split('/')[0] ?? file)));
    expect(circleIn(graph)).toBeUndefined();
  });
});

function floorOf(name: string): number {
  return FLOORS.findIndex((floor) => floor.includes(name));
}

/** Absolute paths of a package's sources. */
function filesOf({ folder }: Package): string[] {
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, 'src', name))
    .filter((path) => /\.(ts|cts|mjs)$/.test(path) && statSync(path).isFile());
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, name]) => name ?? '');
}

/** Which part of a package imports which other. */
function graphOf(each: Package, partOf: (file: string) => string): Map<string, Set<string>> {
  const source = join(each.folder, 'src');
  const graph = new Map<string, Set<string>>();
  for (const path of filesOf(each)) {
    const from = partOf(relative(source, path));
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const name of importsOf(path).filter((each) => each.startsWith('.'))) {
      const to = partOf(relative(source, normalize(join(dirname(path), name))).replace(/\.js$/, '.ts'));
      if (to !== from) targets.add(to);
    }
  }
  return graph;
}

/** The parts of one circle in order, undefined where there is none. */
function circleIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const walk = (part: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(part)) return [...way.slice(way.indexOf(part)), part];
    if (done.has(part)) return undefined;
    for (const next of graph.get(part) ?? []) {
      const circle = walk(next, [...way, part]);
      if (circle) return circle;
    }
    done.add(part);
    return undefined;
  };
  for (const part of graph.keys()) {
    const circle = walk(part, []);
    if (circle) return circle;
  }
  return undefined;
}
