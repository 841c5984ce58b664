/**
 * @module
 * `npm run bench:pytorch [-- wasm]`: this project and PyTorch's `lpips` 0.1.4 by turns, on the same cores, weights and
 * images. Prints medians, ratios and peak memory as a table.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendChoice, selectBackend } from 'lpips-node';
import { allPairs } from './all-pairs.js';
import { contest, peaks, startBoth } from './contest.js';
import type { Case, Task } from './protocol.js';
import { pythonWithLpips } from './set-up.js';
import { trainingStepContest } from './training-step.js';

const CASES: [title: string, Case][] = (['vgg', 'alex'] as const).flatMap((net) =>
  (
    [
      [2, 64],
      [16, 64],
      [1, 224],
    ] as const
  ).map(([batch, side]): [string, Case] => [
    `${net}, ${batch}x${side}x${side}`,
    { net, version: '0.1', linear: true, shape: [batch, side, side, 3] },
  ]),
);
const TASKS: Task[] = ['forward', 'gradient', 'cached gradient'];

const print = (line = '') => process.stdout.write(`${line}\n`);
const { name: backend } = await selectBackend(process.argv[2] as BackendChoice | undefined);
const python = pythonWithLpips(print);
const folder = mkdtempSync(join(tmpdir(), 'lpips-against-pytorch-'));
try {
  print(`${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores; Node ${process.version}`);
  for (const [index, [title, it]] of CASES.entries()) {
    const both = await startBoth({ folder, python, backend }, it);
    if (index === 0) print(`${both.versions.join(' against ')}; medians of 9 turns after 3\n`);
    if (index === 0) print('| | task | this project | PyTorch | ratio |\n|---|---|---|---|---|');
    for (const task of TASKS) {
      const { own, pytorch } = await contest(both, task);
      const ratio = (own / pytorch).toFixed(2);
      print(`| ${title} | ${task} | ${own.toFixed(1)} ms | ${pytorch.toFixed(1)} ms | ${ratio} |`);
    }
    const memory = await peaks(both);
    const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
    const ratio = (memory.own / memory.pytorch).toFixed(2);
    print(`| ${title} | peak memory | ${megabytes(memory.own)} | ${megabytes(memory.pytorch)} | ${ratio} |`);
    both.own.end();
    both.pytorch.end();
  }
  print(
    "\nA training step of the example's autoencoder, 8x64x64x3, LPIPS with alex; the least of 3 medians of 15 by turns:",
  );
  for (const [loss, { own, pytorch }] of Object.entries(trainingStepContest({ folder, python, backend }))) {
    const ratio = (own / pytorch).toFixed(2);
    print(`  ${loss.padEnd(8)}  ${own.toFixed(1)} ms, PyTorch ${pytorch.toFixed(1)} ms, ratio ${ratio}`);
  }
  for (const net of ['alex', 'vgg'] as const) {
    const { times, difference, images, side } = await allPairs({ folder, python, backend }, net);
    const [own, pytorch] = [times.own / 1000, times.pytorch / 1000].map(
      (seconds) => `${seconds.toFixed(1)} s`,
    );
    print(
      `\nAll pairs of ${images} photographs of ${side}x${side} with ${net}, whole commands, the least of 3 by turns:`,
    );
    print(
      `  lpips pairs ${own}, the loop over forward in Python ${pytorch}, ratio ${(times.own / times.pytorch).toFixed(2)}`,
    );
    print(`  their distances differ by ${difference.toExponential(1)} (relative L2)`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
