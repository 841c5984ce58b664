/**
 * @module
 * The packages as npm would publish them, and folders of users who install them.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** The part of a manifest that says what a package offers and needs. */
interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package of the workspace and its tarball. */
export interface PackedPackage {
  readonly manifest: Manifest;
  readonly tarball: string;
}

/** The manifests of all packages, by name. */
export async function packageManifests(): Promise<ReadonlyMap<string, Manifest>> {
  const folders = await readdir(join(ROOT, 'packages'));
  const ours = folders.filter((folder) => folder !== 'node_modules'); // which npm run setup:webgpu makes
  const manifests = ours.map(async (folder) => {
    const text = await readFile(join(ROOT, 'packages', folder, 'package.json'), 'utf8');
    return JSON.parse(text) as Manifest;
  });
  return new Map((await Promise.all(manifests)).map((manifest) => [manifest.name, manifest]));
}

/** Packs every package into a folder; the packages by name. */
export async function packAll(folder: string): Promise<ReadonlyMap<string, PackedPackage>> {
  await pnpm(['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder]);
  const files = await readdir(folder);
  const packed = [...(await packageManifests())].map(([name, manifest]): [string, PackedPackage] => {
    const [file, ...others] = files.filter(
      (one) => one.startsWith(`${name}-`) && /-\d[\d.]*\.tgz$/.test(one),
    );
    if (file === undefined || others.length > 0) throw new Error(`packAll: no one tarball of ${name}`);
    return [name, { manifest, tarball: join(folder, file) }];
  });
  return new Map(packed);
}

/**
 * Installs one package from its tarball in a folder of its own, with its required peers. Packages of the workspace that it
 * depends on come from their tarballs. A module can import only what its own manifest names.
 *
 * @param others more packages of the user, such as a test runner
 */
export async function installAlone(
  packed: ReadonlyMap<string, PackedPackage>,
  name: string,
  folder: string,
  others: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { manifest, tarball } = packedOf(packed, name);
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.entries(peerDependencies).filter(([peer]) => !peerDependenciesMeta[peer]?.optional);
  const dependencies = { [name]: `file:${tarball}`, ...Object.fromEntries(peers), ...others };
  const overrides = [...workspaceDependencies(packed, name)].map(
    (dependency) => `  ${dependency}: file:${packedOf(packed, dependency).tarball}\n`,
  );
  await mkdir(folder, { recursive: true });
  const user = { name: 'user', private: true, type: 'module', dependencies };
  await writeFile(join(folder, 'package.json'), JSON.stringify(user));
  // @tensorflow/tfjs-data imports `long`, which its manifest does not name.
  await writeFile(
    join(folder, 'pnpm-workspace.yaml'),
    `${overrides.length > 0 ? `overrides:\n${overrides.join('')}` : ''}hoistPattern: [long]
allowBuilds:
  sharp: false
  core-js: false
  unrs-resolver: false
`,
  );
  await pnpm(['-C', folder, 'install', '--prefer-offline', '--ignore-scripts']);
}

/** Packages of the workspace that a package needs, directly or through another. */
function workspaceDependencies(packed: ReadonlyMap<string, PackedPackage>, name: string): Set<string> {
  const { dependencies = {} } = packedOf(packed, name).manifest;
  const direct = Object.keys(dependencies).filter((dependency) => packed.has(dependency));
  return new Set(direct.flatMap((one) => [one, ...workspaceDependencies(packed, one)]));
}

function packedOf(packed: ReadonlyMap<string, PackedPackage>, name: string): PackedPackage {
  const found = packed.get(name);
  if (!found) throw new RangeError(`there is no package ${name}`);
  return found;
}

async function pnpm(args: readonly string[]): Promise<void> {
  await run('npm', ['run', '--silent', 'pnpm', '--', ...args], { cwd: ROOT });
}
