/**
 * @module
 * The backends of this device: TensorFlow.js's WebAssembly always, WebGL and WebGPU where the browser has them. A backend
 * is loaded when it is chosen, and checked against plain JavaScript before anything is measured on it.
 */
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import wasmSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import wasmThreadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { ready, setBackend } from '@tensorflow/tfjs-core';
import { checkBackend, LpipsError } from 'lpips-core';

setWasmPaths({
  'tfjs-backend-wasm.wasm': wasm,
  'tfjs-backend-wasm-simd.wasm': wasmSimd,
  'tfjs-backend-wasm-threaded-simd.wasm': wasmThreadedSimd,
});

export type BackendName = 'wasm' | 'webgl' | 'webgpu';

/** A backend, and why it cannot be chosen here. */
export interface BackendOffer {
  readonly name: BackendName;
  readonly title: string;
  /** Missing where it can be chosen. */
  readonly reason?: string;
}

/** A backend that runs. */
export interface RunningBackend {
  readonly name: BackendName;
  /** In words, such as "WebAssembly on 2 threads". */
  readonly title: string;
  /** What is wrong with its arithmetic, as a sentence. Missing where it computes as plain JavaScript does. */
  readonly warning?: string;
}

const TITLES: Readonly<Record<BackendName, string>> = {
  wasm: 'WebAssembly',
  webgl: 'WebGL',
  webgpu: 'WebGPU',
};

/** The backends in the order in which they are shown. */
export async function listBackends(): Promise<BackendOffer[]> {
  const offer = (name: BackendName, reason?: string): BackendOffer => ({
    name,
    title: TITLES[name],
    ...(reason !== undefined && { reason }),
  });
  return [offer('wasm'), offer('webgl', whyNoWebGl()), offer('webgpu', await whyNoWebGpu())];
}

/** A distance with a relative error up to this still orders pictures. */
const COARSE = 0.01;

/**
 * Makes a backend the one that computes.
 *
 * @param use training needs gradients, which some devices compute wrongly though their distances are right
 * @throws LpipsError where it does not start, or computes wrongly
 */
export async function startBackend(name: BackendName, use: 'compare' | 'train'): Promise<RunningBackend> {
  const reason = (await listBackends()).find((each) => each.name === name)?.reason;
  if (reason !== undefined) throw new LpipsError(`${TITLES[name]} cannot be used here: ${reason}.`);
  if (name === 'webgl') await import('@tensorflow/tfjs-backend-webgl');
  if (name === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await setBackend(name))) throw new LpipsError(`${TITLES[name]} does not start in this browser.`);
  await ready();
  const { ok, distanceError, sentence } = await checkBackend();
  if (!ok && (use === 'train' || !(distanceError <= COARSE))) throw new LpipsError(sentence);
  return { name, title: titleOf(name), ...(!ok && { warning: sentence }) };
}

function titleOf(name: BackendName): string {
  if (name !== 'wasm') return TITLES[name];
  const count = crossOriginIsolated ? getThreadsCount() : 1;
  return count > 1 ? `${TITLES.wasm} on ${count} threads` : TITLES.wasm;
}

function whyNoWebGl(): string | undefined {
  try {
    const context = new OffscreenCanvas(1, 1).getContext('webgl2');
    context?.getExtension('WEBGL_lose_context')?.loseContext();
    return context ? undefined : 'this browser offers no WebGL 2 to workers';
  } catch {
    return 'this browser has no canvas in workers';
  }
}

async function whyNoWebGpu(): Promise<string | undefined> {
  const missing = 'this browser has no WebGPU';
  if (!('gpu' in navigator)) return isSecureContext ? missing : `${missing} for pages without https`;
  const { gpu } = navigator as { gpu?: { requestAdapter: () => Promise<unknown> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter ? undefined : 'WebGPU finds no graphics device that it may use';
}
