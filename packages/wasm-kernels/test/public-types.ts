/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import { expectTypeOf } from 'expect-type';
import { registerWasmKernels, threadsInUse, unregisterWasmKernels, useThreads } from 'tfjs-wasm-kernels';

expectTypeOf(registerWasmKernels).toEqualTypeOf<() => void>();
expectTypeOf(unregisterWasmKernels).toEqualTypeOf<() => void>();
expectTypeOf(threadsInUse).toEqualTypeOf<() => number>();
expectTypeOf(useThreads).toEqualTypeOf<(threads: number) => void>();

export function asks(): void {
  // @ts-expect-error: a number of threads
  useThreads('all');
  // @ts-expect-error: how many threads
  useThreads();
}
