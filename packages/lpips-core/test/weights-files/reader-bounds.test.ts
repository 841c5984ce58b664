/**
 * @module
 * Time and memory of the readers of weights are bounded by the size of the file: small files that ask for much, and seeded
 * mutations of whole files (`npm run fuzz`).
 */
import { LpipsError, serializeSafetensors, type WeightMap } from 'lpips-core';
import { BlobSource, parseNetwork, parseWeights } from 'lpips-core/weights-files';
import { describe, expect, it } from 'vitest';
import { cpuMsSince } from '../../../../test/support/cpu-time.js';
import { FUZZ_SEED, FUZZ_TIMEOUT_MS, mutations } from '../../../../test/support/mutate.js';
import {
  bytesOf,
  call,
  dict,
  global,
  int,
  list,
  text,
  tuple,
} from '../../../../test/support/pickle-bytes.js';
import {
  FORMATS,
  fileOf,
  floatStorage,
  type StorageBytes,
  stateDict,
  storageId,
  tensor,
} from '../../../../test/support/pytorch-bytes.js';

/** What a refusal may take. Each of these files took seconds to hours, or all memory. */
const MOST_MS = 2000;

async function outcomeOf(
  bytes: Uint8Array<ArrayBuffer>,
  read: (file: BlobSource) => Promise<{ weights: WeightMap }> = parseNetwork,
): Promise<string> {
  const start = process.cpuUsage();
  try {
    const { weights } = await read(new BlobSource('FILE', new Blob([bytes])));
    return `${weights.size} weights`;
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    return error.message;
  } finally {
    expect(cpuMsSince(start)).toBeLessThan(MOST_MS);
  }
}

const memo = (index: number) => bytesOf('q', index);
const recall = (index: number) => bytesOf('h', index);
const repeated = (count: number, bytes: Uint8Array) =>
  new Uint8Array(Buffer.alloc(count * bytes.length, bytes));

describe.each(FORMATS)('a small %s file', (format) => {
  const storage = floatStorage('0', [1, 2, 3, 4]);
  const file = (value: Uint8Array, storages: readonly StorageBytes[] = [storage]) =>
    new Uint8Array(fileOf(format, value, storages));

  it('may not pass one list to thousands of dictionaries', async () => {
    const pairs = list(...Array.from({ length: 5000 }, (_, i) => tuple(text(`${i}`), int(i))));
    const ordered = bytesOf(global('collections', 'OrderedDict'), recall(0), bytesOf(0x85), 'R');
    const value = list(bytesOf(pairs, memo(0)), repeated(5000, ordered));
    expect(await outcomeOf(file(value))).toMatch(
      /calls of fewer items than the pickle has bytes for FILE, got one list/,
    );
  });

  it('may not make a dictionary of every byte', async () => {
    const value = bytesOf(']', repeated(500_000, bytesOf('}a')));
    expect(await outcomeOf(file(value))).toMatch(/a pickle of at most \d+ objects for FILE, got more\./);
  });

  it('may not have tensors of thousands of axes', async () => {
    const value = stateDict([
      [
        'features.0.bias',
        tensor(
          storage,
          format,
          Array.from({ length: 3000 }, () => 1),
        ),
      ],
    ]);
    expect(await outcomeOf(file(value))).toMatch(/tensors of at most 64 axes for FILE, got 3000\./);
  });

  it('is read where a tensor without values has endless sides', async () => {
    const sides = [2 ** 30, 2 ** 30, 0];
    const value = stateDict([['features.0.bias', tensor(storage, format, sides, { stride: [3, 5, 7] })]]);
    expect(await outcomeOf(file(value))).toBe('1 weights');
  });

  it('is read where thousands of strided views lie in one large storage', async () => {
    const data = new Uint8Array(2 ** 22);
    const half: StorageBytes = { key: '0', type: 'HalfStorage', length: 2 ** 21, data };
    const views = Array.from({ length: 2000 }, (_, i): [string, Uint8Array] => [
      `features.${i}.bias`,
      tensor(half, format, [2], { stride: [2 ** 20], offset: i }),
    ]);
    expect(await outcomeOf(file(stateDict(views), [half]))).toBe('2000 weights');
  });

  it('may not name storages that are larger than the file together', async () => {
    const large = { ...storage, length: 2 ** 30 };
    const value = stateDict([['features.0.bias', tensor(large, format, [1])]]);
    expect(await outcomeOf(file(value, [storage]))).toMatch(
      /(storages of at most|at least) \d+ bytes for FILE/,
    );
  });

  it('may not have names without end, nor dictionaries within themselves', async () => {
    const long = 'n'.repeat(100_000);
    expect(await outcomeOf(file(dict([[long, int(1)]]), []))).toMatch(
      /names of at most 512 letters for FILE, got 100000\./,
    );
    const named = bytesOf('c', long, '\n', 'x\n');
    expect((await outcomeOf(file(named, []))).length).toBeLessThan(300);
    const itself = bytesOf('}', memo(0), '(', text('state_dict'), recall(0), 'u');
    expect(await outcomeOf(file(itself, []))).toBe('0 weights');
  });

  it('may have a key for its storage of no more letters than a name', async () => {
    const value = call(
      global('torch._utils', '_rebuild_tensor_v2'),
      storageId({ ...storage, key: 'k'.repeat(1000) }, format),
    );
    expect(await outcomeOf(file(value))).toMatch(/keys of at most 512 letters for FILE, got 1000\./);
  });
});

