/**
 * @module
 * `npm run bench:clamp`: what it does to SqueezeNet's heads that the published trainer also clamps the 1x1 convolutions of its
 * trunk. Observers who look at edges alone judge a simulated data set; heads learn from it on the clamped trunk and on the true
 * one, and those of the clamped trunk are scored on the true one too, on which the published heads are used.
 */
import { join } from 'node:path';
import { scanTriplets } from 'bapps-train';
import { count, text } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import type { Terminal } from 'lpips-node/command-line';
import { bapps, evaluatedScores, weightsOption } from './bapps-command.js';
import { judgeByEdges } from './edge-judgements.js';
import { describeMachine } from './machine.js';
import { makeTriplets } from './simulated-triplets.js';
import { inTemporaryFolder } from './temporary-folder.js';

const flags = {
  photos: text('FOLDER', 'photographs to make it of (default: crops of those that come with the examples)'),
  weights: text('FOLDER', 'official weights (default: the cache)'),
  triplets: count('triplets to learn from; half as many are held out', 2000, 1),
  seeds: count('seeds of each training', 3, 1),
};

await startProgram({
  name: 'bench:clamp',
  about: 'Trains heads of SqueezeNet on the trunk as it is, and clamped. Needs its official weights.',
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { weights, seeds } = options;
  const print = (line: string) => terminal.out(`${line}\n`);
  await inTemporaryFolder(async (folder) => {
    const made = { ...options, observer: 'squeeze', families: ['traditional'] } as const;
    const data = await makeTriplets(folder, made, print);
    for (const split of ['train', 'val'] as const) {
      for (const { items } of await scanTriplets(data, split)) {
        for (const triplet of items) await judgeByEdges(triplet, split);
      }
    }
    const network = ['--net', 'squeeze', ...weightsOption(weights)];
    const [clamped, plain] = [join(folder, 'clamped'), join(folder, 'plain')];
    bapps('extract', data, '--out', clamped, ...network, '--clamp', 'trunk', '--quiet');
    bapps('extract', data, '--out', plain, ...network, '--quiet');
    const headsOn = (vectors: string) =>
      Array.from({ length: seeds }, (_, index) => {
        const out = `${vectors}-heads-${index + 1}`;
        bapps('train', vectors, '--out', out, '--learning-rate', 'auto', '--seed', `${index + 1}`, '--quiet');
        return join(out, 'heads.safetensors');
      });
    const [ofClamped, ofPlain] = [headsOn(clamped), headsOn(plain)];
    const trunk = ['--network', join(clamped, 'trunk.safetensors'), '--heads', ofClamped[0] ?? ''];
    const [, ...onClamped] = evaluatedScores(
      '--extraction',
      clamped,
      ...trunk,
      '--beside',
      ofClamped.join(','),
    ).scores;
    const beside = [...ofPlain, ...ofClamped].join(',');
    const [published, ...onPlain] = evaluatedScores(
      '--extraction',
      plain,
      ...network,
      '--beside',
      beside,
    ).scores;
    print(describeMachine());
    print(
      '\nHeld-out 2AFC in percent of simulated judgements by edges; heads of squeeze, mean (least to most)\n',
    );
    print('| heads trained on | scored on | 2AFC |\n|---|---|---|');
    print(`| the clamped trunk | the clamped trunk | ${spreadOf(onClamped)} |`);
    print(`| the true trunk | the true trunk | ${spreadOf(onPlain.slice(0, seeds))} |`);
    print(`| the clamped trunk | the true trunk | ${spreadOf(onPlain.slice(seeds))} |`);
    print(`| published heads | the true trunk | ${spreadOf([published ?? Number.NaN])} |`);
  });
}

function spreadOf(scores: readonly number[]): string {
  const percent = (score: number) => (100 * score).toFixed(2);
  const mean = percent(scores.reduce((sum, score) => sum + score, 0) / scores.length);
  return scores.length === 1
    ? mean
    : `${mean} (${percent(Math.min(...scores))} to ${percent(Math.max(...scores))})`;
}
