/**
 * @module
 * The `tfjs-native` command: installs the native backend, removes it, and says what is installed.
 */
import { readFile } from 'node:fs/promises';
import { NativeError, type NativeFault } from '../errors.js';
import { describeInstall, describeRemoval, megabytes } from '../install/describe.js';
import { installNative } from '../install/install-native.js';
import { type NativeStatus, nativeStatus } from '../install/native-status.js';
import { removeNative } from '../install/remove-native.js';
import { untilInterrupted } from '../interrupts.js';
import { DEFAULT_TENSORFLOW } from '../native-platform.js';
import { type Arguments, NAME, readArguments, UsageError } from './read-arguments.js';
import { showSteps, type Terminal } from './show-steps.js';

const HELP = `${NAME} <command>

TensorFlow.js in Node.js on a current TensorFlow.

  ${NAME} install   downloads 230 MB, compiles the binding, checks it
  ${NAME} status    what is installed, where, and whether it works
  ${NAME} remove    frees the space

  --gpu                  install, remove: TensorFlow with CUDA, for an NVIDIA device
  --tensorflow VERSION   install: version of TensorFlow (default ${DEFAULT_TENSORFLOW})
  --sha256 DIGEST        install: of the wheel, for a version whose digest is not pinned; with --gpu
                         those of CUDA's wheels behind it: DIGEST,NAME==VERSION:DIGEST
  --quiet                install: no progress
  --json                 one JSON object on stdout
  --help, --version

An install needs python3 with pip, a C++ compiler and npm. Everything is put in the folder that
TFJS_NATIVE_CACHE names, or in the platform's cache folder. Exit codes: 0 done, 1 failed, 2 wrong
usage, 4 not possible on this machine (a tool is missing, there is no network, or TensorFlow has no
library for the platform).
`;

const EXIT = { done: 0, failed: 1, usage: 2, impossible: 4 } as const;
const EXIT_OF_FAULT: Readonly<Record<NativeFault, number>> = {
  'wrong argument': EXIT.usage,
  'impossible here': EXIT.impossible,
  failed: EXIT.failed,
};

/**
 * Runs the command line.
 *
 * @param args without node and script
 * @returns the exit code; never throws
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let command = NAME;
  try {
    const options = readArguments(args);
    command = `${NAME} ${options.command}`;
    return await run(options, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.error(`${error.message}\n`);
      return EXIT.usage;
    }
    if (error instanceof NativeError) {
      terminal.error(`${error.asCommand(command)}\n`);
      return EXIT_OF_FAULT[error.fault];
    }
    terminal.error(`${command}: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  }
}

async function run(options: Arguments, terminal: Terminal): Promise<number> {
  switch (options.command) {
    case 'help':
      terminal.out(HELP);
      return EXIT.done;
    case 'version':
      terminal.out(`${await ownVersion()}\n`);
      return EXIT.done;
    case 'install': {
      const { device, tensorflow, sha256, json, quiet } = options;
      const steps = showSteps(terminal, quiet);
      const outcome = await untilInterrupted((signal) =>
        installNative({
          device,
          tensorflow,
          ...(sha256 !== undefined && { sha256 }),
          signal,
          onProgress: (progress) => steps.show(progress),
        }),
      ).finally(() => steps.stop());
      terminal.out(json ? asJson(outcome) : describeInstall(outcome));
      return EXIT.done;
    }
    case 'remove': {
      const outcome = await removeNative({ device: options.device });
      terminal.out(options.json ? asJson(outcome) : describeRemoval(outcome));
      return EXIT.done;
    }
    case 'status': {
      const installs = await untilInterrupted((signal) => nativeStatus({ signal }));
      terminal.out(options.json ? asJson({ installs }) : installs.map(describeStatus).join(''));
      return installs.some(({ state }) => state === 'broken') ? EXIT.failed : EXIT.done;
    }
  }
}

function describeStatus(status: NativeStatus): string {
  const label = status.device.padEnd(5);
  if (status.state === 'absent') return `${label} not installed\n`;
  const { tensorflow, bytes } = status.install;
  const what = `TensorFlow ${tensorflow}, ${megabytes(bytes)}, ${status.folder}`;
  switch (status.state) {
    case 'works':
      return `${label} works: ${what}\n`;
    case 'outdated':
      return `${label} works, but the binding is older than this package: ${what}\n`;
    case 'broken':
      return `${label} does not work, ${status.fault}: ${what}\n`;
  }
}

function asJson(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

async function ownVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
