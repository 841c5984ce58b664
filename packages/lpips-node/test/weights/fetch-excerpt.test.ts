/**
 * Excerpts of published files, from a local server: files in both layouts of `torch.save`, of which most is a classifier.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeFloats, parseSafetensors, type WeightMap } from 'lpips-core';
import { OFFICIAL_FILES, type OfficialFile } from 'lpips-core/official-files';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  BREAK_MS,
  cutting,
  type FileServer,
  failing,
  ignoringRange,
  sending,
  startFileServer,
} from '../../../../test/support/file-server.js';
import type { Format } from '../../../../test/support/pytorch-bytes.js';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { catalogued, pytorchFileOf, squeezeBackbone } from '../../../../test/support/squeeze-weights.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { selectBackend } from '../../src/backends/select-backend.js';
import type { DownloadProgress } from '../../src/files/download.js';
import { ExcerptBytes, serializeExcerpt } from '../../src/weights/excerpt.js';
import { fetchFiles } from '../../src/weights/fetch-weights.js';
import { loadLpips } from '../../src/weights/load-lpips.js';
import { verifyWeights } from '../../src/weights/manage-weights.js';

const FORMATS: Format[] = ['pytorch-zip', 'pytorch-legacy'];
const BACKBONE = squeezeBackbone();
const CLASSIFIER = { shape: [4_000_000], data: new Float32Array(4_000_000).fill(0.5) };
const [BACKBONE_NAME, EXCERPT_NAME] = ['squeezenet-0.pth', 'squeezenet-0.features.safetensors'];
/** What is read beside the tensors: the beginning of the file, its directory, and what the zip reader reads ahead. */
const DIRECTORY_BYTES = 2_000_000;

/** The classifier stands in the middle, so that it must be skipped. */
const published = (format: Format, backbone: WeightMap = BACKBONE): Uint8Array => {
  const entries = [...backbone];
  return pytorchFileOf(
    new Map([...entries.slice(0, 20), ['classifier.1.weight', CLASSIFIER], ...entries.slice(20)]),
    format,
  );
};
const FILES: Record<Format, Uint8Array> = {
  'pytorch-zip': published('pytorch-zip'),
  'pytorch-legacy': published('pytorch-legacy'),
};

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The catalogue of one backbone, as its publisher's file on a server. */
function catalogueOf(
  file: Uint8Array,
  baseUrl: string,
): OfficialFile & Required<Pick<OfficialFile, 'excerpt'>> {
  const entry = catalogued({ net: 'squeeze', part: 'backbone', path: BACKBONE_NAME }, file, baseUrl);
  const bytes = serializeExcerpt(BACKBONE, entry);
  const digests = [...BACKBONE].map(([name, { data }]) => [name, sha256(encodeFloats(data, 'F32'))]);
  const tensors: Record<string, string> = Object.fromEntries(digests);
  return { ...entry, excerpt: { path: EXCERPT_NAME, bytes: bytes.length, sha256: sha256(bytes), tensors } };
}

/** A cache folder, and what fetching the file into it came to. */
async function setting(format: Format, ...answers: Answer[]) {
  const server = await startFileServer(...answers);
  const file = catalogueOf(FILES[format], server.url);
  const cacheDir = await tempDir();
  const fetch = async (onProgress?: (progress: DownloadProgress) => void) => {
    const [fetched] = await fetchFiles([file], { cacheDir, ...(onProgress && { onProgress }) });
    return fetched && [fetched.name, fetched.state];
  };
  const folder = join(cacheDir, 'weights');
  const excerpt = () => readFile(join(folder, EXCERPT_NAME));
  return { server, file, cacheDir, folder, fetch, excerpt };
}

/** The bytes that ranges have asked for so far; requests without a range count as the whole file. */
function askedBytes({ requests }: FileServer, whole: number): number {
  return requests.reduce((sum, { range }) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    return sum + (from === undefined ? whole : Number(to) + 1 - Number(from));
  }, 0);
}

/** Sends so many bytes of a range and breaks off. */
function breakingOffAfter(count: number, body: Uint8Array): Answer {
  return (request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = body.subarray(Number(from), Number(to) + 1);
    const contentRange = `bytes ${from}-${to}/${body.length}`;
    const headers = { 'content-length': part.length, 'content-range': contentRange, etag: '"one"' };
    response.writeHead(206, headers).write(part.subarray(0, count), () => {
      setTimeout(() => response.destroy(), BREAK_MS);
    });
  };
}

