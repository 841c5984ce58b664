/**
 * @module
 * Tar archives by hand, honest and hostile.
 */
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { judgement } from './small-data-set.js';

/** One entry: a file with content, or a link, folder or device. */
export interface TarEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
  /** stated size, where it is not that of the content */
  readonly size?: number;
}

/** Bytes of a tar archive. */
export function tarBytes(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath, size }) => {
    const body = Buffer.from(content);
    const header = new Header({
      path,
      type,
      size: size ?? body.length,
      mode: 0o644,
      ...(linkpath && { linkpath }),
    });
    header.encode();
    return [header.block ?? Buffer.alloc(512), body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Bytes of a gzipped tar archive. */
export function tarGzBytes(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tarBytes(entries));
}

/** Entries of a distortion below `root`: files that are not images, and judgements. */
export function distortionEntries(root: string, judgements: Readonly<Record<string, number>>): TarEntry[] {
  const isJnd = root.startsWith('jnd');
  return Object.entries(judgements).flatMap(([name, value]): TarEntry[] => [
    ...(isJnd ? ['p0', 'p1'] : ['ref', 'p0', 'p1']).map((part) => ({
      path: `${root}/${part}/${name}.png`,
      content: `${part}${name}`,
    })),
    { path: `${root}/${isJnd ? 'same' : 'judge'}/${name}.npy`, content: judgement(value) },
  ]);
}
