/**
 * @module
 * `lpips backend install`: TensorFlow's own library as a backend, in the cache folder.
 */
import { DEFAULT_TENSORFLOW, type Device } from 'tfjs-native';
import {
  type InstallOutcome,
  type InstallProgress,
  installNative,
  NativeError,
  removeNative,
} from 'tfjs-native/install';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { untilInterrupted } from '../command-line/interrupts.js';
import { type Progress, startProgress, type Terminal } from '../command-line/terminal.js';
import { jsonTail } from './report.js';

/** What `lpips backend install` was asked. */
export interface InstallArguments {
  readonly gpu: boolean;
  readonly remove: boolean;
  readonly tensorflow: string;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Options and help of `lpips backend install`. */
export function backendInstallOptions<Options>(parser: Argv<Options>) {
  return parser
    .option('gpu', {
      describe: 'TensorFlow with CUDA, for an NVIDIA device (not tried on one yet)',
      boolean: true,
      default: false,
    })
    .option('remove', { describe: 'undo an install', boolean: true, default: false })
    .option('tensorflow', {
      describe: 'version of TensorFlow',
      string: true,
      requiresArg: true,
      default: DEFAULT_TENSORFLOW,
    })
    .option('quiet', { describe: 'no progress, no notes', boolean: true, default: false })
    .option('json', { describe: 'one JSON object on stdout', boolean: true, default: false })
    .example('lpips backend install', 'downloads 230 MB, compiles, checks; "auto" then takes it')
    .example('lpips backend install --remove', 'frees the space')
    .epilogue(
      'Needs python3 with pip, a C++ compiler and npm. Everything lies in the cache folder (LPIPS_CACHE names ' +
        'another); node_modules stay as they are.',
    );
}

/** Installs or removes, and says what it did. */
export async function runBackendInstall(options: InstallArguments, terminal: Terminal): Promise<ExitCode> {
  const device: Device = options.gpu ? 'gpu' : 'cpu';
  if (options.remove) {
    const { folder, state } = await removeNative({ device });
    if (options.json) terminal.out(`${JSON.stringify({ state, folder, ...jsonTail() })}\n`);
    else terminal.out(state === 'removed' ? `removed ${folder}\n` : `nothing to remove at ${folder}\n`);
    return EXIT.done;
  }
  const steps = showSteps(terminal, options.quiet);
  try {
    const { tensorflow } = options;
    const outcome = await untilInterrupted((signal) =>
      installNative({ device, tensorflow, signal, onProgress: (progress) => steps.show(progress) }),
    );
    steps.stop();
    if (options.json) terminal.out(`${JSON.stringify({ ...outcome, ...jsonTail() })}\n`);
    else terminal.out(describe(outcome));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    steps.stop();
    terminal.error(`${error.message}\n`);
    return error.fault === 'impossible here' ? EXIT.impossible : EXIT.failed;
  } finally {
    steps.stop();
  }
}

const LABELS: Record<InstallProgress['step'], string> = {
  package: 'adding the npm package',
  download: 'downloading TensorFlow',
  unpack: 'unpacking its library',
  cuda: 'downloading CUDA libraries',
  compile: 'compiling the binding',
  check: 'checking a convolution against WASM',
};

/** One bar after another for steps that count bytes; the others are named. */
function showSteps(terminal: Terminal, quiet: boolean) {
  let step: InstallProgress['step'] | undefined;
  let bar: Progress | undefined;
  return {
    show(progress: InstallProgress): void {
      if (progress.step !== step) {
        bar?.stop();
        step = progress.step;
        if (!quiet) terminal.error(`${LABELS[step]}\n`);
        bar = startProgress(terminal, ' ', progress.totalBytes ?? 0, { unit: 'bytes', quiet });
      }
      if (progress.bytes !== undefined) bar?.update(progress.bytes, progress.totalBytes ?? progress.bytes);
    },
    stop(): void {
      bar?.stop();
    },
  };
}

function describe(outcome: InstallOutcome): string {
  const { state, folder, version, tensorflow, wheel, sha256, bytes, difference } = outcome;
  const name = outcome.package;
  const lines = [
    `${state === 'present' ? 'already installed' : 'installed'}  ${name} ${version} on TensorFlow ${tensorflow}`,
    `where      ${folder}`,
    `size       ${(bytes / 1e6).toFixed(0)} MB`,
    `from       ${wheel}`,
    `sha256     ${sha256}`,
    `checked    a convolution differs from WASM's by ${difference.toExponential(1)}`,
  ];
  return `${lines.join('\n')}\n`;
}
