/**
 * @module
 * Time and memory of the readers of data sets, extractions, runs and archives are bounded by the size of the file: small files
 * that ask for much, and seeded mutations of whole files (`npm run fuzz`).
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { parseJudgements, serializeNpy } from 'bapps-train';
import { LpipsError } from 'lpips-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuMsSince } from '../../../test/support/cpu-time.js';
import { FUZZ_SEED, FUZZ_TIMEOUT_MS, mutations } from '../../../test/support/mutate.js';
import { readJudgement } from '../src/data-set/npy.js';
import { unpackArchive } from '../src/data-set/unpack-archive.js';
import { decodePatches } from '../src/extraction/decode-patch.js';
import { PooledItems } from '../src/extraction/open-extraction.js';
import { PatchFault } from '../src/extraction/stored-patch.js';
import { readTrainingLog } from '../src/training/training-log.js';
import { drawExtraction } from './support/drawn-extraction.js';
import { paintDataSet } from './support/painted-data-set.js';
import { distortionEntries, tarBytes } from './support/tar-bytes.js';

/** What a refusal may take, on a machine that does other things too. */
const MOST_MS = 2000;
const SIDE = 24;
/** Each reader has its share of the time. */
const FUZZED = ['judgement', 'csv', 'manifest', 'shard', 'sealed shard', 'log', 'image', 'archive'] as const;

let folder = '';
const inFolder = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-bounds-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads one file, and says how that ended. */
type Read = (bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>;

async function outcomeOf(read: Read, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const start = process.cpuUsage();
  try {
    await read(bytes);
    return 'read';
  } catch (error) {
    if (!(error instanceof LpipsError || error instanceof PatchFault)) throw error;
    expect(error.message.length).toBeLessThan(2000);
    return 'refused';
  } finally {
    expect(cpuMsSince(start)).toBeLessThan(MOST_MS);
  }
}

/** A chunk of a PNG: its length, its type, its data, and their checksum. */
function pngChunk(type: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** ISO 3309, as PNG uses it. */
function crc32(bytes: Uint8Array): number {
  let rest = -1;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
  }
  return (rest ^ -1) >>> 0;
}

/** A PNG of one byte a pixel, that holds what it is told to, whatever size it claims. */
function pngClaiming(side: number, data: Uint8Array, interlace: 0 | 1 = 0): Buffer {
  return pngOf(side, deflateSync(data), interlace);
}

/** The same with the pixels as they are compressed. */
function pngOf(side: number, compressed: Uint8Array, interlace: 0 | 1 = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 0, 0, 0, interlace], 8);
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const chunks = [pngChunk('IHDR', header), pngChunk('IDAT', compressed), pngChunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([start, ...chunks]);
}

async function readImage(bytes: Uint8Array): Promise<void> {
  const path = inFolder('image.png');
  await writeFile(path, bytes);
  await decodePatches([path], 1, SIDE, new Float32Array(SIDE * SIDE * 3));
}

describe('a small image', () => {
  it.each([4097, 60_000, 2 ** 31 - 1])('may not claim %d pixels a side', async (side) => {
    await expect(readImage(pngClaiming(side, Buffer.alloc(10)))).rejects.toThrow(
      `image.png: ${side}x${side}`,
    );
  });

  it('is read as it is: 24x24', async () => {
    await readImage(pngClaiming(SIDE, Buffer.alloc(SIDE * (SIDE + 1))));
  });

  it.each([0, 1] as const)(
    'may hold neither fewer nor more pixels than it states, interlaced: %i',
    async (interlace) => {
      const whole = SIDE * (SIDE + 1) + (interlace === 1 ? 21 : 0); // an interlaced image has 45 rows in seven passes
      await readImage(pngClaiming(SIDE, Buffer.alloc(whole), interlace));
      for (const bytes of [whole - 1, whole - SIDE - 1, 1, 0, whole + 400]) {
        await expect(readImage(pngClaiming(SIDE, Buffer.alloc(bytes), interlace))).rejects.toThrow(
          'image.png: a damaged, truncated or other file',
        );
      }
    },
  );

  it('may not end within its compressed pixels', async () => {
    const zeros = Buffer.alloc(SIDE * (SIDE + 1));
    const compressed = deflateSync(zeros);
    await expect(readImage(pngOf(SIDE, compressed.subarray(0, compressed.length - 6)))).rejects.toThrow(
      'image.png: a damaged, truncated or other file',
    );
  });

  it('may not hold 256 MB, interlaced or not', async () => {
    const zeros = Buffer.alloc(2 ** 28);
    for (const interlace of [0, 1] as const) {
      const bytes = new Uint8Array(pngClaiming(SIDE, zeros, interlace));
      expect(bytes.length).toBeLessThan(2 ** 19);
      const before = process.memoryUsage().rss;
      expect(await outcomeOf(readImage, bytes)).toBe('refused');
      expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
    }
  });
});

