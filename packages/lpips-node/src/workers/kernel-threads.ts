/**
 * @module
 * The threads of the WASM kernels, where several workers share the cores.
 */
import type { BackendName } from '../backends/candidates.js';

/**
 * Has this thread compute on so many threads, itself included. Only the backend WASM has a choice, and
 * `WASM_KERNELS_THREADS` comes first.
 */
export async function computeOn(threads: number, backend: BackendName): Promise<void> {
  if (backend !== 'wasm' || process.env['WASM_KERNELS_THREADS'] !== undefined) return;
  const { useThreads } = await import('tfjs-wasm-kernels');
  useThreads(threads);
}
