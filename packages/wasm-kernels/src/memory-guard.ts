/**
 * @module
 * The WASM backend's heap ends at 4 GiB. Its `malloc` then returns 0, which TensorFlow.js takes for an address: the
 * tensor lies over the program's own data, other tensors change, and nothing is said. Here that becomes an error.
 */
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend } from '@tensorflow/tfjs-core';
import { WasmKernelError } from './errors.js';

const guarded = new WeakSet<object>();

/** The part of the WASM module that hands out memory. */
interface Allocator {
  _malloc: (bytes: number) => number;
}

/** Makes every allocation of the current WASM backend that fails throw a WasmKernelError. Again does nothing. */
export function refuseFailedAllocations(): void {
  const current = backend();
  if (!(current instanceof BackendWasm) || guarded.has(current.wasm)) return;
  const module: object = current.wasm;
  if (!isAllocator(module)) return;
  guarded.add(module);
  // The module's own `_malloc` replaces itself on its first call, hence a property that keeps the guard in front.
  let malloc = module._malloc;
  const guard = (bytes: number): number => {
    const address = bytes < 2 ** 32 ? malloc(bytes) : 0; // a larger number would lose its upper bits
    if (address === 0 && bytes > 0) {
      throw new WasmKernelError(
        `wasm: expected ${bytes.toLocaleString('en-US')} bytes of memory for a tensor, got none. ` +
          'Its 4 GiB are full: scale the images down, or dispose what is no longer needed.',
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
