/**
 * @module
 * A service worker that keeps every file of the build, so that the page opens without a network once it was open with
 * one. Each build has a cache of its own, and old caches are deleted.
 */
import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/** Name of the worker beside `index.html`. */
const WORKER = 'offline.js';

export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const files = Object.keys(bundle).toSorted();
        const hash = createHash('sha256');
        for (const name of files) {
          const file = bundle[name];
          hash.update(name).update(file?.type === 'chunk' ? file.code : (file?.source ?? ''));
        }
        const version = hash.digest('hex').slice(0, 16);
        this.emitFile({ type: 'asset', fileName: WORKER, source: workerSource(version, ['./', ...files]) });
      },
    },
  };
}

function workerSource(version: string, files: readonly string[]): string {
  return `const CACHE = 'lpips-${version}';
const FILES = ${JSON.stringify(files)};
// Files do not vary with the request, though some hosts say so.
const MATCH = { ignoreSearch: true, ignoreVary: true };
addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => skipWaiting()));
});
addEventListener('activate', (event) => {
  const isOld = (name) => name.startsWith('lpips-') && name !== CACHE;
  const clean = async () => Promise.all((await caches.keys()).filter(isOld).map((name) => caches.delete(name)));
  event.waitUntil(clean().then(() => clients.claim()));
});
addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  event.respondWith(caches.match(event.request, MATCH).then((kept) => kept ?? fetch(event.request)));
});
`;
}
