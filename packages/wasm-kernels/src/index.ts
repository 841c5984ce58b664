export { WasmKernelError } from './errors.js';
export { threadsInUse, useThreads } from './pool/pool.js';
export { registerWasmKernels, unregisterWasmKernels } from './register.js';
