/**
 * @module
 * `npm run bench:pytorch [-- wasm]`: this project and PyTorch's `lpips` 0.1.4 by turns, on the same cores, weights
 * and images. Prints medians, ratios and peak memory.
 */
import { choice, path } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { BACKEND_CHOICES, selectBackend } from 'lpips-node';
import type { Terminal } from 'lpips-node/command-line';
import { mediansOf, type Times } from '../src/alternate.js';
import { BenchRecorder } from '../src/bench-recorder.js';
import { describeBackend, describeMachine } from '../src/machine.js';
import { inTemporaryFolder } from '../src/temporary-folder.js';
import { describeWeights, weightsFlag } from '../src/weights-of.js';
import { allPairs } from './all-pairs.js';
import { contest, peakOf, type Setting, type Side, startContenders } from './contest.js';
import type { Case, Task } from './protocol.js';
import { pythonWithLpips } from './set-up.js';
import { type FormTimes, STEP_LOSSES, trainingStepContest } from './training-step.js';

type Print = (line: string) => void;

const SIZES = [
  [2, 64],
  [16, 64],
  [1, 224],
] as const;
const TASKS: Task[] = ['forward', 'gradient', 'cached gradient'];

const NETS = ['vgg', 'alex'] as const;
const SIDES = ['own', 'eager', 'channels-last'] as const satisfies Side[];

/** What can be measured alone. */
const PARTS = [
  ...NETS.map((net) => `metric-${net}` as const),
  ...STEP_LOSSES.map((loss) => `step-${loss}` as const),
  ...NETS.map((net) => `pairs-${net}` as const),
];
type Part = (typeof PARTS)[number];
/** Whether a part is wanted. */
type Wants = (part: Part) => boolean;

const flags = {
  backend: choice('NAME', 'backend of this project', BACKEND_CHOICES, 'auto'),
  weights: weightsFlag,
  only: choice('PART', 'measures this part alone', PARTS, undefined),
  json: path('FILE', 'writes every single time there, for bench:compare', undefined),
};

await startProgram({
  name: 'bench:pytorch',
  about: `Measures this project and PyTorch's lpips 0.1.4 by turns, on the same cores, weights and images. Takes some minutes. The first run
installs PyTorch in the cache folder (several GB); LPIPS_PYTHON can name a Python that has lpips.`,
  flags,
  bare: ['backend'],
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const print: Print = (line) => terminal.out(`${line}\n`);
  const recorder = await BenchRecorder.start('bench:pytorch', options.json);
  const { name: backend } = await selectBackend(options.backend);
  recorder.version(`backend ${backend}`, describeBackend(backend));
  const python = pythonWithLpips(print);
  await inTemporaryFolder(async (folder) => {
    const setting: Setting = { folder, python, backend, weights: options.weights };
    print(`${describeMachine()}; ${describeBackend(backend)}; ${describeWeights(options.weights)}`);
    const wants: Wants = (part) => options.only === undefined || options.only === part;
    await compareTasks(setting, wants, print, recorder);
    compareTrainingSteps(setting, wants, print, recorder);
    await compareAllPairs(setting, wants, print, recorder);
    await recorder.write();
  });
}

/** Medians of each task and peak memory, for each net and size. */
async function compareTasks(
  setting: Setting,
  wants: Wants,
  print: Print,
  recorder: BenchRecorder,
): Promise<void> {
  let isFirst = true;
  for (const net of NETS.filter((name) => wants(`metric-${name}`))) {
    for (const [batch, side] of SIZES) {
      const it: Case = { net, version: '0.1', linear: true, shape: [batch, side, side, 3] };
      const title = `${net}, ${batch}x${side}x${side}`;
      const { contenders, versions } = await startContenders(setting, it, SIDES);
      if (isFirst) {
        print(
          `${versions.join(' against ')}; medians of 9 turns after 3; ratios to the faster of PyTorch's\n`,
        );
        recorder.version('contenders', versions.join(' against '));
        print('| | task | this project | PyTorch | channels last | ratio |\n|---|---|---|---|---|---|');
        isFirst = false;
      }
      for (const task of TASKS) {
        const times = await contest(contenders, task);
        note(recorder, `${title}, ${task}`, times);
        const { own, eager, 'channels-last': last } = mediansOf(times);
        const cells = [
          title,
          task,
          ...[own, eager, last].map(milliseconds),
          ratio(own, Math.min(eager, last)),
        ];
        print(`| ${cells.join(' | ')} |`);
      }
      const bytes = { own: 0, eager: 0, 'channels-last': 0 };
      for (const side of SIDES) {
        bytes[side] = await peakOf(contenders[side]);
        const isCompetitor = side !== 'own';
        recorder.row(`${title}, peak memory: ${side}`, [bytes[side]], { unit: 'bytes', isCompetitor });
        contenders[side].end();
      }
      const { own, eager, 'channels-last': last } = bytes;
      const cells = [
        title,
        'peak memory',
        ...[own, eager, last].map(megabytes),
        ratio(own, Math.min(eager, last)),
      ];
      print(`| ${cells.join(' | ')} |`);
    }
  }
}

function compareTrainingSteps(setting: Setting, wants: Wants, print: Print, recorder: BenchRecorder): void {
  const losses = STEP_LOSSES.filter((loss) => wants(`step-${loss}`));
  if (losses.length === 0) return;
  print(
    "\nA training step of the examples' autoencoder, 8x64x64x3, MSE or L1 + LPIPS, and of their video autoencoder with its PatchGAN,\n" +
      '4 clips of 4 frames of 32x32, L1 + LPIPS-Alex; the least of 3 medians of 15 by turns:',
  );
  const tell = (forms: readonly FormTimes[]) =>
    forms.map(({ form, least }) => `${form} ${milliseconds(least)}`).join(', ');
  const fastest = (forms: readonly FormTimes[]) => Math.min(...forms.map(({ least }) => least));
  for (const loss of losses) {
    const { own, pytorch } = trainingStepContest(setting, loss);
    for (const { form, times } of own) recorder.row(`training step ${loss}, ${form}: own`, times);
    for (const { form, times } of pytorch) {
      recorder.row(`training step ${loss}, ${form}: pytorch`, times, { isCompetitor: true });
    }
    const share = ratio(fastest(own), fastest(pytorch));
    print(`  ${loss.padEnd(5)}  ${tell(own)}; PyTorch ${tell(pytorch)}; fastest ratio ${share}`);
  }
}

async function compareAllPairs(
  setting: Setting,
  wants: Wants,
  print: Print,
  recorder: BenchRecorder,
): Promise<void> {
  for (const net of NETS.filter((name) => wants(`pairs-${name}`))) {
    const { times, difference, images, side } = await allPairs(setting, net);
    note(recorder, `all pairs, ${net}`, times);
    const [own, pytorch] = [Math.min(...times.own), Math.min(...times.pytorch)];
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    print(
      `\nAll pairs of ${images} photographs of ${side}x${side} with ${net}, whole commands, the least of 3 by turns:`,
    );
    print(
      `  lpips pairs ${seconds(own)}, the loop over forward in Python ${seconds(pytorch)}, ratio ${ratio(own, pytorch)}`,
    );
    print(`  their distances differ by ${difference.toExponential(1)} (relative L2)`);
  }
}

/** Notes the turns of all sides. */
function note(recorder: BenchRecorder, what: string, times: Times): void {
  for (const [side, list] of Object.entries(times)) {
    recorder.row(`${what}: ${side}`, list, side === 'own' ? {} : { isCompetitor: true });
  }
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}

function ratio(own: number, pytorch: number): string {
  return (own / pytorch).toFixed(2);
}
