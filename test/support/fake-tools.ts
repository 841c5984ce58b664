/**
 * @module
 * Stand-ins for python3, npm and the compiler, so that every outcome of an install is tested in seconds and offline.
 * They make a package whose backend is the JavaScript one under the name `tensorflow`, and a wheel of a few bytes.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { vi } from 'vitest';
import { zipOf } from './zip-bytes.js';

const require = createRequire(import.meta.url);
const TFJS = require.resolve('@tensorflow/tfjs');
const BACKEND_CPU = require.resolve('@tensorflow/tfjs-backend-cpu');

/** What each fake does; `'missing'`: there is no such program. */
export interface FakeTools {
  python3?: 'works' | 'missing' | 'has no pip' | 'hangs' | 'copies slowly' | keyof typeof PIP_ERRORS;
  npm?: 'works' | 'missing' | keyof typeof NPM_ERRORS;
  compiler?: 'works' | 'missing' | 'fails';
  /** What the compiled backend does. */
  backend?: 'works' | 'miscalculates' | 'crashes' | 'throws';
  /** Whether the wheel holds TensorFlow's library. */
  wheel?: 'whole' | 'empty' | 'damaged';
}

/** Not the default version, whose digest is pinned. */
export const FAKE_TENSORFLOW = '2.99.0';

const PIP_ERRORS = {
  'finds no version':
    'ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.99.0 (from versions: 2.18.1)',
  'has no network': 'WARNING: Retrying (Retry(total=4)) after connection broken by NewConnectionError()',
  'gets another file': `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n  Got        ${'ab'.repeat(32)}`,
  'has a full disk':
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
} as const;

const NPM_ERRORS = {
  'has no network': 'npm error code ENOTFOUND',
  'finds no version': 'npm error code ETARGET\nnpm error notarget No matching version found.',
  'gets another package': 'npm error code EINTEGRITY\nnpm error sha512-… integrity checksum failed',
} as const;

/** The sha256 of the wheel that the fake of pip brings. */
export function fakeDigest(wheel: FakeTools['wheel'] = 'whole'): string {
  return createHash('sha256').update(fakeWheel(wheel)).digest('hex');
}

/** Puts the fakes, and nothing else, on PATH until `vi.unstubAllEnvs()`. */
export async function fakeTools(folder: string, tools: FakeTools = {}): Promise<void> {
  const { python3 = 'works', npm = 'works', compiler = 'works', backend = 'works', wheel = 'whole' } = tools;
  const bin = join(folder, 'bin');
  await rm(bin, { recursive: true, force: true });
  await mkdir(bin, { recursive: true });
  await writeFile(join(folder, 'fake.whl'), fakeWheel(wheel));
  await writeFile(join(folder, 'tfjs-node.js'), fakePackage(backend));
  await writeFile(join(folder, 'tfjs.js'), SECOND_COPY);
  const script = async (name: string, lines: readonly string[]) => {
    const log = `echo "${name} $*" >> '${join(folder, 'calls')}'`;
    await writeFile(join(bin, name), ['#!/bin/sh', log, ...lines, ''].join('\n'));
    await chmod(join(bin, name), 0o755);
  };
  if (python3 !== 'missing') await script('python3', pythonLines(folder, python3));
  if (npm !== 'missing') await script('npm', npmLines(folder, npm));
  if (compiler !== 'missing') await script('c++', compilerLines(compiler));
  vi.stubEnv('PATH', bin);
  vi.stubEnv('CXX', undefined);
}

/** Every call of a fake since the folder was made, except those that ask for a version. */
export async function callsOf(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '' && !line.endsWith('--version'));
}

function pythonLines(folder: string, kind: Exclude<FakeTools['python3'], undefined | 'missing'>): string[] {
  const pip = `[ "$2" = pip ] && [ "$3" = --version ] && exit ${kind === 'has no pip' ? 1 : 0}`;
  const start = ['[ "$1" = --version ] && exit 0', pip];
  if (kind === 'hangs') return [...start, 'exec /bin/sleep 600'];
  if (kind in PIP_ERRORS) {
    const message = PIP_ERRORS[kind as keyof typeof PIP_ERRORS];
    return [...start, `echo '${message}' >&2`, 'exit 1'];
  }
  const copies = ['/bin/cp "$dest"/*.whl "$TMPDIR"', '/bin/sleep 1']; // as pip does, which is seen while it lasts
  const name = (version: string) => `tensorflow_cpu-${version}-cp311-cp311-manylinux_2_17_x86_64.whl`;
  return [
    ...start,
    'for word in "$@"; do [ "$before" = --dest ] && dest=$word; before=$word; done',
    ...[FAKE_TENSORFLOW, '2.18.1'].map(
      (version) => `/bin/cp '${join(folder, 'fake.whl')}' "$dest/${name(version)}"`,
    ),
    ...(kind === 'copies slowly' ? copies : []),
  ];
}

