/**
 * @module
 * `npm run parity [-- --backend wasm]`: distances and gradients of this project against PyTorch's `lpips` 0.1.4, with the
 * same seeded or official weights, for every network, version and odd sizes, and with heads from a PyTorch file that this project
 * wrote. Ends with exit code 1 where a difference is too large.
 */
import { choice } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { BACKEND_CHOICES, selectBackend } from 'lpips-node';
import { EXIT, type Terminal } from 'lpips-node/command-line';
import { relativeDifference } from '../src/relative-difference.js';
import { inTemporaryFolder } from '../src/temporary-folder.js';
import { describeWeights, weightsFlag } from '../src/weights-of.js';
import { type Setting, startContenders } from './contest.js';
import { headsFileDifference } from './heads-file.js';
import type { Case, Timed } from './protocol.js';
import { pythonWithLpips } from './set-up.js';

/** Largest difference of distances: both sides compute in float32, and this is twice the noise of either. */
const DISTANCE = 2e-6;
/** Largest difference of gradients: an activation that is 0 except for rounding passes a relu on one side alone. */
const GRADIENT = 5e-3;

const NETS = ['alex', 'squeeze', 'vgg'] as const;
const HEADS = [
  ['0.1', true],
  ['0.0', true],
  ['0.1', false],
] as const;
const SHAPES: Case['shape'][] = [
  [2, 64, 64, 3],
  [1, 71, 93, 3],
];

const flags = {
  backend: choice('NAME', 'backend of this project', BACKEND_CHOICES, 'auto'),
  weights: weightsFlag,
};

await startProgram({
  name: 'parity',
  about: `Compares distances and gradients of this project with those of PyTorch's lpips 0.1.4, with the same weights, seeded or official. The first run
installs PyTorch in the cache folder (several GB); LPIPS_PYTHON can name a Python that has lpips.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const print = (line: string) => terminal.out(`${line}\n`);
  const { name: backend } = await selectBackend(options.backend);
  const python = pythonWithLpips(print);
  const missed = await inTemporaryFolder(async (folder) => {
    const setting = { folder, python, backend, weights: options.weights };
    return (await compareCases(setting, print)) + (await compareHeadsFiles(setting, print));
  });
  print(missed === 0 ? '\nAll differences are small enough.' : `\n${missed} differences are too large.`);
  if (missed > 0) process.exitCode = EXIT.failed;
}

/** @returns the number of cases in which a difference is too large */
async function compareCases(setting: Setting, print: (line: string) => void): Promise<number> {
  let missed = 0;
  print(`With ${describeWeights(setting.weights)}:\n`);
  print('| net | version | heads | shape | distance | gradient |\n|---|---|---|---|---|---|');
  for (const net of NETS) {
    for (const [version, linear] of HEADS) {
      for (const shape of SHAPES) {
        const it = { net, version, linear, shape };
        const { contenders } = await startContenders(setting, it, ['own', 'eager']);
        const { own, eager: pytorch } = contenders;
        const ours = await own.ask<Timed>({ do: 'run', task: 'gradient' });
        const theirs = await pytorch.ask<Timed>({ do: 'run', task: 'gradient' });
        const distance = relativeDifference(ours.distance, theirs.distance);
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
  return missed;
}

/** @returns the number of nets in which a difference is too large */
async function compareHeadsFiles(setting: Setting, print: (line: string) => void): Promise<number> {
  let missed = 0;
  print('\n| net | distance with heads from a .pth file of this project |\n|---|---|');
  for (const net of NETS) {
    const difference = await headsFileDifference(setting, net);
    if (!(difference <= DISTANCE)) missed++;
    print(`| ${net} | ${difference.toExponential(1)} |`);
  }
  return missed;
}
