/**
 * @module
 * Whether a native backend works: it computes a convolution in a process of its own, which WASM computes too.
 */
import { fileURLToPath } from 'node:url';
import { installedIn } from '../native-places.js';
import { TENSORFLOW_ENV } from '../tensorflow-environment.js';
import { faultLine, runTool } from './run-tool.js';

const PROCESS = fileURLToPath(new URL('./convolve-process.mjs', import.meta.url));
/** Two correct float32 convolutions differ by about 1e-7. */
const LARGEST_DIFFERENCE = 1e-5;

/** What a working backend reports. */
export interface NativeCheck {
  /** Version of TensorFlow's library. */
  readonly tensorflow: string;
  /** ‖native − wasm‖ / ‖wasm‖ of the convolution. */
  readonly difference: number;
}

/**
 * Runs the check.
 *
 * @param folder with the package in its node_modules; one that lies elsewhere is not loaded
 * @returns what the backend reports, or why it does not work: it does not load, crashes, or computes something else
 */
export async function checkNative(
  folder: string,
  packageName: string,
  signal?: AbortSignal,
): Promise<{ readonly check: NativeCheck } | { readonly fault: string }> {
  const path = installedIn(folder, packageName);
  if (path === undefined) return { fault: `there is no ${packageName} in ${folder}` };
  const result = await runTool(process.execPath, [PROCESS, path], {
    env: { ...TENSORFLOW_ENV, NODE_OPTIONS: '', NODE_PATH: '' },
    ...(signal && { signal }),
  });
  if (result === undefined) return { fault: 'no process could be started to check it' };
  if (result.killedBy !== null) return { fault: `${result.killedBy} ended the process that checked it` };
  if (result.code !== 0) return { fault: `its check failed with "${faultLine(result, /^Error:\s*/)}"` };
  const check = parse(result.out);
  if (!isCheck(check)) return { fault: `its check printed "${result.out.trim()}"` };
  if (!(check.difference <= LARGEST_DIFFERENCE)) {
    return { fault: `its convolution differs from WASM's by ${String(check.difference)}` };
  }
  return { check };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
