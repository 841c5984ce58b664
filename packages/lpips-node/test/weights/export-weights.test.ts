import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSafetensors } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { type Answer, sending, startFileServer } from '../../../../test/support/file-server.js';
import {
  catalogued,
  pytorchFileOf,
  squeezeBackbone,
  squeezeHeads,
} from '../../../../test/support/squeeze-weights.js';
import { tempDir } from '../../../../test/support/temp-dir.js';
import { exportWeights } from '../../src/weights/export-weights.js';

const OTHER_HEADS = new Map(
  [...squeezeHeads()].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => 2 * x) }]),
);
const FILES = [
  { part: 'backbone', path: 'squeezenet.pth', bytes: pytorchFileOf(squeezeBackbone()) },
  { part: 'heads', version: '0.1', path: 'v0.1/squeeze.pth', bytes: pytorchFileOf(squeezeHeads()) },
  { part: 'heads', version: '0.0', path: 'v0.0/squeeze.pth', bytes: pytorchFileOf(OTHER_HEADS) },
] as const;

const publisher: Answer = (request, response) => {
  const file = FILES.find(({ path }) => request.url === `/${path}`);
  if (file) sending(file.bytes)(request, response);
  else response.writeHead(404).end();
};

describe('exportWeights', () => {
  it.each([
    ['0.1', squeezeHeads()],
    ['0.0', OTHER_HEADS],
  ] as const)('writes convolutions and the heads of version %s into one file', async (version, heads) => {
    const server = await startFileServer(publisher);
    const files = FILES.map(({ bytes, ...file }) =>
      catalogued({ net: 'squeeze', ...file }, bytes, server.url),
    );
    const [cacheDir, folder] = [await tempDir(), await tempDir()];
    const output = join(folder, 'squeeze.safetensors');
    const written = await exportWeights('squeeze', output, { version, cacheDir, files });
    const bytes = await readFile(output);
    const { weights, metadata } = parseSafetensors(new Uint8Array(bytes));
    expect(weights).toEqual(new Map([...squeezeBackbone(), ...heads]));
    expect(written).toEqual({ weights: metadata['weights'], bytes: bytes.length });
    expect(metadata).toMatchObject({ version, licence: 'none, none' });
    expect(await readdir(folder)).toEqual(['squeeze.safetensors']);
  });

  it('refuses an output before anything is fetched', async () => {
    const output = join(await tempDir(), 'nowhere', 'squeeze.safetensors');
    await expect(exportWeights('squeeze', output, { cacheDir: await tempDir(), files: [] })).rejects.toThrow(
      /^output: cannot write .*: there is no folder .*nowhere\. Create it first\.$/,
    );
  });
});
