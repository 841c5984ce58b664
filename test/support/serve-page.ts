/**
 * @module
 * The test page, bundled by Vite from the sources and served on this machine alone, cross-origin isolated as threads
 * in WASM ask for.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, defaultClientConditions } from 'vite';

const WASM_FILES = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** The page is isolated, and its images may be shown, though not read, by a page of another address. */
const HEADERS: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'cross-origin',
};

/** A file, or what answers requests for it. */
type ServedFile = string | Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void);

/** Files by their path on the server, which begins with a slash. Those set later are served too. */
type ServedFiles = Map<string, ServedFile>;

/** A running server. */
export interface PageServer {
  /** Address without a slash at the end. */
  url: string;
  files: ServedFiles;
  close: () => Promise<void>;
}

/** Bundles and serves `test/page`. The caller closes the server. */
export async function serveTestPage(): Promise<PageServer> {
  const files = await bundlePage(fileURLToPath(new URL('./page', import.meta.url)));
  for (const [path, binary] of wasmBinaries()) files.set(path, binary);
  return serveFiles(files);
}

/** TensorFlow.js's WASM binaries, by their paths under `/wasm/`. */
export function wasmBinaries(): Map<string, Uint8Array> {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  return new Map(WASM_FILES.map((name) => [`/wasm/${name}`, readFileSync(join(folder, name))]));
}

/** @param root folder of an `index.html` */
async function bundlePage(root: string): Promise<ServedFiles> {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['source', ...defaultClientConditions] },
    build: { write: false, minify: false, target: 'es2022', modulePreload: false },
  });
  if (!('output' in built)) throw new Error('expected one bundle');
  return new Map(
    built.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  );
}

/** Serves files of the memory on a free port. The caller closes the server. */
export async function serveFiles(
  files: ServedFiles,
  headers: Readonly<Record<string, string>> = HEADERS,
): Promise<PageServer> {
  const http = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    const body = files.get(path);
    if (body === undefined) response.writeHead(404).end();
    else if (typeof body === 'function') body(request, response);
    else response.writeHead(200, { ...headers, 'content-type': contentType(path) }).end(body);
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    files,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

function contentType(path: string): string {
  return CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
}