describe('a safetensors file', () => {
  const fileWith = (header: string) => {
    const json = new TextEncoder().encode(header);
    const file = new Uint8Array(8 + json.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(json, 8);
    return file;
  };
  const entry = (dtype: string, shape: string) =>
    `{"a":{"dtype":${dtype},"shape":${shape},"data_offsets":[0,0]}}`;
  const nested = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  const files: [string, string, RegExp][] = [
    ['escapes without end', `{"__metadata__":{"a":"${'\\n'.repeat(5_000_000)}"}}`, /^0 weights$/],
    [
      'a header of more than 16 MiB',
      `{${' '.repeat(2 ** 24)}}`,
      /a header of at most 16777216 bytes for FILE/,
    ],
    [
      'a dtype nested a million deep',
      entry(nested, '[]'),
      /dtype F32, F16, BF16 or F64 of "a" for FILE, got a list\./,
    ],
    [
      'a shape nested a million deep',
      entry('"F32"', nested),
      /a shape of whole numbers of "a" for FILE, got a list\./,
    ],
    [
      'a million axes',
      entry('"F32"', `[${'1,'.repeat(1_000_000)}1]`),
      /at most 64 axes of "a" for FILE, got 1000001\./,
    ],
    [
      'a name without end',
      `{"${'n'.repeat(1_000_000)}":0}`,
      /names of at most 512 letters for FILE, got 1000000\./,
    ],
  ];
  it.each(files)('with %s is read or refused in a short sentence', async (_, header, wanted) => {
    const outcome = await outcomeOf(fileWith(header), parseWeights);
    expect(outcome).toMatch(wanted);
    expect(outcome.length).toBeLessThan(300);
  });

  it('with one name twice is refused, also where it is written otherwise', async () => {
    const one = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
    expect(await outcomeOf(fileWith(`{"a{\\"":${one},"b":${one},"a\\u007b\\"" : ${one}}`))).toMatch(
      /one tensor of each name for FILE, got "a\{"" twice\./,
    );
  });
});

/** Whole files of every format. */
function wholeFiles(): Uint8Array[] {
  const storages = [floatStorage('0', [1, 2, 3, 4, 5, 6]), floatStorage('1', [7, 8])] as const;
  const pytorch = FORMATS.map((format) => {
    const tensors = stateDict([
      ['net.slice1.0.weight', tensor(storages[0], format, [3, 2], { stride: [1, 3] })],
      ['lin0.model.1.weight', tensor(storages[1], format, [1, 2, 1, 1])],
    ]);
    return fileOf(
      format,
      dict([
        ['state_dict', tensors],
        ['epoch', int(1)],
      ]),
      storages,
    );
  });
  const weights = new Map([
    ['features.0.bias', { shape: [2], data: Float32Array.of(1, 2) }],
    ['lin0.model.1.weight', { shape: [1, 1, 1, 1], data: Float32Array.of(3) }],
  ]);
  return [...pytorch, serializeSafetensors(weights, { by: 'test' })];
}

it(
  `mutated files are read or refused by an LpipsError (seed ${FUZZ_SEED})`,
  async () => {
    let count = 0;
    let refused = 0;
    for (const file of mutations(wholeFiles())) {
      const outcome = await outcomeOf(file).catch((error: unknown) => {
        throw new Error(`mutation ${count}: ${Buffer.from(file).toString('base64')}`, { cause: error });
      });
      count++;
      if (outcome.includes('expected')) refused++;
    }
    expect(refused).toBeGreaterThan(count / 4); // the mutations reach what is read
    expect(refused).toBeLessThan(count); // and some are harmless
  },
  FUZZ_TIMEOUT_MS,
);
