/**
 * @module
 * The memory of the WASM backend ends at 4 GiB. When it is full, `malloc` returns 0, which TensorFlow.js takes for an
 * address: it writes the tensor over the program's own data, other tensors change, and no error is thrown. This guard
 * throws one.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend } from '@tensorflow/tfjs-core';
import { cannot } from './errors.js';

const guarded = new WeakSet<object>();

/** The part of the WASM module that hands out memory. */
interface Allocator {
  _malloc: (bytes: number) => number;
}

/** Makes a failed allocation of the current WASM backend throw a `WasmKernelError`. A second call changes nothing. */
export function refuseFailedAllocations(): void {
  const current = backend();
  if (!(current instanceof BackendWasm) || guarded.has(current.wasm)) return;
  const module: object = current.wasm;
  if (!isAllocator(module)) return;
  guarded.add(module);
  // The module's `_malloc` replaces itself on its first call. A property with a setter keeps the guard in front of it.
  let malloc = module._malloc;
  const guard = (bytes: number): number => {
    const address = bytes < 2 ** 32 ? malloc(bytes) : 0; // malloc drops the upper bits of a larger number
    if (address === 0 && bytes > 0) {
      const what = `allocate ${bytes.toLocaleString('en-US')} bytes for a tensor`;
      const why = 'the 4 GiB of its memory are full';
      throw cannot(
        'wasm',
        what,
        why,
        'Make the tensors smaller, or dispose those that are no longer needed.',
      );
    }
    return address;
  };
  Object.defineProperty(module, '_malloc', {
    configurable: true,
    get: () => guard,
    set: (replacement: (bytes: number) => number) => {
      malloc = replacement;
    },
  });
}

function isAllocator(module: object): module is Allocator {
  return '_malloc' in module && typeof module._malloc === 'function';
}
