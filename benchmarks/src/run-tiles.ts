/**
 * @module
 * `npm run bench:tiles -- --weights FOLDER`: the memory of pictures larger than memory, with VGG16 on WASM: a command over files of
 * 7680x4320, and the gradient of a tensor of 3840x2160. PyTorch's figures beside them are a fit to measurements of its peak
 * on untiled pictures, 1,470 bytes a pixel forward and 2,530 with a gradient (PyTorch 2.15, `lpips` 0.1.4), since few machines
 * hold the pictures themselves.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { count, required } from 'example-harness/flags';
import { photographOf } from 'example-harness/photographs';
import { type Options, startProgram } from 'example-harness/program';
import { cannot } from 'lpips-core';
import type { Terminal } from 'lpips-node/command-line';
import sharp from 'sharp';
import { describeMachine } from './machine.js';
import { inTemporaryFolder } from './temporary-folder.js';

const { resolve } = createRequire(import.meta.url);
const CLI = join(dirname(resolve('lpips-node/package.json')), 'dist/cli.js');
const GRADIENT = fileURLToPath(new URL('tile-gradient.js', import.meta.url));
const EIGHT_K = { width: 7680, height: 4320 } as const;
const FOUR_K = { width: 3840, height: 2160 } as const;
/** Peak of PyTorch above its start, in bytes for each pixel of one picture. */
const PYTORCH = { forward: 1470, gradient: 2530 } as const;
const POLL_MS = 250;

const flags = {
  weights: required('FOLDER', 'official weights of VGG16'),
  minutes: count('ends each measurement after so many minutes; the first tiles show its peak', 600, 1),
};

await startProgram({
  name: 'bench:tiles',
  about: `Measures the resident memory of pictures larger than memory, in tiles: a command over files of 7680x4320 and the gradient of a
tensor of 3840x2160, with VGG16 on WASM.`,
  flags,
  run,
});

async function run({ weights, minutes }: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const print = (line: string) => terminal.out(`${line}\n`);
  print(describeMachine());
  print(`  ${''.padEnd(38)}  peak of resident memory  PyTorch, untiled, by a fit`);
  const row = (name: string, { bytes, isWhole }: Peak, pixels: number, perPixel: number) => {
    const cut = isWhole ? '' : `  (ended after ${minutes} minutes)`;
    print(
      `  ${name.padEnd(38)}  ${gigabytes(bytes).padStart(23)}  ${gigabytes(pixels * perPixel).padStart(26)}${cut}`,
    );
  };
  await inTemporaryFolder(async (folder) => {
    const [image, reference] = [join(folder, 'image.jpg'), join(folder, 'reference.png')];
    const enlarged = sharp(photographOf('canyon').file).resize({ ...EIGHT_K, fit: 'fill' });
    await enlarged.clone().png({ compressionLevel: 1 }).toFile(reference);
    await enlarged.clone().jpeg({ quality: 40 }).toFile(image);
    const args = ['distance', image, reference, '--net', 'vgg', '--weights', weights, '--quiet'];
    const peak = await peakOf([CLI, ...args, '--backend', 'wasm', '--offline'], minutes);
    row('lpips distance, 7680x4320', peak, EIGHT_K.width * EIGHT_K.height, PYTORCH.forward);
  });
  const peak = await peakOf([GRADIENT, '--weights', weights], minutes);
  row('gradient of a tensor, 3840x2160', peak, FOUR_K.width * FOUR_K.height, PYTORCH.gradient);
}

interface Peak {
  readonly bytes: number;
  /** Whether the program came to its end. */
  readonly isWhole: boolean;
}

/** The largest resident memory of a program of Node.js, in bytes. */
async function peakOf(args: readonly string[], minutes: number): Promise<Peak> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let [bytes, isWhole] = [0, true];
  const watch = setInterval(() => {
    bytes = Math.max(bytes, peakOfProcess(child.pid ?? 0));
  }, POLL_MS);
  const limit = setTimeout(() => {
    isWhole = false;
    child.kill();
  }, minutes * 60_000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  }).finally(() => {
    clearInterval(watch);
    clearTimeout(limit);
  });
  if (isWhole && code !== 0) throw cannot('bench:tiles', 'measure', `the program ended with code ${code}`);
  return { bytes, isWhole };
}

/** The peak so far, as Linux keeps it; 0 once the process has ended. */
function peakOfProcess(pid: number): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(found?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function gigabytes(bytes: number): string {
  return bytes === 0 ? 'unknown' : `${(bytes / 1e9).toFixed(2)} GB`;
}
