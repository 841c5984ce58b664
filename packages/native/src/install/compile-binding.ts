/**
 * @module
 * Compiles tfjs-node's binding against the wheel's library: its two C++ files, and ours in this package's folder `cpp`.
 * The binding uses only Node's stable C interface (Node-API 8). So the headers come from the npm package
 * `node-api-headers` instead of the Node sources that node-gyp would download, and one binding serves every version of
 * Node.js. TensorFlow's headers stay beside the binding: the tests and `npm run check:native` compile our files with them.
 */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMMANDS_DEFINE } from '../capture/binding-commands.js';
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
/** Files of tfjs-node. */
const BINDING_SOURCES = ['tfjs_backend', 'tfjs_binding'];
/** Our operations. */
export const OPERATION_SOURCES = [
  'activation',
  'activation-operations',
  'bilinear-gradient',
  'direct',
  'equation',
  'filter-gradient',
  'interleave',
  'keep-memory',
  'optimizers',
  'pooling',
  'unit-difference',
  'upsampling',
  'winograd',
];
/** Our files. */
const OWN_SOURCES = [...OPERATION_SOURCES, 'binding-commands', 'list-attributes'];
/** Without errno, loops over square roots run in vector registers. */
const COMPILE_FLAGS = ['-std=c++17', '-O3', '-ffp-contract=fast', '-fno-math-errno', '-fPIC', '-c'];
/** Raised when the binding changes, so that an install with an older one is replaced. */
export const BINDING_REVISION = 18;

type NativeLayout = ReturnType<typeof nativeLayout>;

/** Paths in a folder that npm installed `packageName` into. */
export function nativeLayout(folder: string, packageName: string) {
  const root = join(folder, 'node_modules', packageName);
  return {
    root,
    deps: join(root, 'deps'),
    include: join(root, 'deps', 'include'),
    library: join(root, 'deps', 'lib'),
    binding: join(root, 'lib', `napi-v${NODE_API_VERSION}`, 'tfjs_binding.node'),
    objects: join(root, 'build'),
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
  layout: NativeLayout,
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
 * Makes `tfjs_binding.node`.
 *
 * @throws NativeError with the compiler's first error
 */
export async function compileBinding(
  layout: NativeLayout,
  linking: Linking,
  compiler: string,
  signal?: AbortSignal,
): Promise<void> {
  const { root, include, library, binding, nodeHeaders, objects } = layout;
  await mkdir(join(binding, '..'), { recursive: true });
  await mkdir(objects);
  const defines = [`-DNAPI_VERSION=${NODE_API_VERSION}`, LIST_ATTRIBUTES_DEFINE, COMMANDS_DEFINE];
  const headers = systemHeaders([join(root, '..'), include, nodeHeaders]);
  const sources = BINDING_SOURCES.map((name) => join(root, 'binding', `${name}.cc`));
  const silently = ['-w', ...defines, ...headers, ...sources]; // these files are not ours
  await runCompiler(compiler, [...COMPILE_FLAGS, ...silently], objects, signal);
  await compileOwnSources(layout, compiler, objects, [], signal);
  const inputs = [...BINDING_SOURCES, ...OWN_SOURCES].map((name) => join(objects, `${name}.o`));
  const libraries = [`-L${library}`, '-ltensorflow', '-ltensorflow_framework', ...linking.flags];
  await runCompiler(compiler, ['-shared', ...inputs, '-o', binding, ...libraries], root, signal);
  await compileEnvironment(layout, linking, compiler, signal);
  await rm(objects, { recursive: true });
}

/** Makes `environment.node` beside the binding, which is loaded before TensorFlow's library and does not need it. */
async function compileEnvironment(
  { binding, nodeHeaders, root }: NativeLayout,
  linking: Linking,
  compiler: string,
  signal?: AbortSignal,
): Promise<void> {
  const source = fileURLToPath(new URL('../../cpp/environment.cc', import.meta.url));
  const flags = ['-std=c++17', '-O2', '-fPIC', '-Wall', '-Wextra', `-DNAPI_VERSION=${NODE_API_VERSION}`];
  const output = join(dirname(binding), 'environment.node');
  const args = [...flags, ...systemHeaders([nodeHeaders]), '-shared', source, '-o', output, ...linking.flags];
  await runCompiler(compiler, args, root, signal);
}

/**
 * Compiles our files into object files in `folder`, with warnings.
 *
 * @param flags more flags for the compiler
 * @throws NativeError with the compiler's first error
 */
export async function compileOwnSources(
  { include }: Pick<NativeLayout, 'include'>,
  compiler: string,
  folder: string,
  flags: readonly string[] = [],
  signal?: AbortSignal,
): Promise<void> {
  const sources = OWN_SOURCES.map((name) => fileURLToPath(new URL(`../../cpp/${name}.cc`, import.meta.url)));
  const warnings = ['-Wall', '-Wextra', ...flags];
  const args = [...COMPILE_FLAGS, ...warnings, ...systemHeaders([include]), ...sources];
  await runCompiler(compiler, args, folder, signal);
}

/** Flags for folders of headers. The compiler does not warn about what they hold. */
function systemHeaders(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => ['-isystem', folder]);
}

async function runCompiler(
  compiler: string,
  args: readonly string[],
  cwd: string,
  signal?: AbortSignal,
): Promise<void> {
  const result = await runTool(compiler, args, { cwd, ...(signal && { signal }) });
  if (result?.code === 0) return;
  const fault =
    result === undefined
      ? `there is no ${compiler}`
      : `${compiler} says "${faultLine(result, /^.*?\berror:\s*/)}"`;
  const advice = 'A C++17 compiler is needed, such as g++ 9.';
  throw cannot('installNative', 'compile the binding', fault, advice);
}
