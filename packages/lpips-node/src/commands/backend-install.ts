/**
 * @module
 * `lpips backend install`: the native backend of tfjs-native, in the cache folder.
 */
import { DEFAULT_TENSORFLOW, type Device } from 'tfjs-native';
import {
  describeInstall,
  describeRemoval,
  type InstallProgress,
  installNative,
  NativeError,
  type NativeFault,
  removeNative,
  STEP_LABELS,
} from 'tfjs-native/install';
import { untilInterrupted } from 'tfjs-native/interrupts';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { jsonOption, quietOption } from '../command-line/flags.js';
import { type Progress, startProgress, type Terminal } from '../command-line/terminal.js';
import { jsonTail } from './report.js';

/** The options of `lpips backend install`. */
export interface InstallArguments {
  readonly gpu: boolean;
  readonly remove: boolean;
  readonly tensorflow: string;
  readonly sha256: string | undefined;
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
    .option('sha256', {
      describe:
        'of the wheel of TensorFlow, for a version whose digest is not pinned; with --gpu those of CUDA behind it: ' +
        'DIGEST,NAME==VERSION:DIGEST',
      string: true,
      requiresArg: true,
    })
    .option('quiet', quietOption)
    .option('json', jsonOption)
    .example('lpips backend install', 'downloads 230 MB, compiles, checks; "auto" then takes it')
    .example('lpips backend install --remove', 'frees the space')
    .epilogue(
      'An install needs python3 with pip, a C++ compiler and npm. Everything is put in the cache folder ' +
        '(TFJS_NATIVE_CACHE or LPIPS_CACHE names another); node_modules are not touched. Exit codes: 0 done, ' +
        '1 failed, 2 wrong usage, 4 not possible on this machine (a tool is missing, there is no network, or TensorFlow has no ' +
        'library for the platform).',
    );
}

/** Installs or removes, and says what it did. */
export async function runBackendInstall(options: InstallArguments, terminal: Terminal): Promise<ExitCode> {
  const { remove, tensorflow, sha256, quiet, json } = options;
  const device: Device = options.gpu ? 'gpu' : 'cpu';
  const steps = showSteps(terminal, quiet);
  try {
    if (remove) {
      const outcome = await removeNative({ device });
      terminal.out(json ? asJson(outcome) : describeRemoval(outcome));
    } else {
      const outcome = await untilInterrupted((signal) =>
        installNative({
          device,
          tensorflow,
          ...(sha256 !== undefined && { sha256 }),
          signal,
          onProgress: (progress) => steps.show(progress),
        }),
      );
      steps.stop();
      terminal.out(json ? asJson(outcome) : describeInstall(outcome));
    }
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    steps.stop();
    terminal.error(`${error.asCommand('lpips backend install')}\n`);
    return EXIT_OF_FAULT[error.fault];
  } finally {
    steps.stop();
  }
}

const EXIT_OF_FAULT: Readonly<Record<NativeFault, ExitCode>> = {
  'wrong argument': EXIT.usage,
  'impossible here': EXIT.impossible,
  failed: EXIT.failed,
};

/** A label for each step, and a bar for those that count bytes. */
function showSteps(terminal: Terminal, quiet: boolean) {
  let step: InstallProgress['step'] | undefined;
  let bar: Progress | undefined;
  return {
    show(progress: InstallProgress): void {
      if (progress.step !== step) {
        bar?.stop();
        step = progress.step;
        if (!quiet) terminal.error(`${STEP_LABELS[step]}\n`);
        bar = startProgress(terminal, ' ', progress.totalBytes ?? 0, { unit: 'bytes', quiet });
      }
      if (progress.bytes !== undefined) bar?.update(progress.bytes, progress.totalBytes ?? progress.bytes);
    },
    stop(): void {
      bar?.stop();
    },
  };
}

function asJson(outcome: object): string {
  return `${JSON.stringify({ ...outcome, ...jsonTail() })}\n`;
}
