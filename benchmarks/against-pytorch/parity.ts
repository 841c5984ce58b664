/**
 * @module
 * `npm run parity`: distances and gradients of this project against PyTorch's `lpips` 0.1.4, with the same seeded
 * weights, for every network, version and odd sizes, and with heads from a PyTorch file that this project wrote. Ends
 * with exit code 1 where a bar is missed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendChoice, selectBackend } from 'lpips-node';
import { relativeDifference, startBoth } from './contest.js';
import { headsFileDifference } from './heads-file.js';
import type { Case, Timed } from './protocol.js';
import { pythonWithLpips } from './set-up.js';

/** Both sides compute in float32: twice the noise of either. */
const DISTANCE = 2e-6;
/** A unit whose activation is 0 but for rounding falls to one side here and to the other there. */
const GRADIENT = 5e-3;

const SHAPES: Case['shape'][] = [
  [2, 64, 64, 3],
  [1, 71, 93, 3],
];

const print = (line = '') => process.stdout.write(`${line}\n`);
const { name: backend } = await selectBackend(process.argv[2] as BackendChoice | undefined);
const python = pythonWithLpips(print);
const folder = mkdtempSync(join(tmpdir(), 'lpips-parity-'));
let missed = 0;
try {
  print('| net | version | heads | shape | distance | gradient |\n|---|---|---|---|---|---|');
  for (const net of ['alex', 'squeeze', 'vgg'] as const) {
    for (const [version, linear] of [
      ['0.1', true],
      ['0.0', true],
      ['0.1', false],
    ] as const) {
      for (const shape of SHAPES) {
        const { own, pytorch } = await startBoth(
          { folder, python, backend },
          { net, version, linear, shape },
        );
        const [a, b] = [
          await own.ask<Timed>({ do: 'run', task: 'gradient' }),
          await pytorch.ask<Timed>({ do: 'run', task: 'gradient' }),
        ];
        const distance = relativeDifference(a.distance, b.distance);
        const gradient = relativeDifference(own.gradient(), pytorch.gradient());
        if (!(distance <= DISTANCE && gradient <= GRADIENT)) missed++;
        const heads = linear ? 'learned' : '1';
        const errors = `${distance.toExponential(1)} | ${gradient.toExponential(1)}`;
        print(`| ${net} | ${version} | ${heads} | ${shape.join('x')} | ${errors} |`);
        own.end();
        pytorch.end();
      }
    }
  }
  print('\n| net | distance with heads from a .pth file of this project |\n|---|---|');
  for (const net of ['alex', 'squeeze', 'vgg'] as const) {
    const difference = await headsFileDifference({ folder, python }, net);
    if (!(difference <= DISTANCE)) missed++;
    print(`| ${net} | ${difference.toExponential(1)} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
print(missed === 0 ? '\nAll within the bars.' : `\n${missed} outside the bars.`);
process.exitCode = missed === 0 ? 0 : 1;
