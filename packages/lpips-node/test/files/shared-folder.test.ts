/**
 * Downloads into a folder to which other users may write: what they put at the names that a download uses.
 */
import { createHash } from 'node:crypto';
import { link, lstat, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { breakingAfter, sending, startFileServer } from '../../../../test/support/file-server.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { downloadFile } from '../../src/files/download.js';

const BODY = Uint8Array.from({ length: 50_000 }, (_, i) => (i * i) >> 3);
const SHA256 = createHash('sha256').update(BODY).digest('hex');
const SOON = { backoffMs: 1, attempts: 3 };

/** A folder for the download, and a file of this user elsewhere that must stay as it is. */
async function scene() {
  const folder = await tempDir();
  const precious = await writeInto(await tempDir(), 'precious', BODY.slice(0, 20_000));
  return { folder, path: join(folder, 'net.pth'), precious };
}

async function expectFetched({ folder, path, precious }: Awaited<ReturnType<typeof scene>>): Promise<void> {
  expect(new Uint8Array(await readFile(path))).toEqual(BODY);
  expect((await lstat(path)).isFile()).toBe(true);
  expect(new Uint8Array(await readFile(precious))).toEqual(BODY.slice(0, 20_000));
  expect(await readdir(folder)).toEqual(['net.pth']);
}

afterEach(() => vi.restoreAllMocks());

describe.skipIf(process.platform === 'win32')('a download writes through no link', () => {
  it.each(['.part', '.part.etag', '.lock'])('at the name with %s', async (suffix) => {
    const files = await scene();
    await symlink(files.precious, files.path + suffix);
    const server = await startFileServer(breakingAfter(10_000, BODY), sending(BODY));
    expect(await downloadFile(server.url, files.path, SHA256, SOON)).toBe('fetched');
    await expectFetched(files);
  });

  it('nor where its target is still missing', async () => {
    const files = await scene();
    const missing = join(await tempDir(), 'missing');
    await symlink(missing, files.path);
    await symlink(missing, `${files.path}.part`);
    const server = await startFileServer(sending(BODY));
    expect(await downloadFile(server.url, files.path, SHA256, SOON)).toBe('fetched');
    await expectFetched(files);
    expect(await lstat(missing).catch(() => undefined)).toBeUndefined();
  });

  it('nor into a file that has a second name', async () => {
    const { folder, path } = await scene();
    const precious = await writeInto(folder, 'precious', BODY.slice(0, 20_000));
    await link(precious, `${path}.part`);
    const server = await startFileServer(sending(BODY));
    expect(await downloadFile(server.url, path, SHA256, SOON)).toBe('fetched');
    expect(new Uint8Array(await readFile(precious))).toEqual(BODY.slice(0, 20_000));
  });

  it('and takes the place of a folder of its name', async () => {
    const files = await scene();
    await mkdir(join(`${files.path}.part`, 'inner'), { recursive: true });
    const server = await startFileServer(sending(BODY));
    expect(await downloadFile(server.url, files.path, SHA256, SOON)).toBe('fetched');
    await expectFetched(files);
  });
});

describe.skipIf(process.getuid === undefined)('a download in a folder of others', () => {
  /** From here on every file that is there belongs to another user. */
  const becomeAnother = () => vi.spyOn(process, 'getuid').mockReturnValue(54_321);

  it('does not go on from the part of another user', async () => {
    const files = await scene();
    await writeInto(files.folder, 'net.pth.part', BODY.slice(0, 20_000));
    becomeAnother();
    const server = await startFileServer(sending(BODY));
    await downloadFile(server.url, files.path, SHA256, SOON);
    expect(server.requests[0]?.range).toBeUndefined();
    await expectFetched(files);
  });

  it("takes this user's own link at the final name for the file, and replaces another user's, but for the superuser's", async () => {
    const { path, precious } = await scene();
    await symlink(precious, path);
    const server = await startFileServer(sending(BODY));
    expect(await downloadFile(server.url, path, SHA256, SOON)).toBe('present');
    const isSuperuser = process.getuid?.() === 0; // what the superuser put there counts for everybody
    becomeAnother();
    const outcome = await downloadFile(server.url, path, SHA256, SOON);
    expect(outcome).toBe(isSuperuser ? 'present' : 'fetched');
    expect((await lstat(path)).isFile()).toBe(!isSuperuser);
  });
});
