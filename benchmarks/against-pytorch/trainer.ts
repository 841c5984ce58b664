/**
 * @module
 * `npm run bench:trainer`: this project's extraction and ten epochs against `lpips.Trainer` for ten epochs, on the same
 * triplets and cores, one after the other. Without a data set, 2,000 triplets to learn from and 1,000 held out are made of
 * photographs first. Ends with exit code 1 where a bar is missed.
 *
 * On this side the times are those of whole commands, the median of three. On the other side the time is the median of the
 * epochs times their number, without the start of Python, which favours the official side.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { choice, count, text } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { weightShapes } from 'lpips-core';
import { loadLpips, OFFICIAL_NETS, selectBackend } from 'lpips-node';
import { EXIT, type Terminal } from 'lpips-node/command-line';
import { median } from '../src/alternate.js';
import { describeMachine } from '../src/machine.js';
import { photographCrops } from '../src/photograph-crops.js';
import { inTemporaryFolder } from '../src/temporary-folder.js';
import { bytesOf } from './contest.js';
import { PYTORCH_ENVIRONMENT, pythonWithLpips } from './set-up.js';

const TRIPLETS = { train: 1000, val: 500 }; // of each of two families
const SCRIPT = join(import.meta.dirname, '../../against-pytorch/trainer.py');
const CLI = join(dirname(createRequire(import.meta.url).resolve('bapps-train/package.json')), 'dist/cli.js');
const RUNS = 3;
/** Largest difference in points of 2AFC, and how many times faster this project must be. */
const BARS = { score: 0.3, speed: 20 };

/** What the official side prints after its training. */
interface Official {
  readonly seconds: readonly number[];
  readonly triplets: number;
  readonly score: number;
}

const flags = {
  data: text('FOLDER', 'a data set in the layout of BAPPS (default: one is made of photographs)'),
  photos: text('FOLDER', 'photographs to make it of (default: crops of those that come with the examples)'),
  weights: text('FOLDER', 'official weights (default: the cache)'),
  net: choice('NET', 'net whose heads are trained', OFFICIAL_NETS, 'alex'),
  epochs: count('epochs of either side', 10, 1),
};

type TrainerOptions = Options<typeof flags>;

await startProgram({
  name: 'bench:trainer',
  about: `Measures this project's extraction and training of heads beside lpips.Trainer. Needs the native backend and PyTorch. The first run
installs PyTorch in the cache folder (several GB); LPIPS_PYTHON can name a Python that has lpips.`,
  flags,
  run,
});

async function run(options: TrainerOptions, terminal: Terminal): Promise<void> {
  const print = (line: string) => terminal.out(`${line}\n`);
  const python = pythonWithLpips(print);
  await inTemporaryFolder(async (folder) => {
    const backbone = await writeBackbone(folder, options);
    const data = options.data ?? (await makeTriplets(folder, options, print));
    print(describeMachine());
    const trainer = officialTrainer(python, { folder, backbone, data }, options);
    const theirs = trainer.train();
    const ours = measureOwn(folder, data, trainer.initialHeads, options);
    const { score } = trainer.score(ours.heads);
    const isMet = report(print, options, theirs, { ...ours, score });
    if (!isMet) process.exitCode = EXIT.failed;
  });
}

/** Prints a table. @returns whether both bars are met */
function report(
  print: (line: string) => void,
  { net, epochs }: TrainerOptions,
  theirs: Official,
  ours: { extracting: number; training: number; epoch: number; score: number },
): boolean {
  const { extracting, training, epoch } = ours;
  const total = epochs * median(theirs.seconds);
  const speed = total / (extracting + training);
  const difference = 100 * (ours.score - theirs.score);
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  const points = (score: number) => `${(100 * score).toFixed(2)} %`;
  const parts = `${extracting.toFixed(1)} extract, ${training.toFixed(1)} train`;
  const epochSpeed = total / epochs / epoch;
  print(`\n${theirs.triplets} triplets, ${net}, ${epochs} epochs of the official recipe\n`);
  print('| | lpips.Trainer | this project | |\n|---|---|---|---|');
  print(
    `| all of it | ${seconds(total)} | ${seconds(extracting + training)} (${parts}) | ${speed.toFixed(1)} times faster |`,
  );
  print(
    `| one more epoch | ${seconds(total / epochs)} | ${epoch.toFixed(3)} s | ${epochSpeed.toFixed(0)} times faster |`,
  );
  print(
    `| held-out 2AFC, scored by lpips | ${points(theirs.score)} | ${points(ours.score)} | ${difference.toFixed(2)} points |`,
  );
  const isMet = speed >= BARS.speed && Math.abs(difference) <= BARS.score;
  const bars = `${BARS.speed} times faster, ${BARS.score} points`;
  print(isMet ? '\nBoth bars are met.' : `\nA bar is missed: ${bars}.`);
  return isMet;
}

