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
export interface Manifest {
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

/** A user of one package. */
export interface PackageUser {
  /** Name of the folder that they install it in. */
  readonly folder: string;
  /** Name of the package. */
  readonly uses: string;
  /** More packages of theirs, such as a test runner. */
  readonly others?: Readonly<Record<string, string>>;
}

/**
 * Installs packages from their tarballs, each for a user with a folder of their own, with the required peers. Packages of
 * the workspace that it depends on come from their tarballs. A module can import only what its own manifest names: the
 * users share an install, not a `node_modules`. An optional peer that one of them has is there for all of them, so a user
 * who has one is installed apart.
 *
 * @param root the folder of the users' folders
 */
export async function installForUsers(
  packed: ReadonlyMap<string, PackedPackage>,
  root: string,
  users: readonly PackageUser[],
): Promise<void> {
  for (const { folder, uses, others = {} } of users) {
    const { manifest, tarball } = packedOf(packed, uses);
    const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
    const peers = Object.entries(peerDependencies).filter(([peer]) => !peerDependenciesMeta[peer]?.optional);
    const dependencies = { [uses]: `file:${tarball}`, ...Object.fromEntries(peers), ...others };
    const user = { name: `user-${folder}`, private: true, type: 'module', dependencies };
    await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, folder, 'package.json'), JSON.stringify(user));
  }
  const overrides = [...packed].map(([name, { tarball }]) => `  ${name}: file:${tarball}\n`);
  // @tensorflow/tfjs-data imports `long`, which its manifest does not name.
  await writeFile(
    join(root, 'pnpm-workspace.yaml'),
    `packages:
${users.map(({ folder }) => `  - ${folder}\n`).join('')}overrides:
${overrides.join('')}hoistPattern: [long]
dedupePeerDependents: false
allowBuilds:
  sharp: false
  core-js: false
  unrs-resolver: false
`,
  );
  await pnpm(['-C', root, 'install', '--prefer-offline', '--ignore-scripts']);
}

function packedOf(packed: ReadonlyMap<string, PackedPackage>, name: string): PackedPackage {
  const found = packed.get(name);
  if (!found) throw new RangeError(`there is no package ${name}`);
  return found;
}

async function pnpm(args: readonly string[]): Promise<void> {
  await run('npm', ['run', '--silent', 'pnpm', '--', ...args], { cwd: ROOT });
}
