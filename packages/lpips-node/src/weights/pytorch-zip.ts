/**
 * @module
 * PyTorch's file format since 1.6: a zip archive `NAME/data.pkl` with the pickle and `NAME/data/KEY` with each
 * storage, all stored without compression. Nothing is ever inflated: a compressed entry is refused, so an archive
 * cannot hold more than its own size.
 */
import { crc32 } from 'node:zlib';
import { invalid, LpipsError, type WeightMap } from 'lpips-core';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import type { FileSource } from './file-source.js';
import { readPickle } from './pickle.js';
import { readStateDict, torchDialect } from './pytorch-tensors.js';

const MAX_ENTRIES = 100_000;
const MAX_PICKLE_BYTES = 1 << 26;
const STORED = 0;
const MEND = 'The file is damaged; fetch or write it again.';

/** Reads the wanted tensors of a zip file. */
export async function readZipFile(file: FileSource, filter: (name: string) => boolean): Promise<WeightMap> {
  const zip = await translateErrors(file, () =>
    openPromise(file.path, { autoClose: false, lazyEntries: true }),
  );
  try {
    const entries = await translateErrors(file, () => listEntries(zip, file));
    const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
    if (pickleName === undefined) {
      const advice = 'Is it a PyTorch file? Write it with torch.save(net.state_dict(), path).';
      throw invalid('readWeights', 'an archive with data.pkl', file.path, 'one without', advice);
    }
    const folder = pickleName.slice(0, -'data.pkl'.length);
    const read = (name: string, maxBytes: number) => readEntry(zip, entries.get(name), name, maxBytes, file);
    if (entries.has(`${folder}byteorder`)) {
      const order = new TextDecoder().decode(await read(`${folder}byteorder`, 16));
      if (order !== 'little') throw invalid('readWeights', 'a little-endian file', file.path, order);
    }
    const dialect = torchDialect(file.path);
    const pickle = await read(pickleName, MAX_PICKLE_BYTES);
    const { value } = readPickle(pickle, 0, dialect, file.path);
    return await readStateDict(value, file, filter, async (storage) => {
      const bytes = await read(`${folder}data/${storage.key}`, storage.byteLength);
      if (bytes.length === storage.byteLength) return bytes;
      const requirement = `${storage.byteLength} bytes in storage ${storage.key}`;
      throw invalid('readWeights', requirement, file.path, `${bytes.length}`, MEND);
    });
  } finally {
    zip.close();
  }
}

async function listEntries(zip: ZipFile, file: FileSource): Promise<Map<string, Entry>> {
  if (zip.entryCount > MAX_ENTRIES) {
    throw invalid('readWeights', `at most ${MAX_ENTRIES} entries`, file.path, `${zip.entryCount}`);
  }
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (entries.has(entry.fileName)) {
      throw invalid('readWeights', 'one entry of each name', file.path, `two of "${entry.fileName}"`, MEND);
    }
    entries.set(entry.fileName, entry);
  }
  return entries;
}

async function readEntry(
  zip: ZipFile,
  entry: Entry | undefined,
  name: string,
  maxBytes: number,
  file: FileSource,
): Promise<Uint8Array> {
  if (!entry) throw invalid('readWeights', `entry "${name}"`, file.path, 'none', MEND);
  if (
    entry.compressionMethod !== STORED ||
    entry.isEncrypted() ||
    entry.compressedSize !== entry.uncompressedSize
  ) {
    const advice = 'PyTorch writes entries uncompressed; nothing was unpacked.';
    throw invalid('readWeights', `stored entry "${name}"`, file.path, 'a compressed one', advice);
  }
  if (entry.uncompressedSize > maxBytes) {
    throw invalid(
      'readWeights',
      `at most ${maxBytes} bytes in "${name}"`,
      file.path,
      `${entry.uncompressedSize}`,
      MEND,
    );
  }
  const { fileDataStart } = await translateErrors(file, () =>
    zip.readLocalFileHeaderPromise(entry, { minimal: true }),
  );
  const bytes = await file.read(fileDataStart, entry.uncompressedSize);
  if (crc32(bytes) !== entry.crc32) {
    throw invalid('readWeights', `the checksum of "${name}"`, file.path, 'another', MEND);
  }
  return bytes;
}

/** Faults in the archive's structure come from the zip library as plain errors. */
async function translateErrors<T>(file: FileSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LpipsError || !(error instanceof Error)) throw error;
    const reason = error.message.replace(/\.$/, '');
    const advice = 'The file is truncated or damaged; fetch or copy it again.';
    throw invalid('readWeights', 'a whole zip archive', file.path, `a fault (${reason})`, advice);
  }
}
