import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { acceptFailure } from '../../src/review/accept-failure.js';
import { type FoundFailure, findFailures } from '../../src/review/find-failures.js';
import { type FailedProject, failedProject, HOME, HOME_RECORD } from '../support/failed-project.js';

beforeAll(() => selectBackend('wasm'));

describe('findFailures', () => {
  it('finds them below the project, those that could not be compared first', async () => {
    const { folder } = await failedProject();
    const { failures, leftOut } = await findFailures(folder);
    expect(failures.map(({ testFile, record }) => [testFile, record.numbers === undefined])).toEqual([
      ['page.test.ts', true],
      ['page.test.ts', false],
      ['page.test.ts', false],
    ]);
    expect(leftOut).toEqual([]);
    expect(new Set(failures.map(({ id }) => id)).size).toBe(3);
  });

  it('looks into no node_modules, and leaves out by name what is no record or of a test file that is gone', async () => {
    const project = await failedProject();
    await mkdir(project.at('node_modules/x'), { recursive: true });
    await writeFile(project.at('node_modules/x/a.perceptual.json'), '{');
    await writeFile(project.at('b.perceptual.json'), '{');
    await writeFile(project.at('c.perceptual.json'), '{"format":2}');
    await rename(project.at('page.test.ts'), project.at('other.test.ts'));
    const { failures, leftOut } = await findFailures(project.folder);
    expect(failures).toEqual([]);
    expect(leftOut).toHaveLength(5);
    expect(leftOut.join('\n')).toMatch(
      /home\.perceptual\.json is of a test file that is gone: page\.test\.ts/,
    );
    expect(leftOut.slice(3)).toEqual([
      expect.stringContaining('for b.perceptual.json, got a file that is not JSON.'),
      expect.stringContaining('for c.perceptual.json, got format 2.'),
    ]);
  });
});

describe('acceptFailure', () => {
  it('makes the image the snapshot, byte for byte, and removes the files of the failure alone', async () => {
    const project = await failedProject();
    expect(await acceptFailure(project.folder, await home(project))).toBe(HOME);
    expect(await readFile(project.at(HOME))).toEqual(project.images['missing.png']);
    expect(existsSync(project.at(HOME_RECORD))).toBe(false);
    expect((await findFailures(project.folder)).failures).toHaveLength(2);
  });

  it('makes a snapshot where there was none', async () => {
    const project = await failedProject();
    const { failures } = await findFailures(project.folder);
    const failure = failures.find(({ name }) => name.startsWith('<img'));
    if (!failure) throw new Error('it was not found');
    const path = await acceptFailure(project.folder, failure);
    expect(await readFile(project.at(path))).toEqual(project.images['small.png']);
  });

  it('refuses a comparison with a reference of its own', async () => {
    const project = await failedProject();
    const { failures } = await findFailures(project.folder);
    const failure = failures.find(({ snapshotPath }) => snapshotPath === undefined);
    if (!failure) throw new Error('it was not found');
    await expect(acceptFailure(project.folder, failure)).rejects.toThrow(
      /cannot accept page > shows the page: its test compares with a reference of its own/,
    );
  });

  it('refuses a snapshot above the project, and writes nothing there', async () => {
    const project = await failedProject();
    const outside = await tempDir();
    await edit(project, { path: `../../../../${outside.split('/').pop()}/stolen.png` });
    await expect(acceptFailure(project.folder, await home(project))).rejects.toThrow(
      /its snapshot .*stolen\.png lies outside of/,
    );
    expect(existsSync(join(outside, 'stolen.png'))).toBe(false);
    expect(existsSync(project.at(HOME_RECORD))).toBe(true);
  });

  it('refuses a snapshot that a link of a folder, or of the file, leads out of the project', async () => {
    const project = await failedProject();
    const outside = await tempDir();
    await symlink(outside, project.at('linked'));
    await edit(project, { path: '../../../linked/deeper/home.png' });
    await expect(acceptFailure(project.folder, await home(project))).rejects.toThrow(/lies outside of/);
    expect(existsSync(join(outside, 'deeper'))).toBe(false);
    await writeFile(join(outside, 'victim.png'), 'mine');
    await symlink(join(outside, 'victim.png'), project.at('link.png'));
    await edit(project, { path: '../../../link.png' });
    await expect(acceptFailure(project.folder, await home(project))).rejects.toThrow(/link\.png is no file/);
    expect(await readFile(join(outside, 'victim.png'), 'utf8')).toBe('mine');
  });

  it.each([
    ['/etc/home.png', 'a snapshot that is no PNG file near it'],
    ['../../../package.json', 'a snapshot that is no PNG file near it'],
    ['../../../x\0.png', 'a snapshot that is no PNG file near it'],
  ])('does not know a record whose snapshot is %j', async (path, fault) => {
    const project = await failedProject();
    await edit(project, { path });
    const { leftOut } = await findFailures(project.folder);
    expect(leftOut).toEqual([expect.stringContaining(fault)]);
  });

  it.each(['../../../page.test.ts', '/etc/passwd', '..\\x.png', '../x.png'])(
    'does not know a record with the picture %s',
    async (actual) => {
      const project = await failedProject();
      await edit(project, undefined, { actual });
      const { leftOut } = await findFailures(project.folder);
      expect(leftOut).toEqual([expect.stringContaining('pictures that do not lie beside it')]);
    },
  );

  it('refuses an image that is none, or a link', async () => {
    const project = await failedProject();
    const picture = join(dirname(project.at(HOME_RECORD)), 'home-actual.png');
    await writeFile(picture, 'secret');
    await expect(acceptFailure(project.folder, await home(project))).rejects.toThrow(
      /home-actual\.png is no PNG file/,
    );
    await edit(project, undefined, { actual: 'linked.png' });
    await symlink(project.at('page.test.ts'), join(dirname(picture), 'linked.png'));
    await expect(acceptFailure(project.folder, await home(project))).rejects.toThrow(
      /linked\.png is no file/,
    );
    expect(await readFile(project.at(HOME))).toEqual(project.images['reference.png']);
  });
});

async function home({ folder }: FailedProject): Promise<FoundFailure> {
  const { failures } = await findFailures(folder);
  const failure = failures.find(({ name }) => name === 'home');
  if (!failure) throw new Error('home is not among the failures');
  return failure;
}

async function edit(project: FailedProject, snapshot?: { path: string }, pictures?: object): Promise<void> {
  const record = JSON.parse(await readFile(project.at(HOME_RECORD), 'utf8'));
  const edited = {
    ...record,
    ...(snapshot && { snapshot: { name: 'home', ...snapshot } }),
    ...(pictures && { pictures }),
  };
  await writeFile(project.at(HOME_RECORD), JSON.stringify(edited));
}
