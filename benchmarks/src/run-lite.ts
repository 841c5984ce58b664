/**
 * @module
 * `npm run bench:lite -- <photos> <held-out photos> [--weights DIR] [--lite FILE] [--sheet out.png] [--only NAME,…]`:
 * lite as a loss beside official LPIPS-Alex and the squared error.
 */
import { parseArgs } from 'node:util';
import { type AutoencoderLoss, readPhotographs } from 'bapps-train';
import { Lpips } from 'lpips-core';
import { loadLpips, readWeights, selectBackend } from 'lpips-node';
import sharp from 'sharp';
import { describeMachine } from './alternate.js';
import { type Experiment, heldOutPatches, type Judgement, trainAndJudge } from './lite-as-a-loss.js';

/** Pixels by which both images are moved in a step. */
const REACH = 7;
/** Patches in a row of the sheet. */
const SHOWN = 12;
const SIDE = 64;

const print = (line: string) => process.stdout.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    weights: { type: 'string' },
    lite: { type: 'string' },
    sheet: { type: 'string' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string' },
  },
});
const [photos, heldOut] = positionals;
if (photos === undefined || heldOut === undefined) {
  print('npm run bench:lite -- <photos> <held-out photos> [--weights DIR] [--lite FILE] [--sheet out.png]');
  process.exit(2);
}

await selectBackend('auto');
const official = values.weights === undefined ? {} : { weightsDir: values.weights };
const alex = await loadLpips({ net: 'alex', ...official });
const squeeze = await loadLpips({ net: 'squeeze', ...official });
const lite =
  values.lite === undefined
    ? await loadLpips({ net: 'lite' })
    : Lpips.fromWeights((await readWeights(values.lite)).weights, { net: 'lite' });
const experiment: Experiment = {
  train: (await readPhotographs(photos)).photographs,
  held: (await readPhotographs(heldOut)).photographs,
  alex,
  squeeze,
  seed: Number(values.seed),
  ...(values.steps !== undefined && { steps: Number(values.steps) }),
};

const losses: Record<string, AutoencoderLoss> = {
  MSE: { pixel: 'l2' },
  'L1 + lite': { pixel: 'l1', lpips: lite },
  [`L1 + lite moved by 0–${REACH} pixels`]: { pixel: 'l1', lpips: lite, reach: REACH },
  'L1 + LPIPS-Alex': { pixel: 'l1', lpips: alex },
};
const wanted = values.only?.split(',');

print(describeMachine());
print(`lite: ${values.lite ?? lite.version}`);
print(
  'Autoencoder 64x64, code 8x8x8, 600 steps of 16; judged on 200 held-out patches, less is better but for PSNR',
);
print(`  ${'trained with'.padEnd(32)}  LPIPS-Alex  LPIPS-Squeeze   PSNR   seconds`);
const judged: Judgement[] = [];
for (const [name, loss] of Object.entries(losses)) {
  if (wanted && !wanted.includes(name)) continue;
  const start = performance.now();
  const judgement = await trainAndJudge(loss, experiment);
  const seconds = (performance.now() - start) / 1000;
  print(
    `  ${name.padEnd(32)}  ${judgement.alex.toFixed(3).padStart(10)}  ${judgement.squeeze.toFixed(3).padStart(13)}` +
      `  ${judgement.psnr.toFixed(1).padStart(5)}  ${seconds.toFixed(0).padStart(8)}`,
  );
  judged.push(judgement);
}
if (values.sheet !== undefined) {
  const patches = heldOutPatches(experiment);
  const rows = [await patches.data(), ...judged.map(({ rebuilt }) => rebuilt)];
  await sharp(sheetOf(rows), { raw: { width: SHOWN * SIDE, height: rows.length * SIDE, channels: 3 } })
    .resize({ width: 2 * SHOWN * SIDE, kernel: 'nearest' })
    .png()
    .toFile(values.sheet);
}

/** The first patches of every row, side by side, as bytes. */
function sheetOf(rows: readonly ArrayLike<number>[]): Uint8Array {
  const width = SHOWN * SIDE;
  const bytes = new Uint8Array(rows.length * SIDE * width * 3);
  rows.forEach((patches, row) => {
    for (let at = 0; at < SHOWN * SIDE * SIDE * 3; at++) {
      const [patch, within] = [Math.floor(at / (SIDE * SIDE * 3)), at % (SIDE * SIDE * 3)];
      const [y, rest] = [Math.floor(within / (SIDE * 3)), within % (SIDE * 3)];
      bytes[((row * SIDE + y) * width + patch * SIDE) * 3 + rest] = Math.round(
        ((patches[at] ?? 0) + 1) * 127.5,
      );
    }
  });
  return bytes;
}