/** Sends all from where a range begins, and says how much it sends. */
function ignoringEnd(body: Uint8Array, onSent: (bytes: number) => void): Answer {
  return (request, response) => {
    const [, from] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const contentRange = `bytes ${from}-${body.length - 1}/${body.length}`;
    const contentLength = body.length - Number(from);
    response.writeHead(206, {
      'content-length': contentLength,
      'content-range': contentRange,
      etag: '"one"',
    });
    let next = Number(from);
    const send = () => {
      const piece = body.subarray(next, next + 65_536);
      next += piece.length;
      onSent(piece.length);
      if (piece.length === 0) response.end();
      else if (response.write(piece)) send();
      else response.once('drain', send);
    };
    send();
  };
}

/** Answers as `first` so many times, then as `then`. */
function after(count: number, first: Answer, then: Answer): Answer {
  let seen = 0;
  return (request, response) => (seen++ < count ? first : then)(request, response);
}

describe.each(FORMATS)('an excerpt of a file in the layout %s', (format) => {
  const body = FILES[format];

  it('is fetched by ranges, without the classifier, and is there the next time', async () => {
    const { server, file, folder, fetch, excerpt } = await setting(format, sending(body));
    expect(await fetch()).toEqual([EXCERPT_NAME, 'fetched']);
    expect(askedBytes(server, body.length)).toBeLessThan(file.excerpt.bytes + DIRECTORY_BYTES);
    expect(askedBytes(server, body.length)).toBeLessThan(body.length / 3);
    expect(await readdir(folder)).toEqual([EXCERPT_NAME]);
    const { weights, metadata } = parseSafetensors(new Uint8Array(await excerpt()));
    expect(metadata).toEqual({ source: BACKBONE_NAME, licence: 'none' });
    expect(weights).toEqual(BACKBONE);
    const asked = server.requests.length;
    expect(await fetch()).toEqual([EXCERPT_NAME, 'present']);
    expect(server.requests.length).toBe(asked);
  });

  it('goes on where connections break off', async () => {
    const { server, file, fetch, excerpt } = await setting(format, cutting(body));
    expect(await fetch()).toEqual([EXCERPT_NAME, 'fetched']);
    expect(sha256(await excerpt())).toBe(file.excerpt.sha256);
    expect(askedBytes(server, body.length)).toBeLessThan(2 * file.excerpt.bytes + DIRECTORY_BYTES);
  }, 60_000);

  it('goes on where the first bytes never come at once', async () => {
    const { server, file, fetch, excerpt } = await setting(
      format,
      after(6, breakingOffAfter(20_000, body), sending(body)),
    );
    expect(await fetch()).toEqual([EXCERPT_NAME, 'fetched']);
    expect(sha256(await excerpt())).toBe(file.excerpt.sha256);
    expect(server.requests.filter(({ range }) => range?.startsWith('bytes=0-'))).toHaveLength(1);
  }, 60_000);

  it('takes no more than it asked for of a server that sends all the rest', async () => {
    let sentBytes = 0;
    const { server, file, fetch, excerpt } = await setting(
      format,
      ignoringEnd(body, (bytes) => {
        sentBytes += bytes;
      }),
    );
    expect(await fetch()).toEqual([EXCERPT_NAME, 'fetched']);
    expect(sha256(await excerpt())).toBe(file.excerpt.sha256);
    const allRest = server.requests.reduce((sum, { range }) => {
      return sum + body.length - Number(/=(\d+)/.exec(range ?? '')?.[1]);
    }, 0);
    expect(sentBytes).toBeLessThan(allRest / 2); // the buffers of a connection take some more
  }, 60_000);

  it('is taken up tensor by tensor by a later run', async () => {
    const { server, file, folder, fetch, excerpt } = await setting(
      format,
      after(format === 'pytorch-zip' ? 5 : 40, sending(body), failing(500)),
    );
    await expect(fetch()).rejects.toThrow(/^download: cannot fetch .*: HTTP 500 Internal Server Error\. /);
    expect(await readdir(folder)).toEqual([`${EXCERPT_NAME}.part`]);
    const before = server.requests.length;
    server.answers = [sending(body)];
    const seen: number[] = [];
    expect(await fetch(({ receivedBytes }) => seen.push(receivedBytes))).toEqual([EXCERPT_NAME, 'fetched']);
    expect(seen[0]).toBeGreaterThan(file.excerpt.bytes / 20);
    expect(server.requests.length - before).toBeLessThan(before + 20);
    expect(sha256(await excerpt())).toBe(file.excerpt.sha256);
    expect(await readdir(folder)).toEqual([EXCERPT_NAME]);
  }, 60_000);

  it('gives way to the whole file where the server sends no ranges', async () => {
    const { server, folder, fetch } = await setting(format, ignoringRange(body));
    expect(await fetch()).toEqual([BACKBONE_NAME, 'fetched']);
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=0-65535', undefined]);
    expect(await readdir(folder)).toEqual([BACKBONE_NAME]);
  });

  it('gives way to the whole file where the file changes meanwhile', async () => {
    const { folder, fetch } = await setting(format, after(3, sending(body, '"old"'), sending(body, '"new"')));
    expect(await fetch()).toEqual([BACKBONE_NAME, 'fetched']);
    expect(await readdir(folder)).toEqual([BACKBONE_NAME]);
  });

  it('is refused with the whole file where one tensor has wrong bytes', async () => {
    const wrong = new Map(BACKBONE);
    const name = 'features.10.squeeze.bias';
    const { shape = [], data = new Float32Array() } = wrong.get(name) ?? {};
    wrong.set(name, { shape, data: data.with(3, 7) });
    const { folder, fetch } = await setting(format, sending(published(format, wrong)));
    await expect(fetch()).rejects.toThrow(/^download: expected sha256 [0-9a-f]{8} for .*, got [0-9a-f]{8}\./);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('an excerpt in the cache', () => {
  const body = FILES['pytorch-legacy'];
  beforeAll(() => selectBackend('wasm')); // holds the metric that is loaded

  it('reports progress from nothing to all', async () => {
    const { file, fetch } = await setting('pytorch-legacy', sending(body));
    const seen: number[] = [];
    await fetch(({ file: name, receivedBytes, totalBytes }) => {
      expect([name, totalBytes]).toEqual([EXCERPT_NAME, file.excerpt.bytes]);
      seen.push(receivedBytes);
    });
    expect(seen.at(-1)).toBe(file.excerpt.bytes);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('is not needed where the whole file is there, nor fetched where the server refuses', async () => {
    const { server, folder, fetch } = await setting('pytorch-legacy', failing(404));
    await expect(fetch()).rejects.toThrow(/^download: cannot fetch .*: HTTP 404 Not Found\. /);
    expect(server.requests.length).toBe(1);
    await writeInto(folder, BACKBONE_NAME, body);
    expect(await fetch()).toEqual([BACKBONE_NAME, 'present']);
  });

  it('is verified by its digest, refused where it is damaged, and replaced', async () => {
    const { file, cacheDir, folder, fetch } = await setting('pytorch-legacy', sending(body));
    await fetch();
    const options = { cacheDir, files: [file], offline: true };
    const load = () => loadLpips({ net: 'squeeze', linear: false, ...options });
    const lpips = await load();
    expect([...lpips.weights.keys()].sort()).toEqual([...BACKBONE.keys()].sort());
    lpips.dispose();
    const stateNow = async () =>
      (await verifyWeights({ cacheDir, files: [file] })).find(({ net }) => net === 'squeeze')?.state;
    expect(await stateNow()).toBe('ok');
    const path = join(folder, EXCERPT_NAME);
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(1, bytes.length - 4));
    expect(await stateNow()).toBe('damaged');
    await expect(load()).rejects.toThrow(
      new RegExp(
        `^loadLpips: expected sha256 ${file.excerpt.sha256} for .*${EXCERPT_NAME}, got .* replace it\\.$`,
      ),
    );
    expect(await fetch()).toEqual([EXCERPT_NAME, 'replaced']);
    expect(await stateNow()).toBe('ok');
  });
});

describeWithShared('the excerpts of the catalogue', ['weights'], (path) => {
  it.each([
    ['alex', 'alexnet'],
    ['vgg', 'vgg16'],
    ['squeeze', 'squeezenet1_1'],
  ])('%s has the bytes that torchvision’s tensors give', async (net, name) => {
    const file = OFFICIAL_FILES.find(({ net: each, part }) => each === net && part === 'backbone');
    if (!file?.excerpt) throw new Error('there is no excerpt');
    const bytes = await readFile(path(`weights/${name}_features.safetensors`));
    const { weights } = parseSafetensors(new Uint8Array(bytes));
    const excerpt = new ExcerptBytes({ ...file, excerpt: file.excerpt });
    for (const [tensor, weight] of weights) expect(await excerpt.put(tensor, weight), tensor).toBeDefined();
    expect([excerpt.isWhole, excerpt.bytes.length]).toEqual([true, file.excerpt.bytes]);
    expect(sha256(excerpt.bytes)).toBe(file.excerpt.sha256);
  });
});
