/**
 * @module
 * Whether a native backend works: a real convolution on it, against the same on WASM.
 */
import { fileURLToPath } from 'node:url';
import { invalid } from '../errors.js';
import { TENSORFLOW_ENV } from '../load-native.js';
import { faultLine, runTool } from './run-tool.js';

const PROCESS = fileURLToPath(new URL('./convolve-process.mjs', import.meta.url));
/** Two correct float32 convolutions differ by about 1e-7. */
const LARGEST_DIFFERENCE = 1e-5;

/** What a working backend said of itself. */
export interface NativeCheck {
  /** Version of the library. */
  readonly tensorflow: string;
  /** ‖native − wasm‖ / ‖wasm‖ of a convolution. */
  readonly difference: number;
}

/**
 * @param folder with the package in its node_modules
 * @throws NativeError where it does not load, crashes, or computes something else
 */
export async function checkNative(
  folder: string,
  packageName: string,
  signal?: AbortSignal,
): Promise<NativeCheck> {
  const result = await runTool(process.execPath, [PROCESS, folder, packageName], {
    env: { ...TENSORFLOW_ENV, NODE_OPTIONS: '' },
    ...(signal && { signal }),
  });
  const refuse = (got: string) =>
    invalid(
      'backend install',
      'the convolution that WASM computes',
      packageName,
      got,
      'It was not installed.',
    );
  if (result === undefined) throw refuse('no process');
  if (result.killedBy !== null) throw refuse(`the signal ${result.killedBy}`);
  if (result.code !== 0) throw refuse(`the error "${faultLine(result, /^Error:\s*/)}"`);
  const check: unknown = JSON.parse(result.out);
  if (!isCheck(check)) throw refuse(result.out);
  if (!(check.difference <= LARGEST_DIFFERENCE)) throw refuse(`one that differs by ${check.difference}`);
  return check;
}

function isCheck(value: unknown): value is NativeCheck {
  return (
    typeof value === 'object' &&
    value !== null &&
    'tensorflow' in value &&
    typeof value.tensorflow === 'string' &&
    'difference' in value &&
    typeof value.difference === 'number'
  );
}
