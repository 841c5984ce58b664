/**
 * @module
 * `npm run bench:trainer [-- --data DIR --weights DIR --net alex --epochs 10]`: this project's extraction and ten epochs
 * against `lpips.Trainer` for ten epochs, on the same triplets and cores, one after the other. Without a data set, 2,000
 * triplets to learn from and 1,000 held out are made of photographs first.
 *
 * Times are whole commands here, from start to exit, the median of three; there the median of the epochs times their
 * number, without the start of Python, which favours the official side.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Lpips, weightShapes } from 'lpips-core';
import { loadLpips, OFFICIAL_NETS, selectBackend } from 'lpips-node';
import { median } from '../src/alternate.js';
import { photographCrops } from '../src/photograph-crops.js';
import { PYTORCH_ENVIRONMENT, pythonWithLpips } from './set-up.js';

const TRIPLETS = { train: 1000, val: 500 }; // of each of two families
const SCRIPT = join(import.meta.dirname, '../../against-pytorch/trainer.py');
const CLI = join(dirname(createRequire(import.meta.url).resolve('bapps-train/package.json')), 'dist/cli.js');
const RUNS = 3;
/** Points of 2AFC, and how many times faster. */
const BARS = { score: 0.3, speed: 20 };

interface Official {
  seconds: number[];
  triplets: number;
  score: number;
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    photos: { type: 'string' },
    weights: { type: 'string' },
    net: { type: 'string', default: 'alex' },
    epochs: { type: 'string', default: '10' },
  },
});
const net = OFFICIAL_NETS.find((known) => known === values.net) ?? 'alex';
const epochs = Number(values.epochs);
const print = (line = '') => process.stdout.write(`${line}\n`);
const weights = values.weights === undefined ? [] : ['--weights', values.weights];

/** Runs `bapps` and returns its seconds from start to exit. */
function bapps(...args: string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  return (performance.now() - start) / 1000;
}

function official(...args: string[]): string {
  const env = { ...process.env, ...PYTORCH_ENVIRONMENT };
  const out = execFileSync(python, [SCRIPT, net, backbone, data, run, `${epochs}`, '1', ...args], {
    env,
    stdio: ['ignore', 'pipe', args.length > 0 ? 'ignore' : 'inherit'],
  }).toString();
  return out.trim().split('\n').at(-1) ?? '';
}

/** Convolutions in state-dict order, as raw float32. */
function writeBackbone(lpips: Lpips, path: string): void {
  const names = [...weightShapes(net).keys()].filter((name) => name.startsWith('features.'));
  const parts = names.map((name) => {
    const { buffer, byteOffset, byteLength } = lpips.weights.get(name)?.data ?? new Float32Array(0);
    return Buffer.from(buffer, byteOffset, byteLength);
  });
  writeFileSync(path, Buffer.concat(parts));
}

const python = pythonWithLpips(print);
const folder = mkdtempSync(join(tmpdir(), 'lpips-trainer-'));
const [backbone, run] = [join(folder, 'backbone.bin'), join(folder, 'official')];
let data = values.data ?? '';
try {
  mkdirSync(run);
  await selectBackend('cpu');
  const lpips = await loadLpips({ net, ...(values.weights !== undefined && { weightsDir: values.weights }) });
  writeBackbone(lpips, backbone);
  lpips.dispose();
  if (data === '') {
    data = join(folder, 'data');
    const photos = values.photos ?? join(folder, 'photos');
    if (values.photos === undefined) {
      mkdirSync(photos);
      for (const [index, png] of (await photographCrops(60, 256)).entries()) {
        writeFileSync(join(photos, `${index}.png`), png);
      }
    }
    print('Making 2,000 triplets to learn from and 1,000 held out.');
    const counts = ['--train', `${TRIPLETS.train}`, '--val', `${TRIPLETS.val}`, '--jnd', '0'];
    bapps('synthesize', photos, data, '--net', 'alex', ...weights, ...counts);
  }
  print(`${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores; Node ${process.version}`);
  const theirs = JSON.parse(official()) as Official;

  const [vectors, mine] = [join(folder, 'vectors'), join(folder, 'mine')];
  const longRun = join(folder, 'longer');
  const extraction = ['--net', net, ...weights, '--backend', 'tensorflow', '--quiet'];
  const begin = ['--init', join(run, 'initial.pth'), '--quiet'];
  const half = (count: number) => [
    '--epochs',
    `${Math.ceil(count / 2)}`,
    '--decay-epochs',
    `${Math.floor(count / 2)}`,
  ];
  const times = Array.from({ length: RUNS }, () => {
    for (const made of [vectors, mine, longRun]) rmSync(made, { recursive: true, force: true });
    return {
      extracting: bapps('extract', data, '--out', vectors, '--only', '2afc/train', ...extraction),
      training: bapps('train', vectors, '--out', mine, ...begin, ...half(epochs)),
      longer: bapps('train', vectors, '--out', longRun, ...begin, ...half(11 * epochs)),
    };
  });
  const typical = (of: 'extracting' | 'training' | 'longer') => median(times.map((time) => time[of]));
  const [extracting, training, longer] = [typical('extracting'), typical('training'), typical('longer')];
  const heads = join(mine, 'heads.pth');
  const ours = JSON.parse(official('score', heads)) as Pick<Official, 'score'>;

  const total = epochs * median(theirs.seconds);
  const speed = total / (extracting + training);
  const points = (score: number) => (100 * score).toFixed(2);
  const each = (longer - training) / (10 * epochs);
  print(`\n${theirs.triplets} triplets, ${net}, ${epochs} epochs of the official recipe\n`);
  print('| | lpips.Trainer | this project | |\n|---|---|---|---|');
  print(
    `| all of it | ${total.toFixed(1)} s | ${(extracting + training).toFixed(1)} s (${extracting.toFixed(1)} extract, ${training.toFixed(1)} train) | ${speed.toFixed(1)} times faster |`,
  );
  print(
    `| one more epoch | ${(total / epochs).toFixed(1)} s | ${each.toFixed(3)} s | ${(total / epochs / each).toFixed(0)} times faster |`,
  );
  const difference = 100 * (ours.score - theirs.score);
  print(
    `| held-out 2AFC, scored by lpips | ${points(theirs.score)} % | ${points(ours.score)} % | ${difference.toFixed(2)} points |`,
  );
  const isMet = speed >= BARS.speed && Math.abs(difference) <= BARS.score;
  print(
    isMet ? '\nWithin the bars.' : `\nOutside the bars: ${BARS.speed} times faster, ${BARS.score} points.`,
  );
  process.exitCode = isMet ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
