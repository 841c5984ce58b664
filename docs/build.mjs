/**
 * Builds the documentation into `docs/.vitepress/dist`: the reference from the doc comments, the pages, and the page of
 * `examples/web` under `live/`. Any static server serves it, and no page asks another host for anything.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('.', import.meta.url));

rmSync(`${DOCS}pages/api`, { recursive: true, force: true });
run('typedoc/bin/typedoc', '--options', 'typedoc.config.js', '--treatWarningsAsErrors', '--logLevel', 'Warn');
cpSync(`${DOCS}../examples/web/screenshots/compare.webp`, `${DOCS}pages/public/compare.webp`);
run('vitepress/bin/vitepress.js', 'build', '.');
cpSync(`${DOCS}../examples/web/dist`, `${DOCS}.vitepress/dist/live`, { recursive: true });
process.stdout.write(`The documentation is in ${DOCS}.vitepress/dist.\n`);

/** Runs a program of `docs/node_modules` to its end. */
function run(program, ...args) {
  const { status } = spawnSync(process.execPath, [`${DOCS}node_modules/${program}`, ...args], {
    cwd: DOCS,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
