/**
 * Compiles `assembly/` to WebAssembly, and writes the result into modules under `src/compiled/`. There the bytes stand as
 * text, so that Node, bundlers and workers load them as any other module.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(folder, 'src/compiled');

/** Pages of 64 KiB that the memory may have at most; the real limit is set where it is made. */
const MOST_PAGES = 65_536;

const BUILDS = {
  plain: ['simd', 'threads'],
  fused: ['simd', 'threads', 'relaxed-simd'],
};

mkdirSync(target, { recursive: true });
for (const [name, features] of Object.entries(BUILDS)) {
  const bytes = await compile('assembly/index.ts', [
    ...['--enable', features.join(',')],
    ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', `${MOST_PAGES}`],
  ]);
  write(name, bytes);
}

async function compile(entry, options) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      entry,
      ...options,
      ...['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub'],
      ...['--disableWarning', '112', '--disableWarning', '201', '--outFile', 'module.wasm'],
    ],
    {
      readFile: (name) => {
        try {
          return readFileSync(resolve(folder, name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name === 'module.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`${entry} does not compile: ${error?.message ?? ''}\n${stderr}`);
  return Buffer.from(binary);
}

/** Leaves a file that would not change as it is, so that nothing is built anew for it. */
function write(name, bytes) {
  const path = join(target, `${name}.ts`);
  const text = [
    '// Made by scripts/compile.mjs from assembly/.',
    `export const ${name.toUpperCase()} =`,
    `  '${bytes.toString('base64')}';`,
    '',
  ].join('\n');
  let old = '';
  try {
    old = readFileSync(path, 'utf8');
  } catch {}
  if (old !== text) writeFileSync(path, text);
}
