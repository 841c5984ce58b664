import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { LpipsError } from 'lpips-core';
import { Pax } from 'tar';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { unpackArchive } from '../../src/data-set/unpack-archive.js';
import { type TarEntry, tarBytes, tarGzBytes } from '../support/tar-bytes.js';

let folder = '';
let target = '';
const archive = () => join(folder, 'a.tar.gz');

beforeEach(async () => {
  folder = await tempDir();
  target = join(folder, 'target');
  await mkdir(target);
});

async function unpack(bytes: Uint8Array) {
  await writeFile(archive(), bytes);
  return await unpackArchive(archive(), target, { root: 'val' });
}

const HONEST: TarEntry = { path: 'val/cnn/ref/0.png', content: 'a picture' };

describe('unpackArchive', () => {
  it('writes the content of the wanted folder, and gives the digest of the archive', async () => {
    const bytes = tarGzBytes([
      { path: 'val', type: 'Directory' },
      HONEST,
      { path: './val/cnn/p0/0.png', content: 'another' },
      { path: 'val/cnn/judge/empty.npy' },
    ]);
    expect(await unpack(bytes)).toEqual({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      files: 3,
      leftOut: [],
    });
    expect(await readFile(join(target, 'cnn/ref/0.png'), 'utf8')).toBe('a picture');
    expect(await readFile(join(target, 'cnn/p0/0.png'), 'utf8')).toBe('another');
  });

  it('leaves out what lies beside the folder, and hidden files', async () => {
    const entries = [
      HONEST,
      { path: 'readme.txt', content: 'hello' },
      { path: 'val/cnn/ref/._0.png', content: 'x' },
    ];
    expect((await unpack(tarGzBytes(entries))).leftOut).toEqual(['readme.txt', 'val/cnn/ref/._0.png']);
    expect(await readdir(target, { recursive: true })).toEqual(['cnn', 'cnn/ref', 'cnn/ref/0.png']);
  });

  it('reports the bytes of the archive, and takes one of many chunks: 8 MB of noise in 2000 files', async () => {
    const noise = Buffer.from(
      Array.from({ length: 4096 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
    );
    const entries = Array.from({ length: 2000 }, (_, i) => ({
      path: `val/cnn/ref/${i}.png`,
      content: noise,
    }));
    const bytes = gzipSync(tarBytes(entries), { level: 0 });
    await writeFile(archive(), bytes);
    const seen: number[] = [];
    const onProgress = (count: number) => seen.push(count);
    const { files } = await unpackArchive(archive(), target, { root: 'val', onProgress });
    expect([files, (await readdir(join(target, 'cnn/ref'))).length, seen.at(-1)]).toEqual([
      2000,
      2000,
      bytes.length,
    ]);
    expect(seen.length).toBeGreaterThan(4);
  });

  it.each([
    ['a path upwards', { path: '../evil.png', content: 'x' }, 'paths that stay inside', '../evil.png'],
    [
      'a path upwards from inside',
      { path: 'val/../../evil.png', content: 'x' },
      'paths that stay inside',
      'val/../../evil.png',
    ],
    ['an absolute path', { path: '/tmp/evil.png', content: 'x' }, 'paths that stay inside', '/tmp/evil.png'],
    [
      'a stream of another file',
      { path: 'val/a.png:evil', content: 'x' },
      'names without a colon',
      'val/a.png:evil',
    ],
    ['a drive', { path: 'C:/evil.png', content: 'x' }, 'paths that stay inside', 'C:/evil.png'],
    [
      'a backslash',
      { path: 'val\\..\\evil.png', content: 'x' },
      'paths that stay inside',
      'val\\..\\evil.png',
    ],
    [
      'a symbolic link',
      { path: 'val/cnn/p1', type: 'SymbolicLink', linkpath: '/etc' },
      'files and folders alone',
      'val/cnn/p1 (SymbolicLink)',
    ],
    [
      'a hard link',
      { path: 'val/cnn/p1/0.png', type: 'Link', linkpath: 'val/cnn/ref/0.png' },
      'files and folders alone',
      'val/cnn/p1/0.png (Link)',
    ],
    [
      'a device',
      { path: 'val/cnn/ref/1.png', type: 'CharacterDevice' },
      'files and folders alone',
      'val/cnn/ref/1.png (CharacterDevice)',
    ],
    [
      'a pipe',
      { path: 'val/cnn/ref/1.png', type: 'FIFO' },
      'files and folders alone',
      'val/cnn/ref/1.png (FIFO)',
    ],
    [
      'a link beside the folder',
      { path: 'other', type: 'SymbolicLink', linkpath: 'val' },
      'files and folders alone',
      'other (SymbolicLink)',
    ],
    [
      'a huge file',
      { path: 'val/cnn/ref/1.png', size: 65e6 },
      'files of at most 64 MB',
      'val/cnn/ref/1.png (65000000 bytes)',
    ],
  ] as const)('refuses %s by name, and writes nothing outside', async (_, entry, requirement, got) => {
    const refused = unpack(tarGzBytes([HONEST, entry, { path: 'val/cnn/ref/2.png', content: 'after' }]));
    await expect(refused).rejects.toThrow(
      new LpipsError(
        `unpack: expected ${requirement} for ${archive()}, got ${got}. ` +
          'No file of it was kept. Do not trust this archive.',
      ),
    );
    expect((await readdir(folder)).sort()).toEqual(['a.tar.gz', 'target']);
    expect(await readdir(target, { recursive: true })).not.toContain('cnn/ref/2.png');
  });

  const whole = tarGzBytes([HONEST]);
  const flipped = Buffer.from(whole);
  flipped[whole.length - 6] = 255 - flipped.readUInt8(whole.length - 6);

  it.each([
    ['no gzip', Buffer.from('hello, this is text'), 'a whole gzip file', 'incorrect header check'],
    ['a cut gzip', whole.subarray(0, -12), 'a whole gzip file', 'unexpected end of file'],
    ['a wrong checksum', flipped, 'a whole gzip file', 'incorrect data check'],
    ['an empty file', Buffer.alloc(0), 'a whole gzip file', 'unexpected end of file'],
    [
      'a cut tar',
      gzipSync(tarBytes([HONEST, { path: 'val/b', content: 'x'.repeat(2000) }]).subarray(0, 2600)),
      'a whole tar archive',
      'Truncated input (needed 984 more bytes, only 0 available)',
    ],
    ['no tar', gzipSync(Buffer.alloc(2048, 'no tar ')), 'a whole tar archive', 'checksum failure'],
  ])('names a damaged archive: %s', async (_, bytes, requirement, got) => {
    await expect(unpack(bytes)).rejects.toThrow(
      new LpipsError(
        `unpack: expected ${requirement} for ${archive()}, got ${got}. It is damaged: delete it, and download it again.`,
      ),
    );
  });

  it.each([
    ['a file twice', 'val/cnn/ref/0.png'],
    ['a file twice, the other way of writing it', './val/cnn//ref/./0.png'],
    ['a file in a file', 'val/cnn/ref/0.png/1.png'],
    ['a file in the place of a folder', 'val/cnn/ref'],
  ])('refuses %s', async (_, path) => {
    // The files of a chunk are written at the same time: either of two may be the one that cannot be written.
    await expect(unpack(tarGzBytes([HONEST, { path, content: 'other' }]))).rejects.toThrow(
      /^unpack: expected one file of each name for .*a\.tar\.gz, got cnn\/ref(\/0\.png)?(\/1\.png)? twice, or in a file\. No file/,
    );
  });

  it('refuses what unpacks to more than twenty times its size and 64 MB: 80 MB of zeros in two files', async () => {
    const entries = ['a', 'b'].map((name) => ({ path: `val/${name}.png`, content: Buffer.alloc(40e6) }));
    const bytes = tarGzBytes(entries);
    expect(bytes.length).toBeLessThan(100_000);
    await expect(unpack(bytes)).rejects.toThrow(
      `unpack: expected at most ${64e6 + 20 * bytes.length} bytes when unpacked for ${archive()}, got more.`,
    );
  });

  it('refuses an archive that is compressed twice', async () => {
    await expect(unpack(gzipSync(tarGzBytes([HONEST])))).rejects.toThrow(
      `unpack: expected a tar archive in gzip for ${archive()}, got one that is compressed twice.`,
    );
  });

  it('refuses a pipe by name, and waits for nothing', async () => {
    execFileSync('mkfifo', [archive()]);
    await expect(unpackArchive(archive(), target, { root: 'val' })).rejects.toThrow(
      `unpack: expected an archive file for ${archive()}, got something else.`,
    );
  });

  it('refuses a path upwards that stands in an extended header', async () => {
    const extended = new Pax({ path: 'val/../../evil.png' }).encode();
    const rest = tarBytes([HONEST]);
    await expect(unpack(gzipSync(Buffer.concat([extended, rest])))).rejects.toThrow(
      'got val/../../evil.png.',
    );
  });

  it('refuses an archive of something else', async () => {
    await expect(unpack(tarGzBytes([{ path: 'train/x.png', content: 'x' }]))).rejects.toThrow(
      new LpipsError(`unpack: expected files in val for ${archive()}, got none. Is it the right archive?`),
    );
  });

  it('stops when it is told to', async () => {
    await writeFile(archive(), whole);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(unpackArchive(archive(), target, { root: 'val', signal })).rejects.toThrow(
      /stopped|aborted/,
    );
  });
});
