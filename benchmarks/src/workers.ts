/**
 * @module
 * `lpips folder` and `lpips pairs` with one worker for each core against one in all: whole commands as a user runs
 * them, start of the process and of the threads included. The folder compares photographs with themselves saved as
 * JPEG. Cores share caches, memory and heat, so that no program is as many times faster as there are cores; how much is
 * left shows when as many commands of one worker run at once.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { alternate } from './alternate.js';
import { photographCrops } from './photograph-crops.js';

const { resolve } = createRequire(import.meta.url);
const CLI = join(dirname(resolve('lpips-node/package.json')), 'dist/cli.js');
const SIDE = 448;
/** Enough that a second for starting process and threads, the same in any run, does not decide. */
const CROPS = { folder: 96, pairs: 72 } as const;

/** Writes `count` crops into a folder, and into another what JPEG makes of them. */
async function writePhotographs(count: number, originals: string, compressed?: string): Promise<void> {
  for (const [index, png] of (await photographCrops(count, SIDE)).entries()) {
    const target = `${index}.png`;
    writeFileSync(join(originals, target), png);
    if (compressed === undefined) continue;
    const jpeg = await sharp(png).jpeg({ quality: 40 }).toBuffer();
    await sharp(jpeg).png().toFile(join(compressed, target));
  }
}

/** Runs a command as many times at once as it is told, and waits for all. */
const AT_ONCE = `
  const [count, ...command] = process.argv.slice(1);
  for (let i = 0; i < count; i++) {
    require('node:child_process').spawn(process.execPath, command, { stdio: 'ignore' });
  }
`;

/**
 * Medians in milliseconds, and whether every number came out the same to the last bit.
 *
 * @param options of the command that say which metric it is, by default lite
 */
export async function workersOnWasm({ rounds = 3, options = ['--net', 'lite'] } = {}) {
  const workers = availableParallelism();
  const root = mkdtempSync(join(tmpdir(), 'lpips-bench-'));
  try {
    const [originals, compressed, few] = [join(root, 'a'), join(root, 'b'), join(root, 'c')];
    for (const folder of [originals, compressed, few]) mkdirSync(folder);
    await writePhotographs(CROPS.folder, originals, compressed);
    await writePhotographs(CROPS.pairs, few);
    const outputs: Record<'folder' | 'pairs', Set<string>> = { folder: new Set(), pairs: new Set() };
    const line = (command: 'folder' | 'pairs', count: number) => {
      const folders = command === 'folder' ? [compressed, originals] : [few];
      const flags = ['--backend', 'wasm', '--workers', String(count), '--json', '--quiet', ...options];
      return [CLI, command, ...folders, ...flags];
    };
    const run = (command: 'folder' | 'pairs', count: number) => () => {
      outputs[command].add(execFileSync(process.execPath, line(command, count), { encoding: 'utf8' }));
    };
    const atOnce = (command: 'folder' | 'pairs') => () => {
      execFileSync(process.execPath, ['--eval', AT_ONCE, String(workers), ...line(command, 1)]);
    };
    const medians = alternate(
      {
        'folder, 1 worker': run('folder', 1),
        folder: run('folder', workers),
        'folder, at once': atOnce('folder'),
        'pairs, 1 worker': run('pairs', 1),
        pairs: run('pairs', workers),
        'pairs, at once': atOnce('pairs'),
      },
      { rounds, warmUp: 0 },
    );
    const sameBits = outputs.folder.size === 1 && outputs.pairs.size === 1;
    return { medians, workers, images: CROPS, side: SIDE, sameBits };
  } finally {
    rmSync(root, { recursive: true });
  }
}
