/**
 * @module
 * Makes the threads of TensorFlow.js work in a minified build. Its WASM backend passes to its threads the source text of a
 * function that uses the name `_scriptDir` of the scope around it. In minified code the guard of that name is lost and
 * the threads end at once. Here the function gets a variable of that name.
 */
import type { Plugin } from 'vite';

const FACTORY = 'function(WasmBackendModuleThreadedSimd) {';

export function wasmThreads(): Plugin {
  return {
    name: 'wasm-threads',
    transform: {
      filter: { id: /tfjs-backend-wasm-threaded-simd\.js$/ },
      handler(code) {
        if (!code.includes(FACTORY)) this.error(`expected "${FACTORY}" in TensorFlow.js's WASM backend`);
        return { code: code.replace(FACTORY, `${FACTORY} var _scriptDir;`), map: null };
      },
    },
  };
}
