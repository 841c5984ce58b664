export { WasmKernelError } from './errors.js';
export { registerWasmKernels, unregisterWasmKernels } from './register.js';