/** The same bytes with a seal that fits them, so that mutations reach what is behind it. */
function sealedAnew(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(bytes).toString('latin1');
  const found = /"sha256":"([0-9a-f]{64})"/.exec(text);
  if (found === null) return bytes;
  const start = found.index + '"sha256":"'.length;
  bytes.fill(0x30, start, start + 64);
  bytes.set(Buffer.from(createHash('sha256').update(bytes).digest('hex'), 'latin1'), start);
  return bytes;
}

/** A whole file of each kind, and what reads it. */
async function readers(): Promise<Record<(typeof FUZZED)[number], { whole: Uint8Array; read: Read }>> {
  await paintDataSet(inFolder('data'), { triplets: { blur: 1 }, pairs: {}, size: SIDE });
  await drawExtraction(inFolder('vectors'), { train: 1, val: 3 });
  const [manifest, shard] = [
    inFolder('vectors', 'extraction.json'),
    inFolder('vectors', '2afc-val-drawn-00000.safetensors'),
  ];
  const scores = { blur: 0.5 };
  const epoch = { epoch: 1, learningRate: 1e-4, loss: 0.7, trainScore: 0.6, clamped: 0, heldOut: scores };
  const log = {
    tool: 'a test',
    mode: 'linear',
    net: 'lite',
    version: '0.1',
    calibration: '0.1',
    simulated: true,
  };
  const run = { ...log, seed: 1, triplets: 2, steps: 1, before: scores, epochs: [epoch] };
  const open: Read = async () => {
    const items = await PooledItems.open(inFolder('vectors'), { split: 'val' });
    items.read([0, 2]);
    items.close();
  };
  const through =
    (path: string, read: Read): Read =>
    async (bytes) => {
      const before = await readFile(path).catch(() => undefined);
      await writeFile(path, bytes);
      try {
        await read(bytes);
      } finally {
        if (before !== undefined) await writeFile(path, before);
      }
    };
  const judgement = inFolder('judge.npy');
  const unpack: Read = async (bytes) => {
    const target = inFolder('unpacking', 'target');
    await mkdir(target, { recursive: true });
    await writeFile(inFolder('a.tar.gz'), gzipSync(bytes, { level: 0 }));
    try {
      await unpackArchive(inFolder('a.tar.gz'), target, { root: 'val' });
    } finally {
      expect(await readdir(inFolder('unpacking'))).toEqual(['target']);
      await rm(target, { recursive: true, maxRetries: 5 });
    }
  };
  await mkdir(inFolder('run'));
  return {
    judgement: {
      whole: serializeNpy({ shape: [1], data: Float32Array.of(0.4) }),
      read: through(judgement, () => readJudgement(judgement)),
    },
    csv: {
      whole: Buffer.from('id,judge,a_d0,a_d1\r\n1,0.2,1,2\r\n"2",1,5,"6"\r\n'),
      read: async (bytes) => parseJudgements(Buffer.from(bytes).toString(), 'a.csv'),
    },
    manifest: { whole: await readFile(manifest), read: through(manifest, open) },
    shard: { whole: await readFile(shard), read: through(shard, open) },
    'sealed shard': {
      whole: await readFile(shard),
      read: (bytes) => through(shard, open)(sealedAnew(bytes)),
    },
    log: {
      whole: Buffer.from(JSON.stringify(run)),
      read: through(inFolder('run', 'training.json'), () => readTrainingLog(inFolder('run'))),
    },
    image: { whole: await readFile(inFolder('data/2afc/val/blur/p1/000000.png')), read: readImage },
    archive: { whole: tarBytes(distortionEntries('val/cnn', { '0': 0.2 })), read: unpack },
  };
}

describe('mutated files', () => {
  let all: Awaited<ReturnType<typeof readers>>;
  beforeAll(async () => {
    all = await readers();
  });

  it.each(FUZZED)(
    `of the kind "%s" are read, or refused by an LpipsError (seed ${FUZZ_SEED})`,
    async (kind) => {
      const { whole, read } = all[kind];
      expect(await outcomeOf(read, new Uint8Array(whole))).toBe('read');
      const outcomes = { read: 0, refused: 0 };
      for (const file of mutations([whole], 1 / FUZZED.length)) {
        const outcome = await outcomeOf(read, file).catch((error: unknown) => {
          throw new Error(`mutation: ${Buffer.from(file).toString('base64')}`, { cause: error });
        });
        outcomes[outcome === 'read' ? 'read' : 'refused']++;
      }
      expect(outcomes.refused).toBeGreaterThan(10); // the mutations reach what is read
    },
    FUZZ_TIMEOUT_MS,
  );
});
