/**
 * @module
 * The order of the house: packages depend on those below them, folders on those below them, and no file on itself by
 * way of others. What an import statement names is what counts, types included.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSources, type Source } from './support/source-imports.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Lowest first; the packages of one floor do not know each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['tfjs-fused-training'],
  ['lpips-core', 'tfjs-wasm-kernels', 'tfjs-native'],
  ['lpips-pictures', 'lpips-loss', 'lpips-search'],
  ['lpips-node'],
  ['bapps-train', 'lpips-matchers', 'lpips-conformance'],
];

/** A backend of TensorFlow.js under the name that it registers. */
const BACKEND_NAME = /'(cpu|wasm|webgl|webgpu|tensorflow)'/;

interface Package {
  readonly name: string;
  readonly sources: readonly Source[];
  readonly dependencies: readonly string[];
  /** Ranges of what it does not install itself. */
  readonly peers: Readonly<Record<string, string>>;
  readonly optionalPeers: readonly string[];
}

// npm run setup:webgpu makes a node_modules beside them.
const folders = readdirSync(join(ROOT, 'packages')).filter((folder) => folder !== 'node_modules');
const packages = folders.map((folder): Package => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', folder, 'package.json'), 'utf8')) as {
    name: string;
    dependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
    peerDependenciesMeta?: Record<string, { optional: boolean }>;
  };
  const { peerDependencies: peers = {}, peerDependenciesMeta = {} } = manifest;
  const dependencies = Object.keys({ ...manifest.dependencies, ...peers });
  const sources = readSources(join(ROOT, 'packages', folder, 'src'));
  return {
    name: manifest.name,
    sources,
    dependencies,
    peers,
    optionalPeers: Object.keys(peerDependenciesMeta),
  };
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
    const named = new Set(each.sources.flatMap(({ modules }) => modules));
    const ours = [...named].map((name) => name.split('/')[0] ?? '').filter((name) => floorOf(name) >= 0);
    expect(ours.filter((name) => name !== each.name && !each.dependencies.includes(name))).toEqual([]);
  });

  it.each(packages)('$name states the range of every optional peer', ({ peers, optionalPeers }) => {
    expect(optionalPeers.filter((name) => !/\d/.test(peers[name] ?? ''))).toEqual([]);
  });

  it.each(packages)('$name depends on no example and not on the benchmarks', ({ dependencies, sources }) => {
    const named = [...dependencies, ...sources.flatMap(({ files, modules }) => [...files, ...modules])];
    expect(named.filter((name) => /(^|\/)(example-|examples\/|benchmarks)/.test(name))).toEqual([]);
  });
});

it('the metric and its losses tell backends by name in backend-traits.ts alone', () => {
  const metric = packages.filter(({ name }) => ['lpips-core', 'lpips-loss'].includes(name));
  const telling = metric.flatMap(({ sources }) =>
    sources.filter(({ text }) => BACKEND_NAME.test(code(text))),
  );
  expect(telling.map(({ file }) => file)).toEqual([join('operations', 'backend-traits.ts')]);
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

/** A source without its comments. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}

/** Which part of a package imports which other. */
function graphOf({ sources }: Package, partOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { file, files } of sources) {
    const from = partOf(file);
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const to of files.map(partOf)) if (to !== from) targets.add(to);
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
