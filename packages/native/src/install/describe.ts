/**
 * @module
 * What commands print of an install. Every command that installs the backend says it in these words.
 */
import { checkRecord } from '../check-arguments.js';
import type { InstallOutcome, InstallProgress } from './install-native.js';
import type { RemoveOutcome } from './remove-native.js';

/** The steps of an install. */
export const STEP_LABELS: Readonly<Record<InstallProgress['step'], string>> = {
  package: 'adding the npm package',
  download: 'downloading TensorFlow',
  unpack: 'unpacking its library',
  cuda: 'downloading CUDA libraries',
  compile: 'compiling the binding',
  check: 'checking a convolution against WASM',
};

/**
 * What was installed, in lines.
 *
 * @throws NativeError unless it is what `installNative` gives
 */
export function describeInstall(outcome: InstallOutcome): string {
  const texts = ['state', 'folder', 'version', 'tensorflow', 'wheel', 'sha256'];
  checkRecord('describeInstall', 'outcome', outcome, texts);
  const { state, folder, version, tensorflow, wheel, sha256, bytes, difference } = outcome;
  const name = outcome.package;
  const lines = [
    `${state === 'present' ? 'already installed' : 'installed'}  ${name} ${version} on TensorFlow ${tensorflow}`,
    `where      ${folder}`,
    `size       ${megabytes(bytes)}`,
    `from       ${wheel}`,
    `sha256     ${sha256}`,
    `checked    a convolution differs from WASM's by ${difference.toExponential(1)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * What was removed, in one line.
 *
 * @throws NativeError unless it is what `removeNative` gives
 */
export function describeRemoval(outcome: RemoveOutcome): string {
  checkRecord('describeRemoval', 'outcome', outcome, ['folder', 'state']);
  const { folder, state } = outcome;
  return state === 'removed' ? `removed ${folder}\n` : `nothing to remove at ${folder}\n`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
