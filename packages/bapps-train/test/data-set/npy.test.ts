import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNpy, readJudgement, readNpy, serializeNpy } from 'bapps-train';
import { LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What numpy.save writes: the magic, the length of the header, the header, padding to 64, the values. */
function numpyFile(header: string, values: Uint8Array, version = 1): Uint8Array {
  const sizeBytes = version === 1 ? 2 : 4;
  const room = 64 * Math.ceil((8 + sizeBytes + header.length + 1) / 64) - 8 - sizeBytes;
  const size = Buffer.alloc(sizeBytes);
  size.writeUIntLE(room, 0, sizeBytes);
  const text = Buffer.from(`${header.padEnd(room - 1)}\n`);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), size, text, values]);
}

const float32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const ONE = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('parseNpy', () => {
  it.each([
    ['float32 [1]', ONE, float32(0.25), [1], [0.25]],
    ['float32 []', ONE.replace('(1,)', '()'), float32(0.5), [], [0.5]],
    ['float32 [2, 3]', ONE.replace('(1,)', '(2, 3)'), float32(1, 2, 3, 4, 5, 6), [2, 3], [1, 2, 3, 4, 5, 6]],
    ['float64 [1]', ONE.replace('f4', 'f8'), new Uint8Array(Float64Array.of(0.1).buffer), [1], [0.1]],
    ['int64 [1]', ONE.replace('<f4', '<i8'), new Uint8Array(BigInt64Array.of(1n).buffer), [1], [1]],
    [
      'int32 [2]',
      ONE.replace('<f4', '<i4').replace('(1,)', '(2,)'),
      new Uint8Array(Int32Array.of(1, -2).buffer),
      [2],
      [1, -2],
    ],
    ['bool []', ONE.replace('<f4', '|b1').replace('(1,)', '()'), Uint8Array.of(1), [], [1]],
    ['uint8 [1]', ONE.replace('<f4', '|u1'), Uint8Array.of(255), [1], [255]],
    ['float32 [0]', ONE.replace('(1,)', '(0,)'), float32(), [0], []],
  ])('reads %s', (_, header, values, shape, expected) => {
    const array = parseNpy(numpyFile(header, values), 'a.npy');
    expect([array.shape, [...array.data]]).toEqual([shape, expected]);
  });

  it('reads version 2, whose header has a longer length', () => {
    expect([...parseNpy(numpyFile(ONE, float32(0.75), 2), 'a.npy').data]).toEqual([0.75]);
  });

  it.each([
    [
      'complex',
      ONE.replace('<f4', '<c8'),
      8,
      'float32 (<f4), float64 (<f8) or whole numbers for a.npy, got <c8. Save it with .astype("float32").',
    ],
    [
      'big-endian',
      ONE.replace('<f4', '>f4'),
      4,
      'float32 (<f4), float64 (<f8) or whole numbers for a.npy, got >f4. Save it with .astype("float32").',
    ],
    ['a truncated value', ONE, 3, '132 bytes for a.npy, got 131.'],
    ['a value too many', ONE, 8, '132 bytes for a.npy, got 136.'],
    [
      'columns first',
      ONE.replace('False', 'True').replace('(1,)', '(2, 2)'),
      16,
      'rows first for a.npy, got columns first (fortran_order). Save np.ascontiguousarray(…).',
    ],
    [
      'an object',
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
      4,
      'a whole NumPy header for a.npy, got another or a part of one.',
    ],
  ])('refuses %s', (_, header, bytes, message) => {
    const file = numpyFile(header, new Uint8Array(bytes));
    expect(() => parseNpy(file, 'a.npy')).toThrow(new LpipsError(`readNpy: expected ${message}`));
  });

  it('refuses another kind of file, and one cut in its header', () => {
    expect(() => parseNpy(Buffer.from('not an array'), 'a.npy')).toThrow(
      new LpipsError('readNpy: expected a NumPy array file for a.npy, got 12 bytes of another kind.'),
    );
    expect(() => parseNpy(numpyFile(ONE, float32(1)).subarray(0, 40), 'a.npy')).toThrow(
      new LpipsError('readNpy: expected a whole NumPy header for a.npy, got another or a part of one.'),
    );
  });
});

describe('serializeNpy', () => {
  it('writes the bytes of numpy.save', () => {
    expect(serializeNpy({ shape: [1], data: Float32Array.of(0.2) })).toEqual(
      Buffer.from(numpyFile(ONE, float32(0.2))),
    );
  });

  it.each([[[]], [[1]], [[2, 3]]])('is read back, shape %j, float64', (shape) => {
    const size = shape.reduce((product: number, side: number) => product * side, 1);
    const data = Float64Array.from({ length: size }, (_, i) => i / 7);
    expect(parseNpy(serializeNpy({ shape, data }), 'a.npy')).toEqual({ shape, data });
  });
});

describe('readJudgement', () => {
  const write = async (...values: number[]) => {
    const path = join(folder, 'judge.npy');
    await writeFile(path, serializeNpy({ shape: [values.length], data: Float32Array.from(values) }));
    return path;
  };

  it.each([0, 0.5, 1])('reads %d', async (value) => {
    expect(await readJudgement(await write(value))).toBe(value);
  });

  it.each([
    [[1.5], 'a share of the votes in [0, 1]', '1.5'],
    [[-0.25], 'a share of the votes in [0, 1]', '-0.25'],
    [[Number.NaN], 'a share of the votes in [0, 1]', 'NaN'],
    [[0, 1], 'one value', 'the shape [2]'],
    [[], 'one value', 'the shape [0]'],
  ])('refuses %j by the name of the file', async (values, requirement, got) => {
    const path = await write(...values);
    await expect(readJudgement(path)).rejects.toThrow(
      new LpipsError(`readJudgement: expected ${requirement} for ${path}, got ${got}.`),
    );
  });

  it('names a file that is not there', async () => {
    await expect(readNpy('/nowhere/0.npy')).rejects.toThrow(
      new LpipsError('readNpy: expected a NumPy array file for /nowhere/0.npy, got no such file.'),
    );
  });

  it.each(['a pipe', 'a device', 'a folder', 'a file of a gigabyte'])(
    'refuses %s behind a link by the name of the link, and waits for nothing',
    async (kind) => {
      const [target, path] = [join(folder, kind), join(folder, `${kind}.npy`)];
      if (kind === 'a pipe') execFileSync('mkfifo', [target]);
      if (kind === 'a folder') await mkdir(target);
      if (kind === 'a file of a gigabyte') await writeFile(target, '').then(() => truncate(target, 2 ** 30));
      await symlink(kind === 'a device' ? '/dev/zero' : target, path);
      const isFile = kind === 'a file of a gigabyte';
      const got = isFile ? '1073741824 bytes' : kind === 'a folder' ? kind : 'a pipe or a device';
      await expect(readJudgement(path)).rejects.toThrow(
        new LpipsError(
          `readNpy: expected a NumPy array file${isFile ? ' of at most 131072 bytes' : ''} for ${path}, got ${got}.`,
        ),
      );
    },
  );

  it('reads a judgement behind a link', async () => {
    const path = join(folder, 'linked.npy');
    await symlink(await write(0.5), path);
    expect(await readJudgement(path)).toBe(0.5);
  });
});
