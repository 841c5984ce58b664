/**
 * @module
 * `npm run check:gpu`: whoever has a GPU runs it once and sends in the report. It installs what the way to the GPU needs, compares
 * the device with the built-in case, with the goldens and with WASM, trains some steps, and measures.
 */
import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { choice, path, toggle } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import { cannot, checkBackend } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { type Terminal, UsageError } from 'lpips-node/command-line';
import { checkOutput, writeAtomically } from 'lpips-node/files';
import { describeBackend, describeMachine } from '../src/machine.js';
import { compareWith } from './compare.js';
import { install, nvidiaDevices, softwareEnvironment, startDevice, WAYS } from './device.js';
import { runGoldens } from './goldens.js';
import { measure, type Workload } from './measure.js';

const ON_A_GPU: Workload = {
  nets: ['lite', 'alex', 'vgg'],
  shapes: [
    [1, 256],
    [8, 64],
  ],
  patches: [8, 64],
  steps: 20,
  rounds: 9,
};
/** A device in software compiles shaders for seconds. */
const IN_SOFTWARE: Workload = { nets: ['lite'], shapes: [[1, 32]], patches: [1, 32], steps: 3, rounds: 1 };

const flags = {
  way: choice('NAME', 'the way to the GPU; tensorflow is CUDA, on Linux with an NVIDIA GPU', WAYS, 'webgpu'),
  out: path('FILE', 'where the report goes', 'gpu-report.json'),
  software: toggle('computes on a device in software, to try this check where there is no GPU'),
};

await startProgram({
  name: 'check:gpu',
  about: `Checks LPIPS on this machine's GPU, and writes a report to send in: the device, its results beside the official code's and WASM's, some
steps of training, and times. Takes some minutes. It installs the npm package webgpu in packages/node_modules (51 MB to download), or for
tensorflow TensorFlow with CUDA in the cache folder (4 GB). Nothing is sent.`,
  flags,
  bare: ['way'],
  run,
});

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const { way, out, software } = options;
  if (software && way !== 'webgpu') throw new UsageError('expected webgpu with --software, got tensorflow.');
  await checkOutput(out, []);
  install(way);
  if (software) {
    const env = softwareEnvironment();
    if (process.env['LD_LIBRARY_PATH'] !== env['LD_LIBRARY_PATH']) return runAgain(env);
  }
  const print = (line: string) => terminal.out(`${line}\n`);
  const device = await startDevice(way, software);
  const nvidia = nvidiaDevices();
  print(`${describeMachine()}; ${process.platform} ${release()}`);
  print(`${device}${nvidia.length > 0 ? ` (${nvidia.join('; ')})` : ''}`);
  const check = await checkBackend();
  print(check.sentence);

  const work = software ? IN_SOFTWARE : ON_A_GPU;
  const measured = await measure(work);
  await selectBackend('wasm');
  const compared = compareWith(await measure(work), measured);
  print(`\nBeside ${describeBackend('wasm')}; medians of ${work.rounds}:\n`);
  print('| | distance is off by | gradient | forward | WASM | with gradient | WASM |');
  print('|---|---|---|---|---|---|---|');
  for (const row of compared.cases) {
    const times = [row.forwardMs, row.wasm.forwardMs, row.gradientMs, row.wasm.gradientMs].map(milliseconds);
    print(
      `| ${row.title} | ${[...[row.distanceError, row.gradientError].map(exponential), ...times].join(' | ')} |`,
    );
  }
  const { title, lossError, stepMs, wasmStepMs } = compared.training;
  print(
    `\n${title}: ${milliseconds(stepMs)}, WASM ${milliseconds(wasmStepMs)}; losses are off by ${exponential(lossError)}`,
  );

  const goldens = await runGoldens(way, software);
  const isSound = typeof goldens === 'string' || goldens.failed === 0;
  print(
    typeof goldens === 'string'
      ? `The goldens of the official code were not run: ${goldens}.`
      : `Goldens of the official code: ${goldens.passed} passed, ${goldens.failed} failed.`,
  );

  const { cases, training } = compared;
  const ok = check.ok && compared.ok && isSound;
  const machine = { name: describeMachine(), platform: process.platform, release: release(), nvidia };
  const report = { way, software, ok, device, machine, check, cases, training, goldens };
  await writeAtomically(out, `${JSON.stringify(report, undefined, 2)}\n`);
  print(`\nThe report:\n${out}`);
  if (ok) return;
  const advice = 'Send in the report, and compute on another backend until then.';
  throw cannot('device', 'be trusted', 'its results differ by more than rounding', advice);
}

/** The same command in an environment that a process must begin with. */
function runAgain(env: NodeJS.ProcessEnv): void {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function exponential(value: number): string {
  return value.toExponential(1);
}
