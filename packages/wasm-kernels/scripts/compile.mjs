/**
 * Compiles `assembly/` of this package and of lpips-search to WebAssembly, and writes the results into modules under their
 * `src/compiled/`. There the bytes stand as text, so that Node, bundlers and workers load them as any other module. What has not
 * changed is not compiled again.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const kernels = join(dirname(fileURLToPath(import.meta.url)), '..');
const search = join(kernels, '../search');

/** Memory that threads share. The pages of 64 KiB are the most that there can be; whoever makes the memory sets fewer. */
const SHARED = ['--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];

/** What is compiled, and how: each becomes a module of `src/compiled/` that exports its bytes under its name. */
const BUILDS = [
  // Threads in a memory of their own, for any engine, and for engines that multiply and add in one step.
  { name: 'plain', folder: kernels, entry: 'threads', features: 'simd,threads', memory: SHARED },
  { name: 'fused', folder: kernels, entry: 'threads', features: 'simd,threads,relaxed-simd', memory: SHARED },
  // One thread in the memory of TensorFlow.js's backend, which is shared in a page with threads and unshared elsewhere.
  { name: 'heap', folder: kernels, entry: 'heap', features: 'simd', memory: [] },
  { name: 'sharedHeap', folder: kernels, entry: 'heap', features: 'simd,threads', memory: SHARED },
  // The rows of an index against a query, in a memory of their own.
  { name: 'rows', folder: search, entry: 'rows', features: 'simd', memory: [] },
];

const OPTIMISED = ['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub'];
/** v128 in the signatures of functions that are not exported, and sizes of 32 bits. */
const HARMLESS = ['--disableWarning', '112', '--disableWarning', '201'];

/**
 * Before a function that is to be inlined wherever it is called. In the sources the decorator is a comment: they are checked
 * and formatted as TypeScript, which has none for functions.
 */
const INLINE = '// @inline\n';

for (const build of BUILDS) await bring(build);

async function bring({ name, folder, entry, features, memory }) {
  const target = join(folder, 'src/compiled');
  mkdirSync(target, { recursive: true });
  const path = join(target, `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`);
  const options = ['--importMemory', '--enable', features, ...memory, ...OPTIMISED, ...HARMLESS];
  const made = `// Made by scripts/compile.mjs from assembly/${entry}/, ${digest(folder, entry, options)}.\n`;
  if (existsSync(path) && readFileSync(path, 'utf8').startsWith(made)) return;
  const bytes = await compile(folder, `assembly/${entry}/index.ts`, options);
  writeFileSync(path, `${made}export const ${name} =\n  '${bytes.toString('base64')}';\n`);
}

/** Of everything that the result depends on. */
function digest(folder, entry, options) {
  const hash = createHash('sha256').update(`${asc.version} ${options.join(' ')}`);
  const sources = join(folder, 'assembly', entry);
  for (const file of readdirSync(sources).toSorted())
    hash.update(file).update(readFileSync(join(sources, file)));
  return hash.digest('hex').slice(0, 16);
}

async function compile(folder, entry, options) {
  let bytes;
  const messages = [];
  const { error } = await asc.main([entry, ...options, '--outFile', 'module.wasm'], {
    readFile: (name) => {
      const path = resolve(folder, name);
      return existsSync(path) ? readFileSync(path, 'utf8').replaceAll(INLINE, '@inline\n') : null;
    },
    writeFile: (name, contents) => {
      if (name === 'module.wasm') bytes = Buffer.from(contents);
    },
    listFiles: () => [],
    stderr: { write: (text) => messages.push(text) },
  });
  if (error || !bytes) throw new Error(`${entry} does not compile:\n${messages.join('')}`, { cause: error });
  return bytes;
}