function npmLines(folder: string, kind: 'works' | keyof typeof NPM_ERRORS): string[] {
  const start = ['[ "$1" = --version ] && exit 0'];
  if (kind !== 'works') return [...start, `echo '${NPM_ERRORS[kind]}' >&2`, 'exit 1'];
  const manifest = (name: string, main: string) => `'{"name":"${name}","version":"4.22.0","main":"${main}"}'`;
  return [
    ...start,
    'at=node_modules/@tensorflow',
    '/bin/mkdir -p $at/tfjs-node/dist $at/tfjs-node/binding $at/tfjs/dist $at/tfjs-core/dist node_modules/node-api-headers/include',
    `echo ${manifest('@tensorflow/tfjs-node', 'dist/index.js')} > $at/tfjs-node/package.json`,
    `echo ${manifest('@tensorflow/tfjs', 'dist/tf.node.js')} > $at/tfjs/package.json`,
    `echo ${manifest('@tensorflow/tfjs-core', 'dist/tf-core.node.js')} > $at/tfjs-core/package.json`,
    `/bin/cp '${join(folder, 'tfjs.js')}' $at/tfjs-core/dist/tf-core.node.js`,
    `/bin/cp '${join(folder, 'tfjs-node.js')}' $at/tfjs-node/dist/index.js`,
    `/bin/cp '${join(folder, 'tfjs.js')}' $at/tfjs/dist/tf.node.js`,
    'echo "for browsers" > $at/tfjs/dist/tf.min.js',
  ];
}

function compilerLines(kind: 'works' | 'fails'): string[] {
  const start = ['[ "$1" = --version ] && exit 0'];
  if (kind === 'fails') {
    return [...start, 'echo "tfjs_backend.cc:26:10: fatal error: c_api.h: No such file" >&2', 'exit 1'];
  }
  return [...start, 'for word in "$@"; do [ "$before" = -o ] && : > "$word"; before=$word; done', 'exit 0'];
}

function fakeWheel(kind: 'whole' | 'empty' | 'damaged'): Uint8Array {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const library = [
    { name: 'tensorflow/libtensorflow_cc.so.2', data: bytes('library'), isDeflated: true },
    { name: 'tensorflow/libtensorflow_framework.so.2', data: bytes('framework') },
  ];
  const archive = zipOf([
    ...(kind === 'empty' ? [] : library),
    { name: 'tensorflow/include/tensorflow/c/c_api.h', data: bytes('header') },
    { name: 'tensorflow/python/eager.py', data: bytes('not needed') },
  ]);
  return kind === 'damaged' ? archive.slice(0, archive.length - 30) : archive;
}

/** tfjs-node as this project uses it: it registers and starts the backend `tensorflow`. */
function fakePackage(kind: NonNullable<FakeTools['backend']>): string {
  const lines = [
    `const tf = require('@tensorflow/tfjs');`,
    `if (tf.Tensor !== require('@tensorflow/tfjs-core').Tensor) throw new Error('two copies');`,
    `const { MathBackendCPU } = require(${JSON.stringify(BACKEND_CPU)});`,
    `class Native extends MathBackendCPU { binding = { TF_Version: '${FAKE_TENSORFLOW}' }; }`,
    `tf.copyRegisteredKernels('cpu', 'tensorflow');`,
    `tf.registerBackend('tensorflow', () => new Native(), 3);`,
    `tf.setBackend('tensorflow');`,
    `module.exports = tf;`,
  ];
  if (kind === 'throws') lines.push(`throw new Error('no such symbol');`);
  if (kind === 'crashes') lines.push(`process.kill(process.pid, 'SIGILL');`);
  if (kind === 'miscalculates') {
    lines.push(
      `const { kernelFunc } = tf.getKernel('FusedConv2D', 'cpu');`,
      `tf.unregisterKernel('FusedConv2D', 'tensorflow');`,
      `tf.registerKernel({ kernelName: 'FusedConv2D', backendName: 'tensorflow', kernelFunc: (call) => {`,
      `  const result = kernelFunc(call);`,
      `  call.backend.data.get(result.dataId).values[0] += 100;`,
      `  return result;`,
      `} });`,
    );
  }
  return lines.join('\n');
}

/** The package's own TensorFlow.js, which leaves a trace when it is loaded. */
const SECOND_COPY = `globalThis.secondCopies = (globalThis.secondCopies ?? 0) + 1;
module.exports = require(${JSON.stringify(TFJS)});`;
