/**
 * @module
 * The device that is checked: what it needs is installed, its backend is started, and it must be a GPU.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cannot } from 'lpips-core';
import { selectBackend } from 'lpips-node';
import { findNative } from 'tfjs-native';
import { besideUs } from 'tfjs-native/beside-us';

/** The ways to a GPU: WebGPU, and TensorFlow with CUDA. */
export const WAYS = ['webgpu', 'tensorflow'] as const;
export type Way = (typeof WAYS)[number];

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LPIPS_NODE = fileURLToPath(import.meta.resolve('lpips-node'));
const NO_GPU =
  'Run it on a machine with a GPU and its driver; --software tries the check itself, on the CPU.';

/** The environment in which WebGPU finds SwiftShader, a device in software that Debian's Chromium brings. */
export function softwareEnvironment(): NodeJS.ProcessEnv {
  const folder = process.env['LPIPS_SWIFTSHADER_DIR'] ?? '/usr/lib/chromium';
  const driver = join(folder, 'vk_swiftshader_icd.json');
  if (!existsSync(driver)) {
    const advice = 'Install Chromium, or name a folder that has it in LPIPS_SWIFTSHADER_DIR.';
    throw cannot('--software', 'start SwiftShader', `there is no ${driver}`, advice);
  }
  return { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: folder, XDG_RUNTIME_DIR: tmpdir() };
}

/** Installs what a way to the GPU needs, unless it is there. */
export function install(way: Way): void {
  if (way === 'webgpu') {
    if (besideUs('webgpu', LPIPS_NODE) === undefined) npm(['run', '--silent', 'setup:webgpu']);
  } else if (findNative('gpu').length === 0) {
    const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('lpips-node')));
    runOrThrow(process.execPath, [cli, 'backend', 'install', '--gpu']);
  }
}

/** npm by its JavaScript where it runs this program: on Windows it is a script that only a shell can start. */
function npm(args: readonly string[]): void {
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('js') === true) runOrThrow(process.execPath, [cli, ...args]);
  else runOrThrow('npm', args);
}

function runOrThrow(command: string, args: readonly string[]): void {
  // stdout is left to the report of the check.
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  const why = error?.message ?? 'its message stands above';
  throw cannot('install', `run ${[command, ...args].join(' ')}`, why, 'Mend that, and run it again.');
}

/**
 * Starts the backend.
 *
 * @returns its package and device, in words
 * @throws LpipsError where it does not start, or where its device is no GPU and `isSoftware` is false
 */
export async function startDevice(way: Way, isSoftware: boolean): Promise<string> {
  const { tried } = await selectBackend(way).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw cannot('device', 'find a GPU', why.replace(/\.$/, ''), NO_GPU);
  });
  const { name, version, library, adapter } = tried.at(-1) ?? {};
  const device = `${name} ${version}, ${adapter?.name ?? library}`;
  const isGpu = way === 'webgpu' ? adapter?.isCpu === false : library?.endsWith('on a GPU') === true;
  if (!isGpu && !isSoftware) throw cannot('device', 'find a GPU', `${way} computes on ${device}`, NO_GPU);
  return device;
}

/** Names and drivers of NVIDIA's GPUs, where their tool is installed. */
export function nvidiaDevices(): string[] {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n') : [];
}
