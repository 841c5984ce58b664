import type { Weight } from 'lpips-core';
import { at } from 'lpips-core';
import { expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { readWeights } from '../../src/weights/read-weights.js';
import { serializePytorch, serializeWeights } from '../../src/weights/write-weights.js';

const WEIGHTS = new Map<string, Weight>([
  ['lin0.model.1.weight', { shape: [1, 3, 1, 1], data: Float32Array.of(0.25, 0, 1e-30) }],
  ['features.0.weight', { shape: [2, 1, 2, 1], data: Float32Array.of(-1, 2.5, Math.fround(1 / 3), 4) }],
  ['features.0.bias', { shape: [2], data: Float32Array.of(0.5, -0.5) }],
]);

it.each([
  ['pytorch-zip', () => serializePytorch(WEIGHTS)],
  ['safetensors', () => serializeWeights(WEIGHTS, { seed: '1' })],
])('comes back to the last bit, and the same bytes each time: %s', async (format, serialize) => {
  const bytes = serialize();
  const path = await writeInto(await tempDir(), 'weights', bytes);
  const found = await readWeights(path);
  expect(found.format).toBe(format);
  expect(found.weights).toEqual(WEIGHTS);
  expect(serialize()).toEqual(bytes);
});

it('marks a safetensors file with the sha256 of its values, so that a flipped bit is found', async () => {
  const bytes = serializeWeights(WEIGHTS);
  bytes[bytes.length - 1] = at(bytes, bytes.length - 1) ^ 1;
  const path = await writeInto(await tempDir(), 'weights.safetensors', bytes);
  await expect(readWeights(path)).rejects.toThrow(/expected values with sha256 .*, got others/);
});
