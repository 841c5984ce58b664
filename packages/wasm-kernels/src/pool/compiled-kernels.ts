/**
 * @module
 * The compiled kernels of `assembly/threads/`: one build for every engine with 128-bit SIMD, and one that multiplies and adds in one
 * step, for engines with relaxed SIMD. Their results differ in the last bits.
 */
import { fused } from '../compiled/fused.js';
import { plain } from '../compiled/plain.js';
import { cannot } from '../errors.js';
import { moduleBytes } from '../module-bytes.js';

/** What a module of `assembly/threads/index.ts` exports. */
export interface Exports {
  /** Publishes a job and works on it. Returns how many tasks other threads still work on. */
  readonly run: (kind: number, args: number, tasks: number) => number;
  /** Waits for the other threads, for a tenth of a second at most. Returns how many tasks are unfinished. */
  readonly join: (maySleep: number) => number;
}

/** A module with one function, which multiplies and adds numbers in one step. */
const FUSED_PROBE = Uint8Array.from(
  [
    [0, 97, 115, 109, 1, 0, 0, 0], // magic number, version
    [1, 5, 1, 96, 0, 1, 123], // type: () → v128
    [3, 2, 1, 0], // a function of this type
    [10, 19, 1, 17, 0], // its code, without locals: relaxed_madd of three splatted constants
    [65, 1, 253, 17],
    [65, 2, 253, 17],
    [65, 3, 253, 17],
    [253, 133, 2, 11],
  ].flat(),
);

/** Whether this engine multiplies and adds in one step. */
function hasFusedMultiplyAdd(): boolean {
  return WebAssembly.validate(FUSED_PROBE);
}

/** Whether this engine has 128-bit SIMD and shared memory in WebAssembly, which our own kernels are made of. */
export function canRunOwnKernels(): boolean {
  return WebAssembly.validate(moduleBytes(plain));
}

/** @throws WasmKernelError if the engine has no 128-bit SIMD or no shared memory in WebAssembly */
export function compileKernels(): WebAssembly.Module {
  if (!canRunOwnKernels()) {
    const why = 'this engine has no WebAssembly with 128-bit SIMD and threads';
    throw cannot('wasm', 'run the fast kernels', why, 'Use a current browser, or Node.js 20 or later.');
  }
  return new WebAssembly.Module(moduleBytes(hasFusedMultiplyAdd() ? fused : plain));
}
