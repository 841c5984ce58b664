import { at } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { LpipsError, parseSafetensors, serializeSafetensors, type WeightMap } from '../../src/index.js';

const MEND = 'The file is damaged; fetch or write it again.';
const TRUNCATED = 'The file is truncated; fetch or copy it again.';

/** A file as the format describes it, from any header. */
function fileOf(header: unknown, dataBytes: number | readonly number[] = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const data = typeof dataBytes === 'number' ? new Uint8Array(dataBytes) : Uint8Array.from(dataBytes);
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing was refused';
}

const weights: WeightMap = new Map([
  ['lin0.model.1.weight', { shape: [1, 3, 1, 1], data: Float32Array.of(0, 0.5, 2) }],
  ['features.0.bias', { shape: [2], data: Float32Array.of(-1, 1 / 3) }],
  ['features.0.weight', { shape: [2, 1, 1, 2], data: Float32Array.of(1, 2, 3, 4) }],
]);

describe('parseSafetensors', () => {
  it('reads [2, 2] F32 and [3] F16 side by side, with metadata', () => {
    const file = fileOf(
      {
        __metadata__: { source: 'by hand' },
        b: { dtype: 'F16', shape: [3], data_offsets: [16, 22] },
        a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
      },
      [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0x3c, 0, 0xc0, 1, 0],
    );
    const { weights, metadata } = parseSafetensors(file);
    expect(metadata).toEqual({ source: 'by hand' });
    expect(weights.get('a')).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
    expect(weights.get('b')).toEqual({ shape: [3], data: Float32Array.of(1, -2, 2 ** -24) });
  });

  it('takes an ArrayBuffer, and bytes at an odd offset of one', () => {
    const file = serializeSafetensors(weights);
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect(parseSafetensors(shifted.subarray(1))).toEqual(parseSafetensors(file.slice().buffer));
  });

  it('copies: changing the bytes afterwards changes no weight', () => {
    const file = serializeSafetensors(weights);
    const { weights: read } = parseSafetensors(file);
    file.fill(0);
    expect(read.get('features.0.weight')?.data).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('returns the wanted tensors, and checks the others', () => {
    const filter = (name: string) => name.startsWith('lin');
    const { weights: read } = parseSafetensors(serializeSafetensors(weights), { filter });
    expect([...read.keys()]).toEqual(['lin0.model.1.weight']);
  });

  it('reads a file without tensors, a scalar and an empty tensor', () => {
    expect(parseSafetensors(fileOf({})).weights.size).toBe(0);
    const header = {
      empty: { dtype: 'F32', shape: [0, 4], data_offsets: [0, 0] },
      scalar: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
    };
    const { weights: read } = parseSafetensors(fileOf(header, 4));
    expect(read.get('empty')?.data.length).toBe(0);
    expect(read.get('scalar')).toEqual({ shape: [], data: Float32Array.of(0) });
  });

  const a = (more: object) => ({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...more } });
  const refused: [string, Uint8Array, string][] = [
    ['3 bytes', new Uint8Array(3), `at least 8 bytes for it, got 3. ${TRUNCATED}`],
    [
      'a header length of 2^63',
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80),
      'a header of at most 16777216 bytes for it, got a length of 9223372036854775808. Is it a safetensors file?',
    ],
    [
      'a header that breaks off',
      fileOf(a({}), 8).subarray(0, 40),
      `a header of 54 bytes for it, got 32. ${TRUNCATED}`,
    ],
    [
      'a header of no text',
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff),
      `a header in UTF-8 for it, got other bytes. ${MEND}`,
    ],
    ['a header of no JSON', fileOf('{"a"'), `a header in JSON for it, got other text. ${MEND}`],
    ['a list as header', fileOf([1]), `a JSON object as header for it, got a list. ${MEND}`],
    ['null as header', fileOf('null'), `a JSON object as header for it, got null. ${MEND}`],
    ['a number as tensor', fileOf({ a: 1 }), `an object as header of "a" for it, got a number. ${MEND}`],
    [
      'metadata of numbers',
      fileOf({ __metadata__: { k: 1 } }),
      `metadata of strings for it, got k: a number. ${MEND}`,
    ],
    [
      'metadata of text',
      fileOf({ __metadata__: [] }),
      `metadata of strings for it, got __metadata__: a list. ${MEND}`,
    ],
    [
      'integers',
      fileOf(a({ dtype: 'I32' }), 8),
      'dtype F32, F16, BF16 or F64 of "a" for it, got "I32". Convert the tensor to float32, or leave it out.',
    ],
    [
      'no dtype',
      fileOf({ a: { shape: [2], data_offsets: [0, 8] } }, 8),
      'dtype F32, F16, BF16 or F64 of "a" for it, got none. Convert the tensor to float32, or leave it out.',
    ],
    [
      'the dtype toString',
      fileOf(a({ dtype: 'toString' }), 8),
      'dtype F32, F16, BF16 or F64 of "a" for it, got "toString". Convert the tensor to float32, or leave it out.',
    ],
    [
      'a negative side',
      fileOf(a({ shape: [-2] }), 8),
      `a shape of whole numbers of "a" for it, got [-2]. ${MEND}`,
    ],
    [
      'half a side',
      fileOf(a({ shape: [0.5] }), 8),
      `a shape of whole numbers of "a" for it, got [0.5]. ${MEND}`,
    ],
    [
      'one offset',
      fileOf(a({ data_offsets: [8] }), 8),
      `two ascending data_offsets of "a" for it, got [8]. ${MEND}`,
    ],
    [
      'descending offsets',
      fileOf(a({ data_offsets: [8, 0] }), 8),
      `two ascending data_offsets of "a" for it, got [8,0]. ${MEND}`,
    ],
    [
      'a shape larger than its bytes',
      fileOf(a({ shape: [3] }), 8),
      `12 bytes of "a", F32 [3], for it, got 8. ${MEND}`,
    ],
    [
      'a shape whose size is no safe integer',
      fileOf(a({ shape: [2 ** 40, 2 ** 40] }), 8),
      `4.835703278458517e+24 bytes of "a", F32 [1099511627776, 1099511627776], for it, got 8. ${MEND}`,
    ],
    ['data that break off', fileOf(a({}), 7), `8 bytes of values for it, got 7. ${TRUNCATED}`],
    ['data too many', fileOf(a({}), 9), `8 bytes of values for it, got 9. ${MEND}`],
    [
      'an overlap',
      fileOf({ ...a({}), b: { dtype: 'F32', shape: [2], data_offsets: [4, 12] } }, 12),
      `tensors one after the other for it, got an overlap before "b". ${MEND}`,
    ],
    [
      'a hole',
      fileOf({ ...a({}), b: { dtype: 'F32', shape: [1], data_offsets: [12, 16] } }, 16),
      `tensors one after the other for it, got a hole before "b". ${MEND}`,
    ],
    [
      'a name twice, once escaped',
      fileOf(
        '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"\\u0061" :{"dtype":"F32","shape":[],"data_offsets":[4,8]}}',
        8,
      ),
      `one tensor of each name for it, got "a" twice. ${MEND}`,
    ],
  ];
  it.each(refused)('refuses %s', (_, file, reason) => {
    expect(messageOf(() => parseSafetensors(file, { source: 'it' }))).toBe(
      `parseSafetensors: expected ${reason}`,
    );
  });

  it('refuses a file that is cut off anywhere', () => {
    const file = serializeSafetensors(weights, { source: 'test' });
    for (let length = 0; length < file.length; length++) {
      expect(messageOf(() => parseSafetensors(file.subarray(0, length)))).toMatch(
        /^parseSafetensors: expected .* for bytes, got \d+\. The file is truncated/,
      );
    }
  });

  it('reads or refuses a file with any one bit of its header flipped, and never fails otherwise', () => {
    const file = serializeSafetensors(weights, { source: 'test' });
    const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    let refusals = 0;
    for (let bit = 0; bit < headerEnd * 8; bit++) {
      const flipped = file.slice();
      flipped[bit >> 3] = at(flipped, bit >> 3) ^ (1 << (bit & 7));
      try {
        parseSafetensors(flipped);
      } catch (error) {
        expect(error).toBeInstanceOf(LpipsError);
        refusals++;
      }
    }
    expect(refusals).toBeGreaterThan(headerEnd * 4); // the rest are letters within names
  });
});

