/**
 * A page of a user's own, built by Vite as it comes, under a content security policy that allows scripts and workers of
 * the page's own address and WebAssembly, and nothing else.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Chromium, suiteInChromium } from '../../../test/support/chromium.js';
import { type PageServer, serveFiles, wasmBinaries } from '../../../test/support/serve-page.js';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Three steps are recorded, of which the first makes the states of the optimiser. */
const CAPTURED = { replays: 7, hasSameBits: true };

const POLICY = {
  'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
};
const ISOLATED = {
  ...POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** A digest of a convolution and of its gradients, often enough for the threads to join in, and training steps, captured and not. */
const compute = `
import * as tf from '@tensorflow/tfjs';
import { captureStep } from 'tfjs-fused-training';
import { threadsInUse } from 'tfjs-wasm-kernels';

const numbers = (shape) =>
  tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i * 7919) % 1009) / 500 - 1), shape);

/** Costs of ten training steps, and the weights after them. */
function train(wrap) {
  const [x, w, optimizer] = [numbers([2, 9, 8, 16]), tf.variable(numbers([3, 3, 16, 8])), tf.train.adam(0.01)];
  const step = wrap((x) => optimizer.minimize(() => tf.mean(tf.square(tf.conv2d(x, w, 1, 'same'))), true));
  const costs = Array.from({ length: 10 }, () => {
    const cost = step(x);
    const [value] = cost.dataSync();
    cost.dispose();
    return value;
  });
  const weights = [...w.dataSync()];
  tf.dispose([x, w]);
  optimizer.dispose();
  return { costs, weights };
}

function capture() {
  let captured;
  const replayed = train((step) => (captured = captureStep(step)));
  const { replays } = captured;
  captured.dispose();
  return { replays, hasSameBits: JSON.stringify(replayed) === JSON.stringify(train((step) => step)) };
}

export async function compute() {
  await tf.setBackend('wasm');
  const digests = new Set();
  for (let turn = 0; turn < 10; turn++) {
    let sum = 0;
    tf.tidy(() => {
      const [x, w] = [numbers([2, 80, 72, 16]), numbers([3, 3, 16, 32])];
      const [dx, dw] = tf.grads((x, w) => tf.conv2d(x, w, 1, 'same'))([x, w], numbers([2, 80, 72, 32]));
      for (const result of [tf.conv2d(x, w, 1, 'same'), dx, dw]) {
        for (const bits of new Uint32Array(result.dataSync().slice().buffer)) sum = (Math.imul(sum, 31) + bits) | 0;
      }
    });
    digests.add(sum);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { backend: tf.getBackend(), threads: threadsInUse(), digests: [...digests], captured: capture() };
}
`;

const main = `
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { compute } from './compute.js';

setWasmPaths('/wasm/');
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
const inWorker = await new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = reject;
});
globalThis.results = { isolated: crossOriginIsolated, inPage: await compute(), inWorker };
document.title = 'done';
`;

const worker = `
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { compute } from './compute.js';

setWasmPaths('/wasm/');
compute().then((result) => postMessage(result), (error) => postMessage(String(error)));
`;

/** What `compute` returns. */
interface Computed {
  readonly backend: string;
  readonly threads: number;
  readonly digests: number[];
  /** Of a training step by captureStep. */
  readonly captured: { readonly replays: number; readonly hasSameBits: boolean };
}
interface Results {
  readonly isolated: boolean;
  readonly inPage: Computed;
  readonly inWorker: Computed;
}

let app: string;
let files: Map<string, string | Uint8Array>;
let digest: number;
beforeAll(async () => {
  digest = await digestOfNode();
  app = mkdtempSync(join(tmpdir(), 'wasm-kernels-page-'));
  const sources = {
    'package.json': '{ "type": "module" }',
    'index.html': '<!doctype html><title>waiting</title><script type="module" src="./main.js"></script>',
    'main.js': main,
    'worker.js': worker,
    'compute.js': compute,
  };
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(app, name), text);
  const modules = join(app, 'node_modules');
  for (const [name, from] of [
    ['tfjs-wasm-kernels', folder],
    ['tfjs-fused-training', join(folder, '../training')],
  ] as const) {
    mkdirSync(join(modules, name), { recursive: true });
    for (const part of ['package.json', 'dist']) {
      cpSync(join(from, part), join(modules, name, part), { recursive: true });
    }
  }
  symlinkSync(join(folder, 'node_modules/@tensorflow'), join(modules, '@tensorflow'));
  const built = await build({ root: app, logLevel: 'error', build: { write: false } });
  if (!('output' in built)) throw new Error('expected one bundle');
  const outputs = built.output.map((file): [string, string | Uint8Array] => [
    `/${file.fileName}`,
    file.type === 'chunk' ? file.code : file.source,
  ]);
  files = new Map([...outputs, ...wasmBinaries(), ['/favicon.ico', '']]);
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

/** The digest by Node.js with one thread, of the build of the kernels that Chromium takes. */
async function digestOfNode(): Promise<number> {
  const program = `${compute}
    const { digests } = await compute();
    process.stdout.write(JSON.stringify(digests));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...fusedFlags(), '--input-type=module', '--eval', program],
    { cwd: folder, env: { ...process.env, WASM_KERNELS_THREADS: '1' } },
  );
  const digests = JSON.parse(stdout) as number[];
  expect(digests.length).toBe(1);
  return digests[0] ?? 0;
}

/** Relaxed SIMD, which Chromium has, needs a flag before Node.js 22. */
function fusedFlags(): string[] {
  return Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];
}

async function resultsOf(chromium: Chromium, { url }: PageServer) {
  const page = await chromium.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  await Promise.race([
    page.waitForFunction(() => document.title === 'done'),
    page.waitForEvent('pageerror').then((error) => Promise.reject(error)),
  ]);
  const workers = page.workers().map((thread) => thread.url());
  const results = await page.evaluate(() => (globalThis as typeof globalThis & { results: Results }).results);
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  await page.close();
  return { results, complaints, workers, cores };
}

suiteInChromium('tfjs-wasm-kernels in a page', (chromium) => {
  async function inPageWith(headers: Readonly<Record<string, string>>, served = files) {
    const server = await serveFiles(served, headers);
    try {
      return await resultsOf(chromium, server);
    } finally {
      await server.close();
    }
  }

  it('computes on all cores where the page is isolated, with the bits of Node.js', async () => {
    const { results, complaints, workers, cores } = await inPageWith(ISOLATED);
    const computed = { backend: 'wasm', threads: cores, digests: [digest], captured: CAPTURED };
    expect(results).toEqual({ isolated: true, inPage: computed, inWorker: computed });
    expect(complaints).toEqual([]);
    expect(workers.filter((url) => url.startsWith('blob:'))).toEqual([]);
    // Playwright sees the workers of the page: its own, and the threads of the kernels.
    expect(workers.length).toBeGreaterThanOrEqual(cores);
  });

  it("computes on all cores where the threads' file is missing, as with a development server", async () => {
    const withoutThreads = new Map([...files].filter(([path]) => !path.includes('page-thread')));
    expect(withoutThreads.size).toBeLessThan(files.size);
    const { 'content-security-policy': _, ...headers } = ISOLATED;
    const { results, workers, cores } = await inPageWith(headers, withoutThreads);
    const computed = { backend: 'wasm', threads: cores, digests: [digest], captured: CAPTURED };
    expect(results).toEqual({ isolated: true, inPage: computed, inWorker: computed });
    expect(workers.filter((url) => url.startsWith('blob:')).length).toBeGreaterThanOrEqual(cores - 1);
  });

  it('computes on one thread where it is not isolated, with the same bits', async () => {
    const { results, complaints, workers } = await inPageWith(POLICY);
    const computed = { backend: 'wasm', threads: 1, digests: [digest], captured: CAPTURED };
    expect(results).toEqual({ isolated: false, inPage: computed, inWorker: computed });
    expect(complaints).toEqual([]);
    expect(workers.length).toBe(1);
  });
});
