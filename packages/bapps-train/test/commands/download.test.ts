import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { breakingAfter, failing, sending, startFileServer } from '../../../../test/support/file-server.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { ARCHIVES, archiveAddress } from '../../src/data-set/archives.js';
import { fetchData } from '../../src/data-set/fetch-data-set.js';
import { bapps } from '../support/run-bapps.js';
import { distortionEntries, tarGzBytes } from '../support/tar-bytes.js';

const VAL = tarGzBytes([
  ...distortionEntries('val/cnn', { '000000': 0.2, '000001': 0.8 }),
  ...distortionEntries('val/superres', { '000000': 1 }),
]);
const JND = tarGzBytes(distortionEntries('jnd/val/cnn', { '000000': 0 }));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let out = '';
beforeEach(async () => {
  out = join(await tempDir(), 'data');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('bapps download', () => {
  it('downloads, unpacks, counts and prints the sha256 of each part', async () => {
    const server = await startFileServer(sending(JND), sending(VAL));
    const result = await bapps('download', out, '--parts', 'jnd,val', '--mirror', server.url);
    expect(result).toEqual({
      code: 0,
      out:
        `${join(out, 'jnd')}  unpacked  1 pairs (cnn 1)\n  sha256 ${sha256(JND)}\n` +
        `${join(out, '2afc', 'val')}  unpacked  3 triplets (cnn 2, superres 1)\n  sha256 ${sha256(VAL)}\n`,
      error: '',
    });
    expect((await readdir(out)).sort()).toEqual(['2afc', 'jnd']);
    expect(await readdir(join(out, '2afc'))).toEqual(['val']);
    expect(await readFile(join(out, '2afc/val/cnn/p1/000001.png'), 'utf8')).toBe('p1000001');
  });

  it('asks for nothing where a part is there, and takes the mirror of the environment', async () => {
    const server = await startFileServer(sending(JND));
    vi.stubEnv('BAPPS_MIRROR', `${server.url}/`);
    await bapps('download', out, '--parts', 'jnd');
    const again = await bapps('download', out, '--parts', 'jnd', '--json');
    expect(JSON.parse(again.out)).toMatchObject({
      parts: [{ part: 'jnd', state: 'present', counts: { cnn: 1 }, leftOut: [] }],
    });
    expect(server.requests).toHaveLength(1);
  });

  it('goes on where an earlier run broke off', async () => {
    const server = await startFileServer(breakingAfter(100, VAL), failing(403));
    const broken = await bapps('download', out, '--parts', 'val', '--mirror', server.url);
    expect([broken.code, broken.error]).toEqual([
      1,
      `download: cannot fetch ${server.url}/twoafc_val.tar.gz: HTTP 403 Forbidden. ` +
        'Check the network and the address, or name another with --mirror or BAPPS_MIRROR.\n',
    ]);
    expect(await readFile(join(out, 'twoafc_val.tar.gz.part'))).toEqual(VAL.subarray(0, 100));
    server.answers = [sending(VAL)];
    expect((await bapps('download', out, '--parts', 'val', '--mirror', server.url)).code).toBe(0);
    expect(server.requests.at(-1)?.range).toBe('bytes=100-');
  });

  it('holds an archive to --sha256, from the first digits on', async () => {
    const server = await startFileServer(sending(VAL));
    const wrong = await bapps(
      'download',
      out,
      '--parts',
      'val',
      '--mirror',
      server.url,
      '--sha256',
      'val=00112233',
    );
    expect([wrong.code, wrong.out]).toEqual([1, '']);
    expect(wrong.error).toBe(
      `download: expected sha256 00112233 for ${server.url}/twoafc_val.tar.gz, got ${sha256(VAL).slice(0, 8)}. ` +
        'It was deleted. Try again, or on another network: something on the way changes the file.\n',
    );
    const right = `val=${sha256(VAL).slice(0, 12).toUpperCase()}`;
    expect(
      (await bapps('download', out, '--parts', 'val', '--mirror', server.url, '--sha256', right)).code,
    ).toBe(0);
  });

  it('takes an archive that lies in the folder, holds it to --sha256, and keeps it with --keep', async () => {
    await mkdir(out);
    const path = join(out, 'jnd.tar.gz');
    await writeFile(path, JND);
    const line = ['download', out, '--parts', 'jnd', '--mirror', 'http://127.0.0.1:1', '--keep'];
    const wrong = await bapps(...line, '--sha256', 'jnd=00112233');
    expect([wrong.code, wrong.error]).toEqual([
      1,
      `download: expected sha256 00112233 for ${path}, got ${sha256(JND).slice(0, 8)}. ` +
        'It is damaged or another archive: delete it, or correct --sha256.\n',
    ]);
    expect((await bapps(...line)).code).toBe(0);
    expect((await readdir(out)).sort()).toEqual(['jnd', 'jnd.tar.gz']);
  });

  it('leaves no half of a part where the archive is damaged or hostile', async () => {
    const hostile = tarGzBytes([...distortionEntries('val/cnn', { '0': 0 }), { path: '../x', content: 'x' }]);
    for (const [bytes, message] of [
      [VAL.subarray(0, -9), 'unpack: expected a whole gzip file'],
      [hostile, 'unpack: expected paths that stay inside'],
    ] as const) {
      const folder = join(await tempDir(), 'data');
      const server = await startFileServer(sending(bytes));
      const { code, error } = await bapps('download', folder, '--parts', 'val', '--mirror', server.url);
      expect([code, error.startsWith(message), error.trimEnd().includes('\n')]).toEqual([1, true, false]);
      expect(await readdir(folder)).not.toContain('2afc');
    }
  });

  it('names a part that is not whole, but keeps it', async () => {
    const [, ...lacking] = distortionEntries('val/cnn', { '000000': 0 });
    const server = await startFileServer(sending(tarGzBytes(lacking)));
    const { code, error } = await bapps('download', out, '--parts', 'val', '--mirror', server.url);
    expect([code, error]).toEqual([
      1,
      `scan: expected folders ref, p0, p1, judge for ${join(out, '2afc/val/cnn')}, got no ref.\n`,
    ]);
  });

  it('says what it left out', async () => {
    const odd = tarGzBytes([
      ...distortionEntries('jnd/val/cnn', { '0': 0 }),
      { path: 'LICENSE', content: 'x' },
    ]);
    const server = await startFileServer(sending(odd));
    const { code, error } = await bapps('download', out, '--parts', 'jnd', '--mirror', server.url);
    expect([code, error]).toEqual([0, 'bapps: 1 of jnd.tar.gz left out, such as LICENSE\n']);
  });

  it.each([
    ['--parts jnd,test', 'bapps: expected one of jnd, val, train for --parts, got "test".'],
    ['--sha256 val', 'bapps: expected part=digits with 8 to 64 hex digits for --sha256, got "val".'],
    ['--sha256 test=0123456789', 'bapps: expected one of jnd, val, train for --sha256, got "test".'],
  ])('%s is wrong usage', async (line, message) => {
    expect(await bapps('download', out, ...line.split(' '))).toEqual({
      code: 2,
      out: '',
      error: `${message}\n`,
    });
  });

  it('refuses a mirror that is not a web address', async () => {
    const { code, error } = await bapps('download', out, '--mirror', 'ftp://x/');
    expect([code, error]).toEqual([
      1,
      'download: expected an http or https address for the mirror, got "ftp://x/". ' +
        'An archive on this disk goes into the folder of the data set under its own name.\n',
    ]);
  });

  it('--help names the publishers and says that they state no digests', async () => {
    const { out: help } = await bapps('download', '--help');
    expect(help.replaceAll(/\s+/g, ' ')).toContain('publishers state no digests');
    expect(archiveAddress(ARCHIVES.train, '')).toBe(
      'https://perceptual-similarity.s3.us-west-2.amazonaws.com/dataset/twoafc_train.tar.gz',
    );
  });
});

describe('fetchData', () => {
  it('tells how far it is, downloading and unpacking', async () => {
    const server = await startFileServer(sending(VAL));
    const seen: string[] = [];
    await fetchData(ARCHIVES.val, out, {
      mirror: server.url,
      onProgress: ({ step, bytes, totalBytes }) => seen.push(`${step} ${bytes}/${totalBytes}`),
    });
    expect(seen).toContain(`download ${VAL.length}/${VAL.length}`);
    expect(seen.at(-1)).toBe(`unpack ${VAL.length}/${VAL.length}`);
  });

  it('stops when it is told to, and keeps what it fetched', async () => {
    const server = await startFileServer(breakingAfter(50, VAL));
    const stop = new AbortController();
    const onProgress = ({ bytes }: { bytes: number }) => bytes >= 50 && stop.abort(new Error('stopped'));
    await expect(
      fetchData(ARCHIVES.val, out, { mirror: server.url, signal: stop.signal, onProgress }),
    ).rejects.toThrow();
    expect(await readdir(out)).toContain('twoafc_val.tar.gz.part');
  });
});
