/**
 * @module
 * Builds the page as static files for any host. Addresses are relative, and the build holds every file.
 */
import { defaultClientConditions, defineConfig } from 'vite';
import { houseStyle } from './build/house-style.js';
import { offline } from './build/offline.js';
import { samplePictures } from './build/sample-pictures.js';
import { wasmThreads } from './build/wasm-threads.js';

/** Threads in WASM need shared memory, which browsers give only to pages with these headers. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [houseStyle(), samplePictures(), offline()],
  resolve: { conditions: ['source', ...defaultClientConditions] },
  worker: { format: 'es', plugins: () => [wasmThreads()] },
  build: { target: 'es2022', modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1500 },
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
});
