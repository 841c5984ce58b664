/**
 * @module
 * Decodes images in threads, ahead of the backbone, into a few buffers that are reused: memory does not grow with the
 * data.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { DecodeAnswer, DecodeTask } from './decode-worker.js';
import { refusalOf } from './read-patch.js';

/** One thread decodes about as fast as two cores run AlexNet, so more than a few threads would only wait. */
const MOST_THREADS = 8;

/** The garbage of a thread is decoded images, and V8 would let 48 MB of it pile up. */
const YOUNG_MB = 6;

/** Threads that decode. */
type Decoders = Piscina<DecodeTask, DecodeAnswer>;

/** How images are decoded. */
export interface DecodeOptions {
  /** Height and width of the images. */
  readonly size: number;
  /** Most images of a batch. */
  readonly images: number;
  /** Threads that are already running. Default: new ones. */
  readonly decoders?: Decoders;
  /** Called once, with the side of the first image that was scaled. */
  readonly onScaled?: (side: number) => void;
  /** Number of threads. Default: one less than there are cores, from 1 to 8. */
  readonly threads?: number;
  /** The compiled file that the threads load, and options of Node.js for them. Default: this package's own. */
  readonly thread?: { readonly file: URL; readonly execArgv: string[] };
}

/** Starts threads, so that they get ready while the data set is being listed. The caller calls `destroy`. */
export function startDecoders({
  threads = Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1)),
  thread,
}: Pick<DecodeOptions, 'threads' | 'thread'>): Decoders {
  const pool: Decoders = new Piscina({
    filename: fileURLToPath(thread?.file ?? new URL('./decode-worker.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    ...(thread !== undefined && { execArgv: thread.execArgv }),
  });
  // A thread that answers while the pool is ending is reported here. An earlier failure rejects its task.
  pool.on('error', () => undefined);
  return pool;
}

/**
 * The pixels of each batch in turn, float32 `[paths, size, size, 3]` in [-1, 1], valid until the next batch is
 * requested. The threads end with the iteration.
 *
 * @param batches read a few at a time. `paths` of a batch of `count` items are those of all first images, then of all
 *   second ones, then of all third ones
 * @throws LpipsError naming the first image that is damaged or differs in size from its partners
 */
export async function* decodeAhead<
  Batch extends { readonly paths: readonly string[]; readonly count: number },
>(
  batches: Iterable<Batch>,
  { size, images, decoders, onScaled, ...options }: DecodeOptions,
): AsyncGenerator<{ batch: Batch; pixels: Float32Array }> {
  const pool = decoders ?? startDecoders(options);
  const each = size * size * 3;
  const free = Array.from(
    { length: pool.maxThreads + 2 }, // one for each thread, one that waits and one in use
    () => new Float32Array(new SharedArrayBuffer(images * each * 4)),
  );
  const underway: { batch: Batch; buffer: Float32Array<SharedArrayBuffer>; answer: Promise<DecodeAnswer> }[] =
    [];
  const source = batches[Symbol.iterator]();
  let hasScaled = false;
  const startMore = (): void => {
    for (let buffer = free.pop(); buffer !== undefined; buffer = free.pop()) {
      const { value: batch, done } = source.next();
      if (done === true) return;
      const pixels = buffer.subarray(0, batch.paths.length * each);
      const answer = pool.run({ paths: batch.paths, items: batch.count, size, pixels });
      answer.catch(() => undefined); // thrown when its turn comes
      underway.push({ batch, buffer, answer });
    }
  };
  try {
    startMore();
    for (let next = underway.shift(); next !== undefined; next = underway.shift()) {
      const { batch, buffer, answer } = next;
      const { fault, scaledFrom } = await answer;
      if (fault) throw refusalOf(fault);
      if (scaledFrom !== undefined && !hasScaled) onScaled?.(scaledFrom);
      hasScaled ||= scaledFrom !== undefined;
      yield { batch, pixels: buffer.subarray(0, batch.paths.length * each) };
      free.push(buffer);
      startMore();
    }
  } finally {
    // Node.js aborts the whole process if a thread ends while it opens a decompressor, so wait for all threads.
    await Promise.allSettled(underway.map(({ answer }) => answer));
    await pool.destroy();
  }
}
