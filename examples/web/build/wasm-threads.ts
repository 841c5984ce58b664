/**
 * @module
 * TensorFlow.js's threads in a minified build. Its WASM backend hands its threads the source text of a function, in
 * which one name, `_scriptDir`, belongs to the scope around it. Minified, that name is no longer guarded and the threads
 * end at once. Here the function gets the name for its own.
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