describe('serializeSafetensors', () => {
  it.each(['F32', 'F16'] as const)('%s comes back as it was, values rounded to the dtype', (dtype) => {
    const { weights: read, metadata } = parseSafetensors(
      serializeSafetensors(weights, { k: 'v' }, { dtype }),
    );
    expect(metadata).toEqual({ k: 'v' });
    expect([...read.keys()]).toEqual([...weights.keys()].sort());
    const bias = dtype === 'F32' ? Math.fround(1 / 3) : 0.333251953125;
    expect(read.get('features.0.bias')).toEqual({ shape: [2], data: Float32Array.of(-1, bias) });
    expect(read.get('features.0.weight')).toEqual(weights.get('features.0.weight'));
  });

  it('writes the same bytes for any order of weights and metadata, values from a multiple of 8', () => {
    const file = serializeSafetensors(weights, { a: '1', b: '2' });
    const reversed = new Map([...weights].reverse());
    expect(serializeSafetensors(reversed, { b: '2', a: '1' })).toEqual(file);
    expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  it('refuses a shape that does not fit its values', () => {
    const wrong: WeightMap = new Map([['a', { shape: [2, 2], data: new Float32Array(3) }]]);
    expect(messageOf(() => serializeSafetensors(wrong))).toBe(
      'serializeSafetensors: expected 4 values of shape [2, 2] for a, got 3. Is it a part of them?',
    );
  });

  it('refuses values that float16 does not reach, and the name of the metadata', () => {
    const large: WeightMap = new Map([['a', { shape: [1], data: Float32Array.of(70000) }]]);
    expect(messageOf(() => serializeSafetensors(large, {}, { dtype: 'F16' }))).toBe(
      'serializeSafetensors: expected values within ±65504 for a, got 70000. Write F32 instead.',
    );
    const named: WeightMap = new Map([['__metadata__', { shape: [], data: Float32Array.of(1) }]]);
    expect(messageOf(() => serializeSafetensors(named))).toBe(
      'serializeSafetensors: expected names other than __metadata__ for weights, got __metadata__. Rename the tensor.',
    );
  });
});

it('refuses bytes, options and dtypes of another kind by name', () => {
  expect(() => parseSafetensors('file.safetensors' as never)).toThrow(
    'parseSafetensors: expected an ArrayBuffer or Uint8Array for bytes, got "file.safetensors".',
  );
  expect(() => parseSafetensors(new Uint8Array(8), { src: 'x' } as never)).toThrow(
    'parseSafetensors: expected source, filter for options, got "src". Is it a spelling mistake?',
  );
  expect(() => serializeSafetensors(new Map(), {}, { dtype: 'F64' as never })).toThrow(
    'serializeSafetensors: expected F32 or F16 for dtype, got "F64".',
  );
});
