import { describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { zipOf } from '../../../../test/support/zip-bytes.js';
import { CUDA_DIGESTS, cudaRequests } from '../../src/install/cuda-libraries.js';

/** A wheel whose metadata asks for these distributions. */
async function wheelThatNeeds(...requirements: string[]): Promise<string> {
  const lines = requirements.map((each) => `Requires-Dist: ${each}; extra == "and-cuda"`);
  const data = new TextEncoder().encode(['Name: tensorflow', ...lines, ''].join('\n'));
  return await writeInto(
    await tempDir(),
    'tensorflow.whl',
    zipOf([{ name: 'tensorflow-2.18.1.dist-info/METADATA', data }]),
  );
}

describe('the CUDA libraries', () => {
  it('are asked for with the pinned digest of each', async () => {
    const known = Object.keys(CUDA_DIGESTS);
    const requests = await cudaRequests(await wheelThatNeeds(...known), true);
    expect(requests.map(({ distribution, version }) => `${distribution}==${version}`)).toEqual(known);
    for (const { sha256 } of requests) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are refused where one is not pinned, and left to the index for another version of TensorFlow', async () => {
    const wheel = await wheelThatNeeds('nvidia-cudnn-cu12==99.1');
    await expect(cudaRequests(wheel, true)).rejects.toThrow(
      'installNative: cannot find the CUDA libraries: the digest of nvidia-cudnn-cu12 99.1 is not known. ',
    );
    const [request] = await cudaRequests(wheel, false);
    expect(request).toMatchObject({ distribution: 'nvidia-cudnn-cu12', version: '99.1' });
    expect(request).not.toHaveProperty('sha256');
  });
});
