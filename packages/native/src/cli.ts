#!/usr/bin/env node
/**
 * @module
 * The `tfjs-native` command: installs the native backend, and removes it. Exit codes: 0 done, 1 failed, 2 wrong usage,
 * 4 not possible on this machine.
 */
import { parseArgs } from 'node:util';
import { NativeError } from './errors.js';
import { type InstallProgress, installNative, removeNative } from './install/install-native.js';
import { DEFAULT_TENSORFLOW, type Device } from './native-platform.js';

const HELP = `tfjs-native install [--gpu] [--tensorflow VERSION]   downloads, compiles and checks the native backend
tfjs-native remove [--gpu]                            frees its space

  --gpu          TensorFlow with CUDA, for an NVIDIA device
  --tensorflow   version of TensorFlow (default ${DEFAULT_TENSORFLOW})
  --help         this text

Everything lies in the folder that TFJS_NATIVE_CACHE names, else in the platform's cache folder.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), 2);
  }
  const { command, help, device, tensorflow } = options;
  if (help || command === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    if (command === 'remove') {
      const { folder, state } = await removeNative({ device });
      process.stdout.write(state === 'removed' ? `removed ${folder}\n` : `nothing to remove at ${folder}\n`);
      return 0;
    }
    if (command !== 'install') return fail(`expected install or remove, got "${command}". Add --help.`, 2);
    const {
      folder,
      state,
      tensorflow: version,
    } = await installNative({
      device,
      tensorflow,
      onProgress: tellSteps(),
    });
    const done = state === 'present' ? 'already installed' : 'installed';
    process.stdout.write(`${done}: TensorFlow ${version} in ${folder}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    return fail(error.message, error.fault === 'impossible here' ? 4 : 1);
  }
}

function readOptions(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      gpu: { type: 'boolean', default: false },
      tensorflow: { type: 'string', default: DEFAULT_TENSORFLOW },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const device: Device = values.gpu ? 'gpu' : 'cpu';
  return { command: positionals[0], help: values.help, device, tensorflow: values.tensorflow };
}

function tellSteps(): (progress: InstallProgress) => void {
  let last: InstallProgress['step'] | undefined;
  return ({ step }) => {
    if (step !== last) process.stderr.write(`${step}\n`);
    last = step;
  };
}

function fail(sentence: string, code: number): number {
  process.stderr.write(`tfjs-native: ${sentence}\n`);
  return code;
}
