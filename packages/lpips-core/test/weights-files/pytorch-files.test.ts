import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, LpipsError, type WeightMap } from 'lpips-core';
import { BlobSource, parseWeights } from 'lpips-core/weights-files';
import { describe, expect, it } from 'vitest';
import {
  build,
  bytesOf,
  call,
  dict,
  global,
  int,
  list,
  NONE,
  pickle,
  text,
  tuple,
} from '../../../../test/support/pickle-bytes.js';
import {
  FORMATS,
  type Format,
  fileOf,
  floatStorage,
  legacyFileOf,
  type StorageBytes,
  stateDict,
  storageId,
  tensor,
  zipFileOf,
} from '../../../../test/support/pytorch-bytes.js';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { tempDir } from '../../../../test/support/temp-dir.js';

const DAMAGED = 'The file is damaged; fetch or write it again.';
const PLAIN = 'Save the state dict alone: torch.save(net.state_dict(), path).';

const fileOfBytes = (bytes: Uint8Array) => new BlobSource('FILE', new Blob([Uint8Array.from(bytes)]));

async function read(bytes: Uint8Array, filter?: (name: string) => boolean) {
  return await parseWeights(fileOfBytes(bytes), { ...(filter && { filter }) });
}

/** The message of the refusal, with the file called `FILE`. */
async function refusalOf(bytes: Uint8Array): Promise<string> {
  try {
    await parseWeights(fileOfBytes(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing was refused';
}

function valuesOf(weights: WeightMap, name: string): number[] {
  return [...(weights.get(name)?.data ?? [])];
}

const storage = floatStorage('0', [1, 2, 3, 4, 5, 6]);
const bias = floatStorage('1', [7, 8]);

function smallFile(format: Format): Uint8Array {
  const tensors = stateDict([
    ['features.0.weight', tensor(storage, format, [2, 3])],
    ['features.0.bias', tensor(bias, format, [2])],
  ]);
  return fileOf(format, tensors, [storage, bias]);
}

describe.each(FORMATS)('a %s file', (format) => {
  it('gives its tensors in order, with shapes', async () => {
    const { weights, metadata, format: seen } = await read(smallFile(format));
    expect(seen).toBe(format);
    expect(metadata).toEqual({});
    expect([...weights]).toEqual([
      ['features.0.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['features.0.bias', { shape: [2], data: Float32Array.of(7, 8) }],
    ]);
  });

  it('gives the wanted tensors alone', async () => {
    const { weights } = await read(smallFile(format), (name) => name.endsWith('bias'));
    expect([...weights.keys()]).toEqual(['features.0.bias']);
  });

  it('gives transposed, offset, expanded and scalar views of one storage', async () => {
    const value = stateDict([
      ['transposed', tensor(storage, format, [3, 2], { stride: [1, 3] })],
      ['offset', tensor(storage, format, [2], { offset: 4 })],
      ['every other', tensor(storage, format, [3], { stride: [2] })],
      ['expanded', tensor(storage, format, [2, 2], { stride: [0, 1] })],
      ['side of 1 with an odd stride', tensor(storage, format, [1, 3], { stride: [99, 1] })],
      ['scalar', tensor(storage, format, [], { offset: 5 })],
      ['empty', tensor(storage, format, [0, 3])],
    ]);
    const { weights } = await read(fileOf(format, value, [storage]));
    expect(valuesOf(weights, 'transposed')).toEqual([1, 4, 2, 5, 3, 6]);
    expect(valuesOf(weights, 'offset')).toEqual([5, 6]);
    expect(valuesOf(weights, 'every other')).toEqual([1, 3, 5]);
    expect(valuesOf(weights, 'expanded')).toEqual([1, 2, 1, 2]);
    expect(valuesOf(weights, 'side of 1 with an odd stride')).toEqual([1, 2, 3]);
    expect(weights.get('scalar')).toEqual({ shape: [], data: Float32Array.of(6) });
    expect(weights.get('empty')).toEqual({ shape: [0, 3], data: new Float32Array(0) });
  });

  it('turns float16, bfloat16 and float64 into float32', async () => {
    const half: StorageBytes = { key: 'h', type: 'HalfStorage', length: 2, data: bytesOf(0, 0x3c, 0, 0xc0) };
    const brain: StorageBytes = { key: 'b', type: 'BFloat16Storage', length: 1, data: bytesOf(0x40, 0xc0) };
    const data = new Uint8Array(Float64Array.of(0.1).buffer);
    const double: StorageBytes = { key: 'd', type: 'DoubleStorage', length: 1, data };
    const value = stateDict([
      ['half', tensor(half, format, [2])],
      ['brain', tensor(brain, format, [1])],
      ['double', tensor(double, format, [1])],
    ]);
    const { weights } = await read(fileOf(format, value, [half, brain, double]));
    expect(valuesOf(weights, 'half')).toEqual([1, -2]);
    expect(valuesOf(weights, 'brain')).toEqual([-3]);
    expect(valuesOf(weights, 'double')).toEqual([Math.fround(0.1)]);
  });

  it('reads the forms of older and newer PyTorch: parameters, four arguments, pairs, plain dictionaries', async () => {
    const old = call(
      global('torch._utils', '_rebuild_tensor'),
      storageId(storage, format),
      int(0),
      tuple(int(6)),
      tuple(int(1)),
    );
    const state = tuple(bytesOf(0x88), bytesOf(0x89), call(global('collections', 'OrderedDict')));
    const parameter = build(call(global('torch.nn.parameter', 'Parameter'), old), state);
    const rebuilt = call(
      global('torch._utils', '_rebuild_parameter'),
      tensor(bias, format, [2]),
      bytesOf(0x88),
      call(global('collections', 'OrderedDict')),
    );
    const pairs = call(
      global('collections', 'OrderedDict'),
      list(list(text('a'), parameter), list(text('b'), rebuilt)),
    );
    const { weights } = await read(fileOf(format, pairs, [storage, bias]));
    expect(valuesOf(weights, 'a')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(valuesOf(weights, 'b')).toEqual([7, 8]);
    const plain = dict([['a', tensor(bias, format, [2])]]);
    expect(valuesOf((await read(fileOf(format, plain, [bias]))).weights, 'a')).toEqual([7, 8]);
  });

  it('skips integers that are not wanted, and refuses those that are', async () => {
    const count: StorageBytes = { key: 'n', type: 'LongStorage', length: 1, data: new Uint8Array(8) };
    const value = stateDict([
      ['count', tensor(count, format, [])],
      ['bias', tensor(bias, format, [2])],
    ]);
    const file = fileOf(format, value, [count, bias]);
    expect([...(await read(file, (name) => name === 'bias')).weights.keys()]).toEqual(['bias']);
    expect(await refusalOf(file)).toBe(
      'readWeights: expected floating-point values of "count" for FILE, got torch.LongStorage. ' +
        'Convert it with .float() before saving, or leave it out.',
    );
  });

  it('refuses os.system by its name and executes nothing', async () => {
    const trace = join(await tempDir(), 'trace');
    const attack = call(global('os', 'system'), text(`touch ${trace}`));
    const file = fileOf(format, stateDict([['features.0.weight', attack]]), []);
    expect(await refusalOf(file)).toBe(
      `readWeights: expected tensors and dictionaries only for FILE, got a pickle that names os.system. Nothing in it was executed. ${PLAIN}`,
    );
    expect(existsSync(trace)).toBe(false);
  });

  const others: [string, Uint8Array, string][] = [
    ['a number', int(1), `a dictionary of tensors for FILE, got another value. ${PLAIN}`],
    [
      'a number among tensors',
      dict([['epoch', int(1)]]),
      `a tensor "epoch" for FILE, got another value. ${PLAIN}`,
    ],
    [
      'a key of no text',
      bytesOf('}', int(1), int(2), 's'),
      `names of tensors for FILE, got a key that is no text. ${PLAIN}`,
    ],
  ];
  it.each(others)('refuses %s', async (_, value, reason) => {
    expect(await refusalOf(fileOf(format, value, []))).toBe(`readWeights: expected ${reason}`);
  });

  const view = (shape: number[], stride: number[], offset = 0) =>
    stateDict([['a', tensor(storage, format, shape, { stride, offset })]]);
  const faults: [string, Uint8Array, string][] = [
    [
      'a tensor beyond its storage',
      view([7], [1]),
      `a tensor within its storage of 6 values for FILE, got shape [7]. ${DAMAGED}`,
    ],
    [
      'an offset beyond its storage',
      view([1], [1], 6),
      `a tensor within its storage of 6 values for FILE, got shape [1]. ${DAMAGED}`,
    ],
    [
      'a stride beyond its storage',
      view([2], [6]),
      `a tensor within its storage of 6 values for FILE, got shape [2]. ${DAMAGED}`,
    ],
    [
      'a billion copies of one value',
      view([2 ** 30], [0]),
      `a tensor within its storage of 6 values for FILE, got shape [1073741824]. ${DAMAGED}`,
    ],
    [
      'strides for another rank',
      view([2, 3], [1]),
      `a tensor within its storage of 6 values for FILE, got shape [2, 3]. ${DAMAGED}`,
    ],
    [
      'a negative side',
      view([-1], [1]),
      `tensors of storage, offset, shape and stride for FILE, got other arguments. ${DAMAGED}`,
    ],
    [
      'a tensor without storage',
      call(global('torch._utils', '_rebuild_tensor_v2'), NONE),
      `tensors of storage, offset, shape and stride for FILE, got other arguments. ${DAMAGED}`,
    ],
    [
      'a parameter of no tensor',
      call(global('torch.nn.parameter', 'Parameter'), int(1)),
      `a tensor as parameter for FILE, got another value. ${DAMAGED}`,
    ],
    [
      'a persistent id of another kind',
      bytesOf(tuple(text('module')), 'Q'),
      `storages as persistent ids for FILE, got something else. ${DAMAGED}`,
    ],
    [
      'one storage in two sizes',
      list(storageId(storage, format), storageId({ ...storage, length: 5 }, format)),
      `one size of storage 0 for FILE, got two. ${DAMAGED}`,
    ],
    [
      'a dictionary of no pairs',
      call(global('collections', 'OrderedDict'), list(int(1))),
      `pairs for FILE, got other values. ${DAMAGED}`,
    ],
    [
      'a called storage type',
      call(global('torch', 'FloatStorage')),
      'storages by key for torch.FloatStorage, got a call of their type. Save it again with torch.save.',
    ],
  ];
  it.each(faults)('refuses %s', async (_, value, reason) => {
    expect(await refusalOf(fileOf(format, value, [storage]))).toBe(`readWeights: expected ${reason}`);
  });

  it('refuses many views of one storage that add up to more than the file', async () => {
    const large = floatStorage(
      '0',
      Array.from({ length: 2000 }, () => 1),
    );
    const names = Array.from({ length: 20 }, (_, i) => `w${i}`);
    const value = stateDict(names.map((name) => [name, tensor(large, format, [2000])]));
    const file = fileOf(format, value, [large]);
    expect(await refusalOf(file)).toBe(
      `readWeights: expected tensors of at most ${file.length} values for FILE, got 40000. ${DAMAGED}`,
    );
  });

  it('refuses the file cut off anywhere', async () => {
    const file = smallFile(format);
    for (let length = 1; length < file.length; length += 7) {
      expect(await refusalOf(file.subarray(0, length))).toMatch(
        /^readWeights: expected .* got .*(truncated|Fetch it again)/s,
      );
    }
  });
});

describe('a zip file', () => {
  const format = 'pytorch-zip';
  const value = stateDict([['a', tensor(storage, format, [6])]]);
  const PACKED = 'PyTorch writes entries uncompressed; nothing was unpacked.';

  it('may have 64-bit records', async () => {
    const { weights } = await read(zipFileOf(value, [storage], [], { zip64: true }));
    expect(valuesOf(weights, 'a')).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('may have a damaged storage that nobody wants', async () => {
    const both = stateDict([
      ['a', tensor(storage, format, [6])],
      ['b', tensor(bias, format, [2])],
    ]);
    const file = zipFileOf(both, [storage], [{ name: 'archive/data/1', data: bias.data, claimedCrc: 1 }]);
    expect([...(await read(file, (name) => name === 'a')).weights.keys()]).toEqual(['a']);
    expect(await refusalOf(file)).toBe(
      `readWeights: expected the checksum of "archive/data/1" for FILE, got another. ${DAMAGED}`,
    );
  });

  it('keeps the checksum of every byte of pickle and values: any flipped bit is refused', async () => {
    const file = zipFileOf(value, [storage]);
    const start = Buffer.from(file).indexOf(Buffer.from(storage.data));
    for (let bit = 0; bit < storage.data.length * 8; bit += 5) {
      const flipped = file.slice();
      flipped[start + (bit >> 3)] = at(flipped, start + (bit >> 3)) ^ (1 << (bit & 7));
      expect(await refusalOf(flipped)).toBe(
        `readWeights: expected the checksum of "archive/data/0" for FILE, got another. ${DAMAGED}`,
      );
    }
  });

  const ZERO_MEGABYTES = new Uint8Array(64 << 20);
  const faults: [string, Uint8Array, string][] = [
    [
      'a bomb for a pickle, 64 MB in 64 KB',
      zipFileOf(value, [], [{ name: 'archive/data.pkl', data: ZERO_MEGABYTES, isDeflated: true }]),
      `stored entry "archive/data.pkl" for FILE, got a compressed one. ${PACKED}`,
    ],
    [
      'a bomb for a storage',
      zipFileOf(value, [], [{ name: 'archive/data/0', data: ZERO_MEGABYTES, isDeflated: true }]),
      `stored entry "archive/data/0" for FILE, got a compressed one. ${PACKED}`,
    ],
    [
      'a storage smaller than it says',
      zipFileOf(value, [{ ...storage, data: storage.data.subarray(4) }]),
      `24 bytes in storage 0 for FILE, got 20. ${DAMAGED}`,
    ],
    [
      'a storage larger than it says',
      zipFileOf(value, [{ ...storage, data: new Uint8Array(28) }]),
      `at most 24 bytes in "archive/data/0" for FILE, got 28. ${DAMAGED}`,
    ],
    [
      'a storage that is not there',
      zipFileOf(value, []),
      `entry "archive/data/0" for FILE, got none. ${DAMAGED}`,
    ],
    [
      'another archive',
      zipFileOf(value, [], [{ name: 'archive/data.pkl', data: bytesOf('') }]).slice(),
      'a whole pickle for FILE, got one that breaks off. The file is truncated; fetch or copy it again.',
    ],
    [
      'big-endian values',
      zipFileOf(value, [storage], [{ name: 'archive/byteorder', data: bytesOf('big') }]),
      'a little-endian file for FILE, got big. Save it on a little-endian machine.',
    ],
    [
      'two entries of one name',
      zipFileOf(value, [storage, storage]),
      `one entry of each name for FILE, got two of "archive/data/0". ${DAMAGED}`,
    ],
  ];
  it.each(faults)('refuses %s', async (_, file, reason) => {
    expect(await refusalOf(file)).toBe(`readWeights: expected ${reason}`);
  });

  it('refuses an entry that claims more bytes than the file has, without reserving them', async () => {
    const huge = { ...storage, length: 500_000_000 };
    const claim = stateDict([['a', tensor(huge, format, [6])]]);
    const file = zipFileOf(
      claim,
      [],
      [{ name: 'archive/data/0', data: storage.data, claimedBytes: 2_000_000_000 }],
    );
    expect(await refusalOf(file)).toMatch(
      /^readWeights: expected storages of at most \d+ bytes for FILE, got 2000000000\. /,
    );
  });
});

describe('a legacy file', () => {
  const format = 'pytorch-legacy';
  const value = stateDict([['a', tensor(storage, format, [6])]]);
  const faults: [string, Uint8Array, string][] = [
    [
      'another pickle',
      pickle(dict([])),
      "PyTorch's magic number for FILE, got another pickle. Write it with torch.save(net.state_dict(), path).",
    ],
    [
      'another protocol',
      legacyFileOf(value, [storage], { protocol: 1002 }),
      `protocol 1001 for FILE, got 1002. ${DAMAGED}`,
    ],
    [
      'big-endian values',
      legacyFileOf(value, [storage], { isLittleEndian: false }),
      'a little-endian file for FILE, got a big-endian one. Save it on a little-endian machine.',
    ],
    [
      'a storage of another length',
      legacyFileOf(value, [{ ...storage, length: 5 }]),
      `6 values in storage 0 for FILE, got 5. ${DAMAGED}`,
    ],
    [
      'a storage that no tensor names',
      legacyFileOf(value, [storage, bias]),
      `storages that the pickle names for FILE, got 1. ${DAMAGED}`,
    ],
    ['a storage that is not there', legacyFileOf(value, []), `storage 0 for FILE, got none. ${DAMAGED}`],
    [
      'an attack in its first pickle',
      pickle(call(global('posix', 'system'), text('id'))),
      `tensors and dictionaries only for FILE, got a pickle that names posix.system. Nothing in it was executed. ${PLAIN}`,
    ],
  ];
  it.each(faults)('refuses %s', async (_, file, reason) => {
    expect(await refusalOf(file)).toBe(`readWeights: expected ${reason}`);
  });

  it('may have a pickle longer than the first window', async () => {
    const entries = Array.from({ length: 9000 }, (_, i): [string, Uint8Array] => [
      `a name that is rather long ${i}`,
      tensor(storage, format, [1]),
    ]);
    const file = legacyFileOf(stateDict(entries), [storage]);
    expect(file.length).toBeGreaterThan(2 ** 20);
    const { weights } = await read(file, (name) => name.endsWith(' 8999'));
    expect(weights.size).toBe(1);
  });
});

describeWithShared('the official LPIPS heads', ['weights/lpips'], (path) => {
  const CHANNELS = {
    alex: [64, 192, 384, 256, 256],
    squeeze: [64, 128, 256, 384, 384, 512, 512],
    vgg: [64, 128, 256, 512, 512],
  };
  it.each(
    (['v0.0', 'v0.1'] as const).flatMap((version) =>
      (['alex', 'squeeze', 'vgg'] as const).map((net) => [version, net] as const),
    ),
  )('%s/%s.pth are [1, channels, 1, 1], finite and not negative', async (version, net) => {
    const { weights, format } = await read(await readFile(path(`weights/lpips/${version}/${net}.pth`)));
    expect(format).toBe('pytorch-legacy');
    expect([...weights].map(([name, { shape }]) => [name, shape])).toEqual(
      CHANNELS[net].map((channels, i) => [`lin${i}.model.1.weight`, [1, channels, 1, 1]]),
    );
    for (const { data } of weights.values()) {
      expect(data.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      expect(data.some((value) => value > 0)).toBe(true);
    }
  });
});
