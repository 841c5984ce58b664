/**
 * @module
 * Suites on WebGPU in Node. They compute on SwiftShader, a device in software that Debian's Chromium brings, with its loader of
 * Vulkan. Where that or the npm package `webgpu` is missing they are skipped under a name that says so.
 *
 * `LPIPS_WEBGPU=required`, as in CI after the install, makes them fail instead. `LPIPS_WEBGPU=gpu` runs them on the device of
 * this machine. `LPIPS_SWIFTSHADER_DIR` names another folder with SwiftShader.
 */
import { existsSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from 'lpips-node';
import { describe } from 'vitest';
import { leaveOut } from './leave-out.js';

const FOLDER = process.env['LPIPS_SWIFTSHADER_DIR'] ?? '/usr/lib/chromium';
const DRIVER = join(FOLDER, 'vk_swiftshader_icd.json');
const LOADER = join(FOLDER, 'libvulkan.so.1');
const WISH = process.env['LPIPS_WEBGPU'];

/** Keeps a library in memory when it is closed, as in `dlfcn.h` of Linux. */
const RTLD_NODELETE = 0x1000;

/** Shaders are compiled by the processor here. */
const TIMEOUT_MS = 600_000;

/** What a process needs in its environment to compute on SwiftShader; with `LPIPS_WEBGPU=gpu` nothing. */
export const DEVICE_ENVIRONMENT: Readonly<Record<string, string>> =
  WISH === 'gpu' ? {} : { VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: FOLDER, XDG_RUNTIME_DIR: tmpdir() };

/**
 * A suite on WebGPU, which is the current backend while it is registered. It selects the backend itself before its tests.
 *
 * @param suite registers the tests
 */
export async function suiteOnWebGpu(name: string, suite: () => void): Promise<void> {
  const title = `${name}, on webgpu in Node`;
  const reason = await whyNoWebGpu();
  if (reason === undefined) {
    describe(title, { timeout: TIMEOUT_MS }, suite);
    return;
  }
  const isRequired = WISH === 'required' || WISH === 'gpu';
  leaveOut(title, { reason, isRequired, need: 'needs WebGPU in Node' });
}

async function whyNoWebGpu(): Promise<string | undefined> {
  if (WISH !== 'gpu') {
    if (!existsSync(DRIVER) || !existsSync(LOADER)) return `there is no SwiftShader in ${FOLDER}`;
    Object.assign(process.env, DEVICE_ENVIRONMENT);
    loadForLater(LOADER);
  }
  return await selectBackend('webgpu').then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/**
 * Loads a library, so that a later `dlopen` by its bare name finds it: the search path of a process that runs is fixed. Node
 * closes it again, since it is no addon, and then it stays.
 */
function loadForLater(library: string): void {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // "did not self-register": Node has looked for an addon in it
  }
}
