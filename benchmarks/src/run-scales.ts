/**
 * @module
 * `npm run bench:scales`: does a head that learned at one resolution serve another? A simulated data set of 256x256 patches is
 * extracted at several scales, heads are trained at each, and all are scored at each. The observers see the patches at 256x256.
 */
import { join } from 'node:path';
import { choice, count, type Flag, text } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { OFFICIAL_NETS } from 'lpips-node';
import { type Terminal, wholeNumber } from 'lpips-node/command-line';
import { bapps, evaluatedScores, weightsOption } from './bapps-command.js';
import { describeMachine } from './machine.js';
import { makeTriplets } from './simulated-triplets.js';
import { inTemporaryFolder } from './temporary-folder.js';

/** Height and width of the patches. */
const SIDE = 256;
const CROP = 400;
const SCALES = [64, 128, 256];

const scales: Flag<readonly number[]> = {
  takes: 'SIZES',
  help: `heights and widths at which the patches pass the net, separated by commas (default ${SCALES.join(',')})`,
  read: (given, name) => given?.split(',').map((size) => wholeNumber(name, size, 16)) ?? SCALES,
};

const flags = {
  data: text('FOLDER', 'a data set in the layout of BAPPS (default: one is made of photographs)'),
  photos: text('FOLDER', 'photographs to make it of (default: crops of those that come with the examples)'),
  weights: text('FOLDER', 'official weights (default: the cache)'),
  net: choice('NET', 'net whose heads are trained', OFFICIAL_NETS, 'alex'),
  scales,
  triplets: count('triplets of each of two families to learn from; half as many are held out', 200, 1),
};

await startProgram({
  name: 'bench:scales',
  about: 'Trains heads at several resolutions and scores each at all of them. Needs official weights.',
  flags,
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { net, weights, scales } = options;
  const print = (line: string) => terminal.out(`${line}\n`);
  await inTemporaryFolder(async (folder) => {
    const data =
      options.data ??
      (await makeTriplets(folder, { ...options, observer: net, side: SIDE, crop: CROP }, print));
    const vectors = join(folder, 'vectors');
    const network = ['--net', net, ...weightsOption(weights)];
    bapps('extract', data, '--out', vectors, '--scales', scales.join(','), ...network, '--quiet');
    const heads = scales.map((size) => {
      const out = join(folder, `heads-${size}`);
      bapps('train', join(vectors, `${size}`), '--out', out, '--learning-rate', 'auto', '--quiet');
      return join(out, 'heads.safetensors');
    });
    const columns = scales.map((size) => {
      const from = ['--extraction', join(vectors, `${size}`), '--beside', heads.join(',')];
      return evaluatedScores(...from, ...network);
    });
    print(describeMachine());
    const judgements = columns.some(({ simulated }) => simulated) ? 'simulated judgements' : 'judgements';
    print(
      `\n2AFC of ${judgements} in percent, mean over the distortions; ${net}, trained at (rows), tested at (columns)\n`,
    );
    print(`| | ${scales.join(' | ')} |\n|---|${'---|'.repeat(scales.length)}`);
    const names = ['published heads', ...scales.map(String)];
    for (const [row, name] of names.entries()) {
      const cells = columns.map((column) => (100 * (column.scores[row] ?? Number.NaN)).toFixed(2));
      print(`| ${name} | ${cells.join(' | ')} |`);
    }
  });
}
