/**
 * @module
 * `npm run bench:trainer`: this project's extraction and ten epochs against `lpips.Trainer` for ten epochs, on the same
 * triplets and cores, one after the other. Without a data set, 2,000 triplets to learn from and 1,000 held out are made of
 * photographs first. With `--seeds` it compares scores alone, for several nets. Ends with exit code 1 where a bar is missed.
 *
 * On this side the times are those of whole commands, the median of three. On the other side the time is the median of the
 * epochs times their number, without the start of Python, which favours the official side.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { choice, count, path, text } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { OFFICIAL_NETS } from 'lpips-node';
import { EXIT, type Terminal, UsageError } from 'lpips-node/command-line';
import { median } from '../src/alternate.js';
import { bapps, weightsOption } from '../src/bapps-command.js';
import { BenchRecorder } from '../src/bench-recorder.js';
import { describeMachine } from '../src/machine.js';
import { makeTriplets } from '../src/simulated-triplets.js';
import { inTemporaryFolder } from '../src/temporary-folder.js';
import { type Contested, type Official, officialTrainer, writeBackbone } from './official-trainer.js';
import { pythonWithLpips } from './set-up.js';
import { compareSeeds } from './trainer-seeds.js';

const RUNS = 3;
/** Largest difference in points of 2AFC, and how many times faster this project must be. */
const BARS = { score: 0.3, speed: 20 };

const flags = {
  data: text('FOLDER', 'a data set in the layout of BAPPS (default: one is made of photographs)'),
  photos: text('FOLDER', 'photographs to make it of (default: crops of those that come with the examples)'),
  weights: text('FOLDER', 'official weights (default: the cache)'),
  net: choice(
    'NET',
    'net whose heads are trained (default alex; all of them with --seeds)',
    OFFICIAL_NETS,
    undefined,
  ),
  triplets: count(
    'triplets that are made of each of two families to learn from; half as many are held out',
    1000,
    1,
  ),
  seeds: count('compares the held-out 2AFC of so many seeds instead of the speed', undefined, 1),
  epochs: count('epochs of either side', 10, 1),
  json: path('FILE', 'writes every single time there, for bench:compare; not with --seeds', undefined),
};

await startProgram({
  name: 'bench:trainer',
  about: `Measures this project's extraction and training of heads beside lpips.Trainer. Needs the native backend and PyTorch. The first run
installs PyTorch in the cache folder (several GB); LPIPS_PYTHON can name a Python that has lpips.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const print = (line: string) => terminal.out(`${line}\n`);
  if (options.json !== undefined && options.seeds !== undefined) {
    throw new UsageError('expected --json or --seeds, got both. A comparison of scores has no times.');
  }
  const recorder = await BenchRecorder.start('bench:trainer', options.json);
  const python = pythonWithLpips(print);
  await inTemporaryFolder(async (folder) => {
    const data = options.data ?? (await makeTriplets(folder, options, print));
    const { net, seeds, weights, epochs } = options;
    if (seeds !== undefined) {
      const nets = net === undefined ? OFFICIAL_NETS : [net];
      const isMet = await compareSeeds(
        python,
        { folder, data, weights, epochs, nets, seeds, most: BARS.score },
        print,
      );
      if (!isMet) process.exitCode = EXIT.failed;
      return;
    }
    const contested: Contested = { net: net ?? 'alex', data, weights, epochs, seed: 1 };
    const backbone = await writeBackbone(folder, contested);
    print(describeMachine());
    const trainer = officialTrainer(python, { folder, backbone }, contested);
    const theirs = trainer.train();
    const ours = measureOwn(folder, trainer.initialHeads, contested);
    const { score } = trainer.score(ours.heads);
    const what = `${contested.net}, ${epochs} epochs`;
    recorder.row(`${what}, an epoch of lpips.Trainer`, theirs.seconds, { unit: 's', isCompetitor: true });
    for (const [part, seconds] of Object.entries(ours.times)) {
      recorder.row(`${what}, ${part}`, seconds, { unit: 's' });
    }
    await recorder.write();
    const isMet = report(print, contested, theirs, { ...ours, score });
    if (!isMet) process.exitCode = EXIT.failed;
  });
}

/** Prints a table. @returns whether both bars are met */
function report(
  print: (line: string) => void,
  { net, epochs }: Contested,
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

/** Median seconds of extracting, of training, and of one more epoch, and the path of the trained heads. */
function measureOwn(folder: string, initialHeads: string, { net, data, weights, epochs }: Contested) {
  const vectors = join(folder, 'vectors');
  const short = join(folder, 'mine');
  const long = join(folder, 'longer');
  const extraction = ['--net', net, ...weightsOption(weights), '--backend', 'tensorflow', '--quiet'];
  const train = (out: string, count: number) => {
    const [full, decay] = [Math.ceil(count / 2), Math.floor(count / 2)];
    const recipe = ['--epochs', `${full}`, '--decay-epochs', `${decay}`];
    return bapps('train', vectors, '--out', out, '--init', initialHeads, '--quiet', ...recipe).seconds;
  };
  const times = Array.from({ length: RUNS }, () => {
    for (const made of [vectors, short, long]) rmSync(made, { recursive: true, force: true });
    return {
      extracting: bapps('extract', data, '--out', vectors, '--only', '2afc/train', ...extraction).seconds,
      training: train(short, epochs),
      longer: train(long, 11 * epochs),
    };
  });
  const typical = (of: 'extracting' | 'training' | 'longer') => median(times.map((time) => time[of]));
  const [extracting, training] = [typical('extracting'), typical('training')];
  return {
    times: Object.fromEntries(
      (['extracting', 'training', 'longer'] as const).map((of) => [of, times.map((time) => time[of])]),
    ),
    extracting,
    training,
    epoch: (typical('longer') - training) / (10 * epochs),
    heads: join(short, 'heads.pth'),
  };
}
