/**
 * @module
 * PyTorch's file format since 1.6: a zip archive whose entries are `NAME/data.pkl` with the pickle and `NAME/data/KEY` with
 * each storage, all stored without compression. A compressed entry is refused and nothing is ever inflated, so an archive
 * cannot hold more than its own size.
 */
import { type Entry, ERR_INVALID_CRC32, Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-custom.js';
import { invalid, LpipsError } from '../errors.js';
import type { Weight } from '../weights/weight-map.js';
import type { ByteSource } from './byte-source.js';
import { readPickle } from './pickle.js';
import { readStateDict, torchDialect } from './pytorch-tensors.js';

const MAX_ENTRIES = 100_000;
const MAX_PICKLE_BYTES = 1 << 26;
const STORED = 0;
/** Reads on one thread, and checks every checksum. */
const OPTIONS = { checkCrc32: true, useWebWorkers: false } as const;
const MEND = 'The file is damaged; fetch or write it again.';

/** What is read at once, since the zip library asks for small pieces one after the other. */
const READ_AHEAD = 1 << 18;

/** Gives the zip library the bytes of the archive, and never more than there are. */
class SourceReader extends Reader<ByteSource> {
  readonly #file: ByteSource;
  #ahead = new Uint8Array(0);
  #start = 0;

  constructor(file: ByteSource) {
    super(file);
    this.#file = file;
    this.size = file.size;
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const end = Math.min(index + length, this.size);
    if (end <= index) return new Uint8Array(0);
    const aheadEnd = this.#start + this.#ahead.length;
    if (index < this.#start || end > aheadEnd) {
      const isInside = index >= this.#start && index < aheadEnd;
      const kept = isInside ? this.#ahead.slice(index - this.#start) : new Uint8Array(0);
      const from = index + kept.length;
      const more = await this.#file.read(from, Math.min(Math.max(end - from, READ_AHEAD), this.size - from));
      this.#ahead = new Uint8Array(kept.length + more.length);
      this.#ahead.set(kept);
      this.#ahead.set(more, kept.length);
      this.#start = index;
    }
    return this.#ahead.slice(index - this.#start, end - this.#start);
  }
}

/** Reads the wanted tensors of a zip file. */
export async function* readZipFile(
  file: ByteSource,
  filter: (name: string) => boolean,
): AsyncGenerator<[name: string, weight: Weight]> {
  const zip = new ZipReader(new SourceReader(file), OPTIONS);
  try {
    const entries = await translateErrors(file, () => listEntries(zip, file));
    const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
    if (pickleName === undefined) {
      const advice = 'Is it a PyTorch file? Write it with torch.save(net.state_dict(), path).';
      throw invalid('readWeights', 'an archive with data.pkl', file.path, 'one without', advice);
    }
    const folder = pickleName.slice(0, -'data.pkl'.length);
    const read = (name: string, maxBytes: number) => readEntry(entries.get(name), name, maxBytes, file);
    if (entries.has(`${folder}byteorder`)) {
      const order = new TextDecoder().decode(await read(`${folder}byteorder`, 16));
      if (order !== 'little')
        throw invalid(
          'readWeights',
          'a little-endian file',
          file.path,
          order,
          'Save it on a little-endian machine.',
        );
    }
    const dialect = torchDialect(file.path);
    const pickle = await read(pickleName, MAX_PICKLE_BYTES);
    const { value } = readPickle(pickle, 0, dialect, file.path);
    yield* readStateDict(value, file, filter, async (storage) => {
      const bytes = await read(`${folder}data/${storage.key}`, storage.byteLength);
      if (bytes.length === storage.byteLength) return bytes;
      const requirement = `${storage.byteLength} bytes in storage ${storage.key}`;
      throw invalid('readWeights', requirement, file.path, `${bytes.length}`, MEND);
    });
  } finally {
    await zip.close();
  }
}

/** Entries by name. */
async function listEntries(zip: ZipReader<unknown>, file: ByteSource): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.getEntriesGenerator()) {
    if (entries.size >= MAX_ENTRIES) {
      throw invalid(
        'readWeights',
        `at most ${MAX_ENTRIES} entries`,
        file.path,
        'more',
        'Is it a PyTorch file?',
      );
    }
    if (entries.has(entry.filename)) {
      throw invalid('readWeights', 'one entry of each name', file.path, `two of "${entry.filename}"`, MEND);
    }
    entries.set(entry.filename, entry);
  }
  return entries;
}

async function readEntry(
  entry: Entry | undefined,
  name: string,
  maxBytes: number,
  file: ByteSource,
): Promise<Uint8Array> {
  if (!entry || entry.directory) throw invalid('readWeights', `entry "${name}"`, file.path, 'none', MEND);
  const { compressionMethod, encrypted, compressedSize, uncompressedSize } = entry;
  if (compressionMethod !== STORED || encrypted || compressedSize !== uncompressedSize) {
    const advice = 'PyTorch writes entries uncompressed; nothing was unpacked.';
    throw invalid('readWeights', `stored entry "${name}"`, file.path, 'a compressed one', advice);
  }
  const most = Math.min(maxBytes, file.size);
  if (uncompressedSize > most) {
    const requirement = `at most ${most} bytes in "${name}"`;
    throw invalid('readWeights', requirement, file.path, `${uncompressedSize}`, MEND);
  }
  return await translateErrors(file, async () => {
    try {
      return new Uint8Array(await entry.arrayBuffer(OPTIONS));
    } catch (error) {
      if (!(error instanceof Error) || error.message !== ERR_INVALID_CRC32) throw error;
      throw invalid('readWeights', `the checksum of "${name}"`, file.path, 'another', MEND);
    }
  });
}

/** Faults in the archive's structure come from the zip library as plain errors. */
async function translateErrors<T>(file: ByteSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LpipsError || !(error instanceof Error)) throw error;
    const reason = error.message.replace(/\.$/, '');
    const advice = 'The file is truncated or damaged; fetch or copy it again.';
    throw invalid('readWeights', 'a whole zip archive', file.path, `a fault (${reason})`, advice);
  }
}
