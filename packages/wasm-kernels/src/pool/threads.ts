/**
 * @module
 * Starts the threads that help the main one, in Node.js and in pages. They sleep while there is no work, and do not keep
 * a process alive.
 */

/** What a thread is started with. */
export interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

/** The life of a thread in Node.js. As text it needs no file, which bundlers would lose. In Deno, the name `module` is taken. */
const NODE_THREAD = `
const start = require('node:worker_threads').workerData;
new WebAssembly.Instance(start.module, { env: { memory: start.memory } }).exports.serve(start.thread);
`;

/** The life of a thread in a page, as `page-thread.ts` has it. */
const PAGE_THREAD = `
addEventListener('message', ({ data: { module, memory, thread } }) => {
  new WebAssembly.Instance(module, { env: { memory } }).exports.serve(thread);
});
`;

/** The parts of Node.js that are used. They are asked for at run time, so that nothing of Node.js is imported. */
interface Node {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly getBuiltinModule: ((name: string) => unknown) | undefined;
}
interface NodeThreads {
  readonly isMainThread: boolean;
  readonly Worker: new (
    code: string,
    options: { eval: true; workerData: Start; name: string; stdout: true; stderr: true },
  ) => NodeThread;
}
interface NodeThread {
  readonly unref: () => void;
  readonly on: (event: 'error', listener: (error: Error) => void) => void;
}

const node = Reflect.get(globalThis, 'process') as Node | undefined;
const nodeThreads = node?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;

/**
 * How many threads work where nothing else is asked for: all cores; one in a thread of Node.js, where other threads are
 * likely to do the same, and in a page that is not isolated from other origins. `WASM_KERNELS_THREADS` says otherwise, as
 * `useThreads` does; what is no number of threads is ignored.
 */
export function defaultThreads(): number {
  const asked = Number(node?.env['WASM_KERNELS_THREADS'] || Number.NaN);
  const cores = coresOfMachine();
  if (Number.isInteger(asked) && asked >= 0) return Math.min(asked, cores);
  if (nodeThreads) return nodeThreads.isMainThread ? cores : 1;
  return globalThis.crossOriginIsolated && typeof Worker === 'function' ? cores : 1;
}

/** Cores that this process may use. */
export function coresOfMachine(): number {
  const os = node?.getBuiltinModule?.('node:os') as { availableParallelism: () => number } | undefined;
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Starts one more thread. It takes part as soon as it runs. @param onError called if it cannot start, or dies */
export function startThread(start: Start, onError: (error: Error) => void): void {
  if (nodeThreads) {
    const worker = new nodeThreads.Worker(NODE_THREAD, {
      eval: true,
      workerData: start,
      name: 'wasm-kernels',
      stdout: true,
      stderr: true,
    });
    worker.on('error', onError);
    worker.unref();
    return;
  }
  startInPage(
    new Worker(new URL('./page-thread.js', import.meta.url), { type: 'module' }),
    start,
    (event) => {
      if (event instanceof ErrorEvent) onError(new Error(event.message));
      else startFromText(start, onError); // there was no script
    },
  );
}

/**
 * A thread whose file is not where bundlers put it, as with Vite's development server, which moves the code of packages
 * and leaves their files behind. Policies that allow scripts of the page's own address only do not allow this one.
 */
function startFromText(start: Start, onError: (error: Error) => void): void {
  const url = URL.createObjectURL(new Blob([PAGE_THREAD], { type: 'text/javascript' }));
  startInPage(new Worker(url), start, (event) => {
    URL.revokeObjectURL(url);
    onError(
      new Error(event instanceof ErrorEvent ? event.message : 'The script of a thread was not loaded.'),
    );
  });
}

function startInPage(worker: Worker, start: Start, onError: (event: Event) => void): void {
  worker.onerror = onError;
  worker.postMessage(start);
}

/** Whether this thread may sleep until others are done. The main thread of a page may not. */
export function maySleep(ints: Int32Array): boolean {
  try {
    Atomics.wait(ints, 0, Atomics.load(ints, 0) + 1, 0);
    return true;
  } catch {
    return false;
  }
}
