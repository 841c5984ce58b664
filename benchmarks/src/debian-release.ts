/**
 * @module
 * Debian packages of another release than the machine's own: lists of packages in a folder of ours, from the mirror that the sources of
 * this machine name, verified by Debian's keys. Nothing of the machine changes.
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cannot } from 'lpips-core';

const run = promisify(execFile);

/** Keys of all supported releases (package debian-archive-keyring). */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const INDEX_FORMAT = '$(ORIGIN) $(LABEL) $(SITE)';

/**
 * The command line of an `apt-get` that knows the packages of a release.
 *
 * @param folder where its lists of packages are kept
 * @throws LpipsError if no source of this machine is Debian's, or its mirror does not serve the release
 */
export async function aptGetOf(release: string, folder: string): Promise<string[]> {
  const sources = await run('apt-get', ['indextargets', '--format', INDEX_FORMAT, 'Created-By: Packages']);
  const mirror = mirrorAmong(sources.stdout);
  if (mirror === undefined) {
    const why = 'the sources of this machine name no mirror of Debian';
    throw cannot('aptGetOf', `read the packages of Debian ${release}`, why, 'Add one to the sources of apt.');
  }
  for (const part of ['lists/partial', 'archives/partial']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  const list = join(folder, 'sources.list');
  await writeFile(list, `deb [signed-by=${KEYRING}] ${mirror} ${release} main\n`);
  const settings = {
    'Dir::Etc::SourceList': list,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': folder,
    'Acquire::Languages': 'none',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const aptGet = ['apt-get', '-qq', ...options];
  // Without this setting apt takes a mirror that it cannot reach for a warning.
  await run('apt-get', [...aptGet.slice(1), '-o', 'APT::Update::Error-Mode=any', 'update']);
  return aptGet;
}

/** The mirror of Debian's own packages, among lines of origin, label and address. */
export function mirrorAmong(lines: string): string | undefined {
  return /^Debian Debian (\S+)$/m.exec(lines)?.[1];
}