/** Makes a data set of photographs; returns its folder. */
async function makeTriplets(
  folder: string,
  { photos, weights }: TrainerOptions,
  print: (line: string) => void,
): Promise<string> {
  const data = join(folder, 'data');
  const photographs = photos ?? join(folder, 'photos');
  if (photos === undefined) {
    mkdirSync(photographs);
    for (const [index, png] of (await photographCrops(60, 256)).entries()) {
      writeFileSync(join(photographs, `${index}.png`), png);
    }
  }
  print('Making 2,000 triplets to learn from and 1,000 held out.');
  const counts = ['--train', `${TRIPLETS.train}`, '--val', `${TRIPLETS.val}`, '--jnd', '0'];
  bapps('synthesize', photographs, data, '--net', 'alex', ...weightsFlag(weights), ...counts);
  return data;
}

/** Writes the convolutions of the net in state-dict order, as raw float32; returns the path. */
async function writeBackbone(folder: string, { net, weights }: TrainerOptions): Promise<string> {
  await selectBackend('cpu');
  const lpips = await loadLpips({ net, ...(weights !== undefined && { weightsDir: weights }) });
  const names = [...weightShapes(net).keys()].filter((name) => name.startsWith('features.'));
  const parts = names.map((name) => {
    const weight = lpips.weights.get(name);
    if (!weight) throw new RangeError(`writeBackbone: no weight ${name}`);
    return bytesOf(weight.data);
  });
  lpips.dispose();
  const path = join(folder, 'backbone.bin');
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** The official side, in a process of its own for each call. */
function officialTrainer(
  python: string,
  { folder, backbone, data }: { readonly folder: string; readonly backbone: string; readonly data: string },
  { net, epochs }: TrainerOptions,
) {
  const out = join(folder, 'official');
  mkdirSync(out);
  const ask = (args: readonly string[], errors: 'inherit' | 'ignore'): string => {
    const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
    const command = [SCRIPT, net, backbone, data, out, `${epochs}`, '1', ...args];
    const printed = execFileSync(python, command, { env, stdio: ['ignore', 'pipe', errors] }).toString();
    return printed.trim().split('\n').slice(-1).join('');
  };
  return {
    /** Path of the heads that it begins with, once it has trained. */
    initialHeads: join(out, 'initial.pth'),
    train: () => JSON.parse(ask([], 'inherit')) as Official,
    score: (heads: string) => JSON.parse(ask(['score', heads], 'ignore')) as Pick<Official, 'score'>,
  };
}

/** Median seconds of extracting, of training, and of one more epoch, and the path of the trained heads. */
function measureOwn(
  folder: string,
  data: string,
  initialHeads: string,
  { net, weights, epochs }: TrainerOptions,
) {
  const vectors = join(folder, 'vectors');
  const short = join(folder, 'mine');
  const long = join(folder, 'longer');
  const extraction = ['--net', net, ...weightsFlag(weights), '--backend', 'tensorflow', '--quiet'];
  const train = (out: string, count: number) => {
    const [full, decay] = [Math.ceil(count / 2), Math.floor(count / 2)];
    const recipe = ['--epochs', `${full}`, '--decay-epochs', `${decay}`];
    return bapps('train', vectors, '--out', out, '--init', initialHeads, '--quiet', ...recipe);
  };
  const times = Array.from({ length: RUNS }, () => {
    for (const made of [vectors, short, long]) rmSync(made, { recursive: true, force: true });
    return {
      extracting: bapps('extract', data, '--out', vectors, '--only', '2afc/train', ...extraction),
      training: train(short, epochs),
      longer: train(long, 11 * epochs),
    };
  });
  const typical = (of: 'extracting' | 'training' | 'longer') => median(times.map((time) => time[of]));
  const [extracting, training] = [typical('extracting'), typical('training')];
  return {
    extracting,
    training,
    epoch: (typical('longer') - training) / (10 * epochs),
    heads: join(short, 'heads.pth'),
  };
}

/** Runs `bapps` and returns its seconds from start to exit. */
function bapps(...args: string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  return (performance.now() - start) / 1000;
}

function weightsFlag(weights: string | undefined): string[] {
  return weights === undefined ? [] : ['--weights', weights];
}
