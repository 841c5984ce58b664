/**
 * What a release writes into packages, in which order it publishes them, and what it refuses.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import {
  addressesOf,
  inPublishingOrder,
  packageManifests,
  ROOT,
  readAddresses,
  unsetAddresses,
  writeAddresses,
} from '../release/src/packages.js';

const run = promisify(execFile);
const PROGRAM = join(ROOT, 'release', 'dist', 'run.js');

const addresses = {
  repository: 'git+https://git.example/lpips.git',
  homepage: 'https://lpips.example',
  bugs: 'https://git.example/lpips/issues',
};

it('names each address that is missing, empty, or without its url', () => {
  expect(unsetAddresses(addresses)).toEqual([]);
  expect(unsetAddresses({})).toEqual(['repository', 'homepage', 'bugs']);
  expect(unsetAddresses({ ...addresses, homepage: '' })).toEqual(['homepage']);
  expect(unsetAddresses({ ...addresses, repository: { type: 'git' } })).toEqual(['repository']);
});

it('gives each package the repository with its own folder', () => {
  const repository = { type: 'git', url: addresses.repository, directory: 'packages/loss' };
  expect(addressesOf(addresses, 'packages/loss')).toEqual({ ...addresses, repository });
  const asObject = { repository: { type: 'git', url: addresses.repository } };
  expect(addressesOf(asObject, 'packages/loss')).toEqual({ repository });
});

it('writes addresses into a tarball and keeps what else is in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lpips-release-'));
  try {
    const manifest = { name: 'small', version: '1.2.3', files: ['index.js'] };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'index.js'), 'export const one = 1;\n');
    await run('npm', ['pack', '--pack-destination', folder], { cwd: folder });
    const tarball = join(folder, 'small-1.2.3.tgz');
    await writeAddresses(tarball, addressesOf(addresses, 'packages/small'), folder);
    await rm(join(folder, 'index.js'));
    await run('tar', ['-xzf', tarball, '-C', folder]);
    expect(JSON.parse(await readFile(join(folder, 'package', 'package.json'), 'utf8'))).toEqual({
      ...manifest,
      ...addressesOf(addresses, 'packages/small'),
    });
    expect(await readFile(join(folder, 'package', 'index.js'), 'utf8')).toBe('export const one = 1;\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('publishes each package after those that it depends on', async () => {
  const ordered = inPublishingOrder((await packageManifests()).values());
  const names = ordered.map(({ name }) => name);
  expect(names).toContain('lpips-core');
  for (const [place, { dependencies = {} }] of ordered.entries()) {
    expect(Object.keys(dependencies).filter((name) => names.indexOf(name) >= place)).toEqual([]);
  }
});

it('refuses packages that depend on each other in a circle', () => {
  const one = (name: string, needs: string) => ({
    name,
    version: '1.0.0',
    exports: {},
    dependencies: { [needs]: '*' },
  });
  expect(() => inPublishingOrder([one('a', 'b'), one('b', 'a')])).toThrow('these depend on each other: a, b');
});

it('refuses an unknown option with exit code 2', async () => {
  const ended = run(process.execPath, [PROGRAM, '--now'], { cwd: ROOT });
  await expect(ended).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/^release: .*--now/) });
});

/** Once the owner has set them there is nothing to refuse, and a release would begin. */
const unset = unsetAddresses(await readAddresses());

it.skipIf(unset.length === 0)('refuses in one sentence while an address is unset', async () => {
  const ended = run(process.execPath, [PROGRAM], { cwd: ROOT });
  await expect(ended).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^release: cannot publish: package.json does not set .*\.\n$/),
  });
});
