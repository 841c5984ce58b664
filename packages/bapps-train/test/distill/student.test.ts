import { memory } from '@tensorflow/tfjs-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { tripletDistances } from '../../src/distill/make-shards.js';
import { Student } from '../../src/distill/student.js';
import { TRIPLET_BYTES } from '../../src/distill/triplets.js';
import { randomWeights } from '../../src/networks/random-weights.js';

beforeAll(() => selectBackend('cpu'));

describe('a failed step leaves no tensor behind', () => {
  it('of a student whose network is gone', async () => {
    const { numTensors } = memory();
    const student = new Student('lite', randomWeights('lite', 1));
    student.dispose();
    expect(memory().numTensors).toBe(numTensors);
    const batch = { pictures: new Uint8Array(2 * TRIPLET_BYTES), targets: new Float32Array(4) };
    await expect(student.learn(batch, 1e-3)).rejects.toThrow();
    expect(memory().numTensors).toBe(numTensors);
  });

  it('of pictures that a metric cannot compare', async () => {
    const lpips = await loadLpips({ net: 'lite' });
    lpips.dispose();
    const { numTensors } = memory();
    await expect(tripletDistances(lpips, new Uint8Array(TRIPLET_BYTES))).rejects.toThrow();
    expect(memory().numTensors).toBe(numTensors);
  });
});
