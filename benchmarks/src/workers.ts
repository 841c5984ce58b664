/**
 * @module
 * `lpips folder` and `lpips pairs` with one worker for each core against one worker in all. Times are those of whole
 * commands, with the start of the process and of its threads. `folder` compares photographs with JPEGs of them. Cores
 * share caches, memory and heat, so no program gets faster by the number of cores. As many commands of one worker at
 * once show how much the cores can give.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { alternate } from './alternate.js';
import { photographCrops } from './photograph-crops.js';
import { inTemporaryFolder } from './temporary-folder.js';

const { resolve } = createRequire(import.meta.url);
const CLI = join(dirname(resolve('lpips-node/package.json')), 'dist/cli.js');
const SIDE = 448;
/** Enough that the start of process and threads, a second in any run, does not decide. */
const CROPS = { folder: 96, pairs: 72 } as const;

/** Writes `count` crops into a folder, and their JPEGs, stored as PNG, into another. */
async function writePhotographs(count: number, originals: string, compressed?: string): Promise<void> {
  for (const [index, png] of (await photographCrops(count, SIDE)).entries()) {
    const target = `${index}.png`;
    writeFileSync(join(originals, target), png);
    if (compressed === undefined) continue;
    const jpeg = await sharp(png).jpeg({ quality: 40 }).toBuffer();
    await sharp(jpeg).png().toFile(join(compressed, target));
  }
}

/** Runs a command several times at once and waits for all. */
const AT_ONCE = `
  const [count, ...command] = process.argv.slice(1);
  for (let i = 0; i < count; i++) {
    require('node:child_process').spawn(process.execPath, command, { stdio: 'ignore' });
  }
`;

/**
 * Milliseconds of each turn, and whether every number came out the same to the last bit.
 *
 * @param options options of the command that choose the metric, by default lite
 */
export async function workersOnWasm({ rounds = 3, options = ['--net', 'lite'] } = {}) {
  const workers = availableParallelism();
  return inTemporaryFolder(async (root) => {
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
    const times = alternate(
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
    return { times, workers, images: CROPS, side: SIDE, sameBits };
  });
}
