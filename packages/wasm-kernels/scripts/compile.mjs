/**
 * Compiles `assembly/` to WebAssembly, and writes the result into modules under `src/compiled/`. There the bytes stand as
 * text, so that Node, bundlers and workers load them as any other module. What has not changed is not compiled again.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(folder, 'src/compiled');

/** Memory that threads share. The pages of 64 KiB are the most that there can be; whoever makes the memory sets fewer. */
const SHARED = ['--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];

/** What is compiled, and how: each becomes a module of `src/compiled/` that exports its bytes under its name. */
const BUILDS = [
  // Threads in a memory of their own, for any engine, and for engines that multiply and add in one step.
  { name: 'plain', entry: 'threads', features: 'simd,threads', memory: SHARED },
  { name: 'fused', entry: 'threads', features: 'simd,threads,relaxed-simd', memory: SHARED },
  // One thread in the memory of TensorFlow.js's backend, which is shared in a page with threads and unshared elsewhere.
  { name: 'heap', entry: 'heap', features: 'simd', memory: [] },
  { name: 'sharedHeap', entry: 'heap', features: 'simd,threads', memory: SHARED },
];

const OPTIMISED = ['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub'];
/** v128 in the signatures of functions that are not exported, and sizes of 32 bits. */
const HARMLESS = ['--disableWarning', '112', '--disableWarning', '201'];

/**
 * Before a function that is to be inlined wherever it is called. In the sources the decorator is a comment: they are checked
 * and formatted as TypeScript, which has none for functions.
 */
const INLINE = '// @inline\n';

mkdirSync(target, { recursive: true });
for (const build of BUILDS) await bring(build);

async function bring({ name, entry, features, memory }) {
  const path = join(target, `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`);
  const options = ['--importMemory', '--enable', features, ...memory, ...OPTIMISED, ...HARMLESS];
  const made = `// Made by scripts/compile.mjs from assembly/${entry}/, ${digest(entry, options)}.\n`;
  if (existsSync(path) && readFileSync(path, 'utf8').startsWith(made)) return;
  const bytes = await compile(`assembly/${entry}/index.ts`, options);
  writeFileSync(path, `${made}export const ${name} =\n  '${bytes.toString('base64')}';\n`);
}

/** Of everything that the result depends on. */
function digest(entry, options) {
  const hash = createHash('sha256').update(`${asc.version} ${options.join(' ')}`);
  const sources = join(folder, 'assembly', entry);
  for (const file of readdirSync(sources).toSorted())
    hash.update(file).update(readFileSync(join(sources, file)));
  return hash.digest('hex').slice(0, 16);
}

async function compile(entry, options) {
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
