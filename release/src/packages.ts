/**
 * @module
 * The packages of the workspace as npm publishes them: their manifests, the order in which they depend on each other, and
 * their tarballs. Where the project lives is said once, in the manifest of the workspace, and packing writes it into each.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Folder of the workspace. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const run = promisify(execFile);

/** The part of a manifest that says what a package offers and needs. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
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

/** What the manifest of the workspace says of the place where the project lives, as npm reads it. */
export interface Addresses {
  readonly repository?: string | Readonly<Record<string, string>>;
  readonly homepage?: string;
  readonly bugs?: string | Readonly<Record<string, string>>;
}

const ADDRESSES = ['repository', 'homepage', 'bugs'] as const;

/** Names of the addresses that are not set or empty. */
export function unsetAddresses(addresses: Addresses): string[] {
  return ADDRESSES.filter((name) => {
    const address = addresses[name];
    return !(typeof address === 'object' ? address['url'] : address);
  });
}

/**
 * The addresses in the form that the manifest of a package takes.
 *
 * @param folder of the package, relative to the workspace, which npm's page and the provenance link to
 */
export function addressesOf(addresses: Addresses, folder: string): Addresses {
  const set = Object.fromEntries(
    ADDRESSES.filter((name) => addresses[name]).map((name) => [name, addresses[name]]),
  );
  const { repository } = addresses;
  if (!repository) return set;
  const source = typeof repository === 'string' ? { type: 'git', url: repository } : repository;
  return { ...set, repository: { ...source, directory: folder } };
}

/** The addresses that the manifest of the workspace sets. */
export async function readAddresses(): Promise<Addresses> {
  return JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Addresses;
}

/** The manifests of all packages, by name. */
export async function packageManifests(): Promise<ReadonlyMap<string, Manifest>> {
  const manifests = (await packageFolders()).map(([, manifest]): [string, Manifest] => [
    manifest.name,
    manifest,
  ]);
  return new Map(manifests);
}

/**
 * Packages in the order in which they can be published: each after those of them that it depends on.
 *
 * @throws RangeError where packages depend on each other in a circle
 */
export function inPublishingOrder(manifests: Iterable<Manifest>): Manifest[] {
  const left = new Map(Array.from(manifests, (manifest) => [manifest.name, manifest]));
  const ordered: Manifest[] = [];
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ dependencies = {}, peerDependencies = {} }) =>
      Object.keys({ ...dependencies, ...peerDependencies }).every((name) => !left.has(name)),
    );
    if (ready.length === 0)
      throw new RangeError(`these depend on each other: ${[...left.keys()].join(', ')}`);
    for (const manifest of ready) left.delete(manifest.name);
    ordered.push(...ready);
  }
  return ordered;
}

/** Packs every package, with the addresses of the workspace, into a folder; the packages by name. */
export async function packAll(folder: string): Promise<ReadonlyMap<string, PackedPackage>> {
  await pnpm(['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder]);
  const addresses = await readAddresses();
  const packed = await packedIn(folder);
  if (unsetAddresses(addresses).length === ADDRESSES.length) return packed;
  for (const [name, manifest] of await packageFolders()) {
    const tarball = packed.get(manifest.name)?.tarball;
    if (tarball) await writeAddresses(tarball, addressesOf(addresses, `packages/${name}`), folder);
  }
  return packed;
}

/** The packages whose tarballs lie in a folder, by name. */
export async function packedIn(folder: string): Promise<ReadonlyMap<string, PackedPackage>> {
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

/** Packs a tarball anew, in its folder and under its name, with addresses in its manifest. */
export async function writeAddresses(tarball: string, addresses: Addresses, folder: string): Promise<void> {
  const unpacked = join(folder, 'unpacked');
  await mkdir(unpacked);
  await run('tar', ['-xzf', tarball, '-C', unpacked]);
  const path = join(unpacked, 'package', 'package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, `${JSON.stringify({ ...manifest, ...addresses }, null, 2)}\n`);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, join(unpacked, 'package')]);
  await rm(unpacked, { recursive: true });
}

/** Runs the pnpm of the workspace. */
export async function pnpm(args: readonly string[]): Promise<void> {
  await run('npm', ['run', '--silent', 'pnpm', '--', ...args], { cwd: ROOT });
}

/** The manifest of each package, behind the name of its folder in `packages/`. */
export async function packageFolders(): Promise<[string, Manifest][]> {
  const folders = await readdir(join(ROOT, 'packages'));
  const ours = folders.filter((folder) => folder !== 'node_modules'); // which npm run setup:webgpu makes
  const manifests = ours.map(async (folder): Promise<[string, Manifest]> => {
    const text = await readFile(join(ROOT, 'packages', folder, 'package.json'), 'utf8');
    return [folder, JSON.parse(text) as Manifest];
  });
  return Promise.all(manifests);
}
