import { memory } from '@tensorflow/tfjs-core';
import { loadLpips, selectBackend } from 'lpips-node';
import { paint } from 'lpips-pictures';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchDistances } from '../../src/synthesize/teacher.js';

beforeAll(() => selectBackend('cpu'));

const patch = (side: number) => paint(side, side, (x, y) => [x / side, y / side, 0.5]);

describe('batchDistances', () => {
  it('leaves no tensor behind, also where copies have another size than their references', async () => {
    const lpips = await loadLpips({ net: 'lite' });
    const { numTensors } = memory();
    expect(await batchDistances(lpips, [patch(16)], [[patch(16)], [patch(16)]])).toEqual([[0], [0]]);
    expect(memory().numTensors).toBe(numTensors);
    await expect(batchDistances(lpips, [patch(16)], [[patch(24)]])).rejects.toThrow();
    expect(memory().numTensors).toBe(numTensors);
    lpips.dispose();
    const { numTensors: withoutNet } = memory();
    await expect(batchDistances(lpips, [patch(16)], [[patch(16)]])).rejects.toThrow();
    expect(memory().numTensors).toBe(withoutNet);
  });
});
