/**
 * @module
 * WebGPU in Node, which has none of its own: Dawn, the implementation of Chromium, comes from the npm package `webgpu`, an
 * optional peer. TensorFlow.js's backend looks for it among the globals of a page, so they are put there before that backend
 * is loaded. A `navigator.gpu` that is there already is used as it is.
 *
 * Two things go wrong in silence or with an error of another kind, and are errors of ours here: reading at once, for which the
 * backend draws on a canvas, and what WebGPU tells by an event alone, such as a buffer beyond the limits of the device.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { cannot, printable, readsSynchronously } from 'lpips-core';
import { besideUs } from 'tfjs-native/beside-us';

/** The device that computes. */
export interface Adapter {
  /** Vendor, architecture, device and driver, as far as they are known. */
  readonly name: string;
  /** Whether it is a program on the CPU, such as SwiftShader. */
  readonly isCpu: boolean;
}

/** The part of WebGPU that is used here. */
interface Gpu {
  requestAdapter: (options: { powerPreference: 'high-performance' }) => Promise<GpuAdapter | null>;
}

interface GpuAdapter {
  readonly info: Readonly<Record<string, unknown>>;
}

/** What the package `webgpu` exports. */
interface Dawn {
  readonly create: (flags: readonly string[]) => Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

const guarded = new WeakSet<KernelBackend>();

const OWN_FILE = fileURLToPath(import.meta.url);
/** On Linux a GPU has one of these. Without a driver Dawn writes a warning of its own, so it is not asked in vain. */
const LINUX_DEVICES = ['/dev/dri', '/dev/nvidiactl', '/dev/kfd', '/dev/dxg'];

/**
 * Finds an adapter, and makes it what TensorFlow.js's WebGPU backend will find.
 *
 * @param acceptsCpu whether a program on the CPU will do; else only a GPU
 * @returns the adapter, or why there is none
 */
export async function offerWebGpu(acceptsCpu: boolean): Promise<Adapter | string> {
  const present = gpuOfNavigator();
  const dawn = present === undefined ? await loadDawn(acceptsCpu) : undefined;
  if (typeof dawn === 'string') return dawn;
  const gpu = present ?? dawn?.create([]);
  const found = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!gpu || !found) return 'WebGPU finds no device; on Linux it needs libvulkan.so.1 and a Vulkan driver';
  const adapter = describe(found);
  if (!acceptsCpu && adapter.isCpu) return `its device is the CPU (${adapter.name})`;
  if (dawn) install(dawn, gpu);
  return adapter;
}

/**
 * Makes a WebGPU backend that has started throw errors of ours. A second call changes nothing.
 *
 * - `dataSync()` of values that lie on the device throws an LpipsError.
 * - A computation that the device refused rejects the next `data()` with an LpipsError. Without this it gives zeros.
 */
export function refuseSilentFaults(current: KernelBackend): void {
  if (guarded.has(current)) return;
  guarded.add(current);
  if (!readsSynchronously()) refuseSynchronousReads(current);
  const device: unknown = Reflect.get(current, 'device');
  if (!hasListeners(device)) return;
  let fault: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault(); // else Dawn writes it to stderr
    const error: unknown = Reflect.get(event, 'error');
    fault ??= isObject(error) ? String(Reflect.get(error, 'message')) : 'an unknown fault';
  });
  const read = current.read.bind(current);
  current.read = async (dataId) => {
    const values = await read(dataId);
    if (fault === undefined) return values;
    const [why = ''] = fault.split('\n');
    fault = undefined;
    const advice = 'Make the images or the batch smaller.';
    throw cannot('webgpu', 'compute', printable(why.replace(/\.$/, '')), advice);
  };
}

function refuseSynchronousReads(current: KernelBackend): void {
  Reflect.set(current, 'hasReadSyncWarned', true); // what it would warn of is refused
  const readSync = current.readSync.bind(current);
  current.readSync = (dataId) => {
    try {
      return readSync(dataId); // gives values that still lie in the memory of the processor
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      const why = 'WebGPU in Node gives them asynchronously only';
      throw cannot('dataSync', 'read the values of a tensor', why, 'Use "await tensor.data()".');
    }
  };
}

/** Dawn, or why it cannot be loaded. */
async function loadDawn(acceptsCpu: boolean): Promise<Dawn | string> {
  const folder = besideUs('webgpu', OWN_FILE);
  if (folder === undefined) return 'Node.js has no WebGPU of its own; install the npm package "webgpu"';
  if (!acceptsCpu && process.platform === 'linux' && !LINUX_DEVICES.some((path) => existsSync(path))) {
    return 'this machine has no GPU';
  }
  const loaded: unknown = await import(pathToFileURL(createRequire(OWN_FILE).resolve(folder)).href);
  return isDawn(loaded)
    ? loaded
    : 'the npm package "webgpu" is of another kind; version 0.6.2 is known to work';
}

/** Puts Dawn among the globals. A `navigator` that Node has keeps its fields. */
function install({ globals }: Dawn, gpu: Gpu): void {
  Object.assign(globalThis, globals);
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  const own = { configurable: true, writable: true };
  if (isObject(navigator)) Object.defineProperty(navigator, 'gpu', { value: gpu, ...own });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, ...own });
}

function gpuOfNavigator(): Gpu | undefined {
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  const gpu: unknown = isObject(navigator) ? Reflect.get(navigator, 'gpu') : undefined;
  return isObject(gpu) && 'requestAdapter' in gpu ? (gpu as Gpu) : undefined;
}

function describe({ info }: GpuAdapter): Adapter {
  const parts = ['vendor', 'architecture', 'device', 'description'].map((key) => info[key]);
  const known = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  return {
    name: known.length === 0 ? 'a device without a name' : printable([...new Set(known)].join(', ')),
    isCpu: info['isFallbackAdapter'] === true,
  };
}

function isDawn(loaded: unknown): loaded is Dawn {
  return isObject(loaded) && 'create' in loaded && 'globals' in loaded;
}

function hasListeners(device: unknown): device is Pick<EventTarget, 'addEventListener'> {
  return isObject(device) && 'addEventListener' in device;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
