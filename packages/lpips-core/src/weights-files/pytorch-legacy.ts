/**
 * @module
 * PyTorch's file format before 1.6 (`torch.serialization._legacy_save`). It has five pickles: a magic number, the protocol
 * version, the system, the state dict, and the keys of the storages. Then each storage follows, with its length before it
 * as int64. The official LPIPS heads and torchvision's VGG16 are such files.
 */
import { invalid } from '../errors.js';
import type { Weight } from '../weights/weight-map.js';
import type { ByteSource } from './byte-source.js';
import { type PickleValue, readPickle, UnfinishedPickleError } from './pickle.js';
import { readStateDict, torchDialect } from './pytorch-tensors.js';

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
/** Holds the pickles of the official files, and is little to fetch where the file lies on a server. */
const PICKLE_WINDOW = 1 << 16;
const MAX_PICKLE_BYTES = 1 << 26;
const LENGTH_BYTES = 8;

interface Pickles {
  stateDict: PickleValue;
  /** Keys of the storages, in the order in which they follow. */
  keys: PickleValue;
  /** Where the storages begin. */
  end: number;
}

/** Reads the wanted tensors of a legacy file. Of the others nothing is read, not even their length. */
export async function* readLegacyFile(
  file: ByteSource,
  filter: (name: string) => boolean,
): AsyncGenerator<[name: string, weight: Weight]> {
  const dialect = torchDialect(file.path);
  const { stateDict, keys, end } = await readPickles(file, dialect);
  const offsets = new Map<string, number>();
  let offset = end;
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === 'string' ? dialect.storages.get(key) : undefined;
    if (!storage)
      throw damaged(file, 'storages that the pickle names', typeof key === 'string' ? key : 'something else');
    offsets.set(storage.key, offset);
    offset += LENGTH_BYTES + storage.byteLength;
    if (offset > file.size) throw file.truncated(offset);
  }
  yield* readStateDict(stateDict, file, filter, async (storage) => {
    const start = offsets.get(storage.key);
    if (start === undefined) throw damaged(file, `storage ${storage.key}`, 'none');
    const bytes = await file.read(start, LENGTH_BYTES + storage.byteLength);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
    if (length === BigInt(storage.length)) return bytes.subarray(LENGTH_BYTES);
    throw damaged(file, `${storage.length} values in storage ${storage.key}`, `${length}`);
  });
}

/** A pickle does not state its length, so the pickles are read in a window that grows. */
async function readPickles(file: ByteSource, dialect: ReturnType<typeof torchDialect>): Promise<Pickles> {
  for (let window = PICKLE_WINDOW; ; window *= 8) {
    const bytes = await file.read(0, Math.min(window, file.size));
    try {
      return runPickles(bytes, file, dialect);
    } catch (error) {
      if (!(error instanceof UnfinishedPickleError) || bytes.length === file.size) throw error;
      if (window >= MAX_PICKLE_BYTES)
        throw damaged(file, `pickles of at most ${MAX_PICKLE_BYTES} bytes`, 'more');
    }
  }
}

function runPickles(bytes: Uint8Array, file: ByteSource, dialect: ReturnType<typeof torchDialect>): Pickles {
  let end = 0;
  const next = (): PickleValue => {
    const pickle = readPickle(bytes, end, dialect, file.path);
    end = pickle.end;
    return pickle.value;
  };
  if (next() !== MAGIC_NUMBER) {
    const advice = 'Write it with torch.save(net.state_dict(), path).';
    throw invalid('readWeights', "PyTorch's magic number", file.path, 'another pickle', advice);
  }
  const protocol = next();
  if (protocol !== PROTOCOL_VERSION)
    throw damaged(
      file,
      `protocol ${PROTOCOL_VERSION}`,
      typeof protocol === 'number' ? `${protocol}` : 'something else',
    );
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false) {
    throw invalid(
      'readWeights',
      'a little-endian file',
      file.path,
      'a big-endian one',
      'Save it on a little-endian machine.',
    );
  }
  const stateDict = next();
  const keys = next();
  return { stateDict, keys, end };
}

function damaged(file: ByteSource, requirement: string, got: string): Error {
  return invalid('readWeights', requirement, file.path, got, 'The file is damaged; fetch or write it again.');
}
