import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { at, LpipsError, serializeSafetensors, type WeightMap } from 'lpips-core';
import { BlobSource, DIGEST_KEY, parseWeights } from 'lpips-core/weights-files';
import { describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { readWeights } from '../../src/weights/read-weights.js';
import { digestOfValues, serializePytorch, serializeWeights } from '../../src/weights/write-weights.js';

const ADVICE = 'Fetch it again, or convert it with safetensors or torch.save.';

const weights: WeightMap = new Map([
  ['features.0.bias', { shape: [2], data: Float32Array.of(1, 2) }],
  ['lin0.model.1.weight', { shape: [1, 1, 1, 1], data: Float32Array.of(3) }],
]);

async function refusalOf(path: string): Promise<string> {
  try {
    await readWeights(path);
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message.replace(path, 'FILE') : '';
  }
  return 'nothing was refused';
}

describe('readWeights', () => {
  it('reads safetensors under any name, with metadata, and only what is wanted', async () => {
    const path = await writeInto(
      await tempDir(),
      'odd name.pth',
      serializeSafetensors(weights, { by: 'test' }),
    );
    expect(await readWeights(path)).toEqual({ weights, metadata: { by: 'test' }, format: 'safetensors' });
    const heads = await readWeights(path, { filter: (name) => name.startsWith('lin') });
    expect([...heads.weights.keys()]).toEqual(['lin0.model.1.weight']);
  });

  it('reads the same from a blob, and refuses one that ends too early', async () => {
    const file = serializeWeights(weights);
    const whole = new BlobSource('dropped', new Blob([Uint8Array.from(file)]));
    await expect(parseWeights(whole)).resolves.toMatchObject({ weights, format: 'safetensors' });
    const part = new BlobSource(
      'dropped',
      new Blob([Uint8Array.from(serializePytorch(weights).slice(0, 300))]),
    );
    await expect(parseWeights(part)).rejects.toThrow(/for dropped, got .*truncated/);
  });

  it('holds a safetensors file to the sha256 of its values, where it has one', async () => {
    const folder = await tempDir();
    const digest = digestOfValues(serializeSafetensors(weights));
    const file = serializeSafetensors(weights, { [DIGEST_KEY]: digest });
    await expect(readWeights(await writeInto(folder, 'whole', file))).resolves.toMatchObject({ weights });
    file[file.length - 1] = at(file, file.length - 1) ^ 1;
    expect(await refusalOf(await writeInto(folder, 'flipped', file))).toBe(
      `readWeights: expected values with sha256 ${digest} for FILE, got others. ` +
        'The file is damaged; convert or fetch it again.',
    );
  });

  const kinds: [string, string | Uint8Array, string][] = [
    ['an empty file', '', 'a weights file for FILE, got an empty file. Fetch or copy it again.'],
    ['text', 'weights go here\n', `a safetensors or PyTorch file for FILE, got a text file. ${ADVICE}`],
    [
      'a web page saved as .pth',
      '\n<!DOCTYPE html><html><body>404: Not Found</body></html>',
      `a safetensors or PyTorch file for FILE, got a web page. ${ADVICE}`,
    ],
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      `a safetensors or PyTorch file for FILE, got a Git LFS pointer, not the file itself. ${ADVICE}`,
    ],
    [
      'an image',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13),
      `a safetensors or PyTorch file for FILE, got a file of another format. ${ADVICE}`,
    ],
    [
      'one byte',
      Uint8Array.of(0x80),
      `a safetensors or PyTorch file for FILE, got a file of another format. ${ADVICE}`,
    ],
  ];
  it.each(kinds)('refuses %s', async (_, content, reason) => {
    expect(await refusalOf(await writeInto(await tempDir(), 'net.pth', content))).toBe(
      `readWeights: expected ${reason}`,
    );
  });

  it('refuses a missing file, a file below a file, and a folder', async () => {
    const folder = await tempDir();
    const nothing = 'readWeights: cannot read FILE: there is no such file. Check the path.';
    expect(await refusalOf(join(folder, 'missing.pth'))).toBe(nothing);
    const file = await writeInto(folder, 'file', 'x');
    expect(await refusalOf(join(file, 'below.pth'))).toBe(nothing);
    await mkdir(join(folder, 'net.pth'));
    expect(await refusalOf(join(folder, 'net.pth'))).toBe(
      'readWeights: expected a weights file for FILE, got a folder. Name a file in it.',
    );
  });
});

describeWithShared(
  'the backbones as safetensors',
  ['weights/alexnet_features.safetensors', 'weights/squeezenet1_1_features.safetensors'],
  (path) => {
    it('hold AlexNet, 5 convolutions, the first [64, 3, 11, 11]', async () => {
      const { weights } = await readWeights(path('weights/alexnet_features.safetensors'));
      expect(weights.size).toBe(10);
      expect(weights.get('features.0.weight')?.shape).toEqual([64, 3, 11, 11]);
    });

    it('hold SqueezeNet, 25 convolutions, the first [64, 3, 3, 3]', async () => {
      const { weights } = await readWeights(path('weights/squeezenet1_1_features.safetensors'));
      expect(weights.size).toBe(50);
      expect(weights.get('features.0.weight')?.shape).toEqual([64, 3, 3, 3]);
    });
  },
);
