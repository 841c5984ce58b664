/**
 * @module
 * Compiles tfjs-node's binding against the wheel's library: its two C++ files, and ours in this package's
 * folder `native`. It uses Node's stable C interface alone (Node-API 8), so the headers come from the npm package
 * `node-api-headers` instead of the Node sources that node-gyp would download, and one binding serves every Node.js
 * version.
 */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cannot } from '../errors.js';
import { LIST_ATTRIBUTES_DEFINE } from '../kernels/list-attributes.js';
import type { Linking } from '../native-platform.js';
import { ANOTHER_VERSION } from './fetch-wheel.js';
import { faultLine, runTool } from './run-tool.js';
import { type UnpackOptions, unpackWheel } from './unpack-wheel.js';

/** Version of Node-API, which names the binding's folder too. */
const NODE_API_VERSION = 8;

const HEADERS = [
  'tensorflow/c/',
  'tensorflow/core/common_runtime/next_pluggable_device/c/', // included by tensorflow/c/kernels.h
  'tensorflow/core/platform/',
  'tsl/',
  'xla/tsl/',
];
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
/** Ours, compiled with them. */
const ADDITIONS = ['direct.cc', 'equation.cc', 'keep-memory.cc', 'list-attributes.cc', 'winograd.cc'].map(
  (name) => fileURLToPath(new URL(`../../cpp/${name}`, import.meta.url)),
);
/** Raised when the binding changes, so that an older install is made anew. */
export const BINDING_REVISION = 6;

/** Where things lie in a folder that npm installed `packageName` into. */
export function nativeLayout(folder: string, packageName: string) {
  const root = join(folder, 'node_modules', packageName);
  return {
    root,
    deps: join(root, 'deps'),
    include: join(root, 'deps', 'include'),
    library: join(root, 'deps', 'lib'),
    binding: join(root, 'lib', `napi-v${NODE_API_VERSION}`, 'tfjs_binding.node'),
    nodeHeaders: join(folder, 'node_modules', 'node-api-headers', 'include'),
  };
}

/**
 * Takes TensorFlow's library and the headers that the binding needs out of the wheel.
 *
 * @throws NativeError where the wheel holds no such library
 */
export async function unpackLibrary(
  wheel: string,
  layout: ReturnType<typeof nativeLayout>,
  linking: Linking,
  options: UnpackOptions = {},
): Promise<void> {
  const { library, framework, libraryLink, frameworkLink } = linking;
  const choose = (name: string): string | undefined => {
    if (name === `tensorflow/${library}`) return `lib/${library}`;
    if (name === `tensorflow/${framework}`) return `lib/${framework}`;
    const header = name.startsWith('tensorflow/include/') ? name.slice('tensorflow/include/'.length) : '';
    return HEADERS.some((start) => header.startsWith(start)) ? `include/${header}` : undefined;
  };
  const names = await unpackWheel(wheel, layout.deps, choose, options);
  for (const needed of [`tensorflow/${library}`, `tensorflow/${framework}`]) {
    if (names.includes(needed)) continue;
    throw cannot('installNative', `unpack ${wheel}`, `it holds no ${needed}`, ANOTHER_VERSION);
  }
  await symlink(library, join(layout.library, libraryLink));
  if (frameworkLink !== framework) await symlink(framework, join(layout.library, frameworkLink));
}

/**
 * Makes `tfjs_binding.node`, and deletes the headers that it took.
 *
 * @throws NativeError with the compiler's first error
 */
export async function compileBinding(
  layout: ReturnType<typeof nativeLayout>,
  linking: Linking,
  compiler: string,
  signal?: AbortSignal,
): Promise<void> {
  const { root, include, library, binding, nodeHeaders } = layout;
  await mkdir(join(binding, '..'), { recursive: true });
  const language = ['-std=c++17', '-O3', '-ffp-contract=fast', '-fPIC', '-shared', '-w'];
  const defines = [`-DNAPI_VERSION=${NODE_API_VERSION}`, LIST_ATTRIBUTES_DEFINE];
  const headers = [join(root, '..'), include, nodeHeaders].map((path) => `-I${path}`);
  const sources = [...SOURCES.map((name) => join(root, 'binding', name)), ...ADDITIONS];
  const libraries = [`-L${library}`, '-ltensorflow', '-ltensorflow_framework'];
  const args = language.concat(defines, headers, sources, ['-o', binding], libraries, linking.flags);
  const result = await runTool(compiler, args, { cwd: root, ...(signal && { signal }) });
  if (result?.code !== 0) {
    const fault = result === undefined ? 'no such program' : faultLine(result, /^.*?\berror:\s*/);
    const advice = 'A C++17 compiler is needed, such as g++ 9.';
    throw cannot('installNative', 'compile the binding', `${compiler} says "${fault}"`, advice);
  }
  await rm(include, { recursive: true });
}
