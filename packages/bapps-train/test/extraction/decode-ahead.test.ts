import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeAhead, startDecoders } from '../../src/extraction/decode-ahead.js';
import { BUILT_THREAD } from '../support/run-bapps.js';

const SIZE = 64;
const IMAGES = 100;

let folder = '';
let path = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bapps-decode-'));
  path = join(folder, 'image.png');
  await writeFile(path, PNG.sync.write(new PNG({ width: SIZE, height: SIZE })));
});
afterAll(() => rm(folder, { recursive: true }));

/** Decodes until `stop`; tells how many tasks were still being worked on when the threads were ended. */
async function unfinishedAtEnd(paths: (batch: number) => string[], stop: () => void): Promise<number> {
  const decoders = startDecoders(BUILT_THREAD);
  let [unfinished, atEnd] = [0, Number.NaN];
  const run = decoders.run.bind(decoders);
  vi.spyOn(decoders, 'run').mockImplementation((task) => {
    unfinished++;
    return run(task).finally(() => unfinished--);
  });
  const destroy = decoders.destroy.bind(decoders);
  vi.spyOn(decoders, 'destroy').mockImplementation(() => {
    atEnd = unfinished;
    return destroy();
  });
  const batches = Array.from({ length: 6 }, (_, batch) => ({ paths: paths(batch), count: IMAGES }));
  try {
    for await (const _ of decodeAhead(batches, { decoders, size: SIZE, images: IMAGES })) stop();
  } catch {
    // what went wrong is for other tests
  }
  return atEnd;
}

// Node.js aborts the whole process where a thread ends while it opens a decompressor.
describe('decodeAhead ends no thread in the middle of an image', () => {
  const whole = () => Array.from({ length: IMAGES }, () => path);

  it('when whoever asks has had enough', async () => {
    const stop = () => {
      throw new Error('enough');
    };
    expect(await unfinishedAtEnd(whole, stop)).toBe(0);
  });

  it('when an image is missing', async () => {
    const missing = (batch: number) => (batch === 0 ? [join(folder, 'none.png')] : whole());
    expect(await unfinishedAtEnd(missing, () => undefined)).toBe(0);
  });
});
