/**
 * @module
 * `npm run bench:lite -- --photos FOLDER --held FOLDER`: lite as a loss, beside the official AlexNet and VGG16 and the
 * squared error.
 */
import { AUTOENCODER_TRAINING, type AutoencoderLoss, readPhotographs } from 'bapps-train';
import { count, type Flag, required, text } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { Lpips } from 'lpips-core';
import { loadLpips, readWeights, selectBackend } from 'lpips-node';
import { oneOf, type Terminal } from 'lpips-node/command-line';
import sharp from 'sharp';
import { describeBackend, describeMachine } from './machine.js';
import { type Experiment, heldOutPatches, type Judgement, trainAndJudge } from './net-as-a-loss.js';

/** Pixels by which both images are moved in a step, at most. */
const REACH = 7;
const LOSS_NAMES = [
  'MSE',
  'L1 + lite',
  `L1 + lite moved by 0–${REACH} pixels`,
  'L1 + LPIPS-Alex',
  'L1 + LPIPS-VGG',
] as const;
type LossName = (typeof LOSS_NAMES)[number];
/** Number of patches in a row of the sheet, and their height and width. */
const [SHOWN, SIDE] = [12, 64];
const PATCH = SIDE * SIDE * 3;

const only: Flag<readonly LossName[]> = {
  takes: 'NAMES',
  help: `losses to train with, separated by commas (default all: ${LOSS_NAMES.join(', ')})`,
  read: (given, name) => given?.split(',').map((loss) => oneOf(name, LOSS_NAMES, loss)) ?? LOSS_NAMES,
};
const flags = {
  photos: required('FOLDER', 'photographs to learn from'),
  held: required('FOLDER', 'other photographs, on which the losses are judged'),
  weights: text('FOLDER', 'official weights (default: the cache)'),
  lite: text('FILE', 'weights of lite (default: those of this package)'),
  sheet: text('FILE', 'where a picture of rebuilt patches goes (default: none is drawn)'),
  only,
  seed: count('another start, other patches', 1),
  steps: count('steps of each training', AUTOENCODER_TRAINING.steps, 1),
};

await startProgram({
  name: 'bench:lite',
  about: `Trains one autoencoder with the squared error, and with L1 and lite, the official AlexNet or the official VGG16. Judges each
on photographs that it has not seen, by these three nets and the official SqueezeNet.`,
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { photos, held, weights, seed, steps, sheet } = options;
  const print = (line: string) => terminal.out(`${line}\n`);
  const { name: backend } = await selectBackend('auto');
  const official = weights === undefined ? {} : { weightsDir: weights };
  const alex = await loadLpips({ net: 'alex', ...official });
  const vgg = await loadLpips({ net: 'vgg', ...official });
  const squeeze = await loadLpips({ net: 'squeeze', ...official });
  const lite =
    options.lite === undefined
      ? await loadLpips({ net: 'lite' })
      : Lpips.fromWeights((await readWeights(options.lite)).weights, { net: 'lite' });
  const experiment: Experiment = {
    train: (await readPhotographs(photos)).photographs,
    held: (await readPhotographs(held)).photographs,
    judges: [lite, alex, vgg, squeeze],
    seed,
    steps,
  };
  const losses: Record<LossName, AutoencoderLoss> = {
    MSE: { pixel: 'l2' },
    'L1 + lite': { pixel: 'l1', lpips: lite },
    [`L1 + lite moved by 0–${REACH} pixels` as const]: { pixel: 'l1', lpips: lite, reach: REACH },
    'L1 + LPIPS-Alex': { pixel: 'l1', lpips: alex },
    'L1 + LPIPS-VGG': { pixel: 'l1', lpips: vgg },
  };

  print(`${describeMachine()}; ${describeBackend(backend)}`);
  print(`lite: ${options.lite ?? lite.version}`);
  print(
    `Autoencoder 64x64, code 8x8x8, ${steps} steps of ${AUTOENCODER_TRAINING.batch}; judged on 200 held-out patches. Lower is better, except for PSNR.`,
  );
  print(
    'In brackets: the net that was in the loss, which flatters what it taught. Time of the processor, all cores together.',
  );
  const titles = ['lite', 'LPIPS-Alex', 'LPIPS-VGG', 'LPIPS-Squeeze', 'PSNR', 'ms a step'];
  print(rowOf('trained with', titles));
  const judged: Judgement[] = [];
  for (const name of options.only) {
    const loss = losses[name];
    const judgement = await trainAndJudge(loss, experiment);
    const distances = judgement.distances.map((distance, judge) => {
      const shown = distance.toFixed(3);
      return experiment.judges[judge] === loss.lpips ? `(${shown})` : shown;
    });
    print(rowOf(name, [...distances, judgement.psnr.toFixed(1), judgement.stepCpuMs.toFixed(0)]));
    judged.push(judgement);
  }
  if (sheet !== undefined) await drawSheet(sheet, experiment, judged);
}

/** A row of the table. */
function rowOf(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(31)} ${cells.map((cell) => cell.padStart(13)).join(' ')}`;
}

/** Draws the held-out patches in a row, and below them the rebuilt patches of each training. */
async function drawSheet(path: string, experiment: Experiment, judged: readonly Judgement[]): Promise<void> {
  const patches = heldOutPatches(experiment);
  const rows = [await patches.data<'float32'>(), ...judged.map(({ rebuilt }) => rebuilt)];
  patches.dispose();
  const raw = { width: SHOWN * SIDE, height: rows.length * SIDE, channels: 3 } as const;
  await sharp(sheetOf(rows), { raw })
    .resize({ width: 2 * raw.width, kernel: 'nearest' })
    .png()
    .toFile(path);
}

/** The first patches of every row, side by side, as bytes. */
function sheetOf(rows: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * SHOWN * PATCH);
  let to = 0;
  for (const row of rows) {
    for (let y = 0; y < SIDE; y++) {
      for (let patch = 0; patch < SHOWN; patch++) {
        const from = patch * PATCH + y * SIDE * 3;
        for (const value of row.subarray(from, from + SIDE * 3))
          bytes[to++] = Math.round((value + 1) * 127.5);
      }
    }
  }
  return bytes;
}
