import { describe, expect, it } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { zipOf } from '../../../../test/support/zip-bytes.js';
import { CUDA_DIGESTS, cudaRequests } from '../../src/install/cuda-libraries.js';
import { parseDigests } from '../../src/install/wheel-digests.js';

const TENSORFLOW = 'ef'.repeat(32);

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
    const requests = await cudaRequests(await wheelThatNeeds(...known));
    expect(requests.map(({ distribution, version }) => `${distribution}==${version}`)).toEqual(known);
    for (const { sha256 } of requests) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are refused where one is neither pinned nor stated, by the names of all such', async () => {
    const wheel = await wheelThatNeeds('nvidia-cudnn-cu12==99.1', 'nvidia-nccl-cu12==2.21.5', 'nvidia-x==1');
    const advice =
      'State each behind that of TensorFlow, as in DIGEST,NAME==VERSION:DIGEST. ' +
      'Their pages on the Python package index list the sha256 of each wheel.';
    const refusal = (...names: string[]) =>
      'installNative: expected the digests of CUDA wheels that are not pinned for sha256, ' +
      `got none of ${names.join(', ')}. ${advice}`;
    await expect(cudaRequests(wheel)).rejects.toMatchObject({
      fault: 'wrong argument',
      message: refusal('nvidia-cudnn-cu12==99.1', 'nvidia-x==1'),
    });
    const stated = parseDigests(`${TENSORFLOW},nvidia-cudnn-cu12==99.1:${'AB'.repeat(32)}`)?.cuda;
    await expect(cudaRequests(wheel, stated)).rejects.toThrow(refusal('nvidia-x==1'));
  });

  it('are asked for with the stated digest where none is pinned', async () => {
    const wheel = await wheelThatNeeds('nvidia-cudnn-cu12==99.1', 'nvidia-nccl-cu12==2.21.5');
    const others = `nvidia-cudnn-cu12==99.1:${'AB'.repeat(32)}, nvidia-nccl-cu12==2.21.5:${'cd'.repeat(32)}`;
    const requests = await cudaRequests(wheel, parseDigests(`${TENSORFLOW},${others}`)?.cuda);
    expect(requests.map(({ sha256 }) => sha256)).toEqual([
      'ab'.repeat(32),
      CUDA_DIGESTS['nvidia-nccl-cu12==2.21.5'],
    ]);
  });

  it.each([
    'x',
    'nvidia-x==1',
    'nvidia-x:1',
    `nvidia-x==1:${'ab'.repeat(31)}`,
    `x==1:${'ab'.repeat(32)}`,
    '',
  ])('have no digest "%s"', (other) => {
    expect(() => parseDigests(`${TENSORFLOW},${other}`)).toThrow(
      `installNative: expected NAME==VERSION:DIGEST behind the first comma for sha256, got "${other}". ` +
        'The page of that version on the Python package index lists the sha256 of each wheel.',
    );
  });

  it('are refused where the wheel names none', async () => {
    await expect(cudaRequests(await wheelThatNeeds('numpy==1'))).rejects.toThrow(
      'installNative: cannot find the CUDA libraries: the metadata of ',
    );
  });
});
