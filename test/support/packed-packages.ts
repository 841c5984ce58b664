/**
 * @module
 * The packages that users get, and folders of users who install them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PackedPackage, packAll, packedIn, pnpm } from '../../release/src/packages.js';

/**
 * The packages as users get them: the tarballs in the folder that LPIPS_TARBALLS names, which are about to be published, or
 * new ones.
 *
 * @param folder where new ones are made
 */
export function packedPackages(folder: string): Promise<ReadonlyMap<string, PackedPackage>> {
  const { LPIPS_TARBALLS: ready } = process.env;
  return ready ? packedIn(ready) : packAll(folder);
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
