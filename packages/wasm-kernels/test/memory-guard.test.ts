import { fill, memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { WasmKernelError } from '../src/errors.js';
import { refuseFailedAllocations } from '../src/memory-guard.js';

async function guardedWasm(): Promise<void> {
  await setBackend('wasm');
  refuseFailedAllocations();
}

describe('refuseFailedAllocations', () => {
  beforeAll(guardedWasm);

  it.each([
    ['all but 16 bytes of 4 GiB, where malloc gives the address 0', [1_073_741_820], '4,294,967,280'],
    ['4 GiB, where the number of bytes wraps to 0', [1, 16384, 16384, 4], '4,294,967,296'],
  ])('makes a tensor of %s an error instead of overwriting others', async (_case, shape, bytes) => {
    const witness = fill([1000], 7);
    const before = memory().numTensors;
    expect(() => fill(shape, 1)).toThrow(
      new WasmKernelError(
        `wasm: cannot allocate ${bytes} bytes for a tensor: the 4 GiB of its memory are full. ` +
          'Make the tensors smaller, or dispose those that are no longer needed.',
      ),
    );
    expect(new Set(await witness.data())).toEqual(new Set([7]));
    expect(memory().numTensors).toBe(before);
    witness.dispose();
  });

  it('still guards after the backend is selected once more', async () => {
    await guardedWasm();
    expect(() => fill([1_073_741_820], 1)).toThrow(WasmKernelError);
  });
});
