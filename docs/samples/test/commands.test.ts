/** The commands that the pages show end well on pictures as they name them. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { main } from '../../../packages/lpips-node/src/commands/main.js';
import { askProgram } from '../../../test/support/ask-program.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { tempDir } from '../../../test/support/temp-dir.js';
import { testTerminal } from '../../../test/support/test-terminal.js';
import { codeBlocks, writtenPages } from './support/pages.js';
import { providePictures } from './support/pictures.js';

/** Pages whose commands stand on those before them. */
const pages = writtenPages()
  .map((page) => ({
    address: page.address,
    lines: codeBlocks(page).flatMap(({ language, code, notRun }) =>
      language === 'sh' && notRun === undefined ? code.trim().split('\n') : [],
    ),
  }))
  .filter(({ lines }) => lines.some((line) => !line.startsWith('npm install')));
const home = process.cwd();
const BAPPS = fileURLToPath(new URL('../../../packages/bapps-train/dist/cli.js', import.meta.url));

describeWithShared('commands', ['weights'], (shared) => {
  afterAll(() => process.chdir(home));

  it.each(pages)('$address', async ({ lines }) => {
    const folder = await tempDir();
    await providePictures(folder);
    process.chdir(folder);
    for (const line of lines) {
      if (line.startsWith('npm install')) continue;
      const { command, args, target } = parse(line);
      const official = args.some((arg) => ['alex', 'vgg', 'squeeze'].includes(arg));
      const run = command === 'bapps' ? bapps : lpips;
      const { code, out, error } = await run(official ? [...args, '--weights', shared('weights')] : args);
      expect(code, `${line}\n${error}`).toBe(0);
      if (target !== undefined) await writeFile(target, out);
    }
    process.chdir(home);
  });
});

/** `lpips` in this process. */
async function lpips(args: readonly string[]) {
  const { terminal, outcome } = testTerminal();
  const code = await main(args, terminal);
  return { code, ...outcome() };
}

/** `bapps` as it was built, since it starts threads and processes of its own. */
function bapps(args: readonly string[]) {
  return askProgram(BAPPS, args);
}

/** `npx --package x lpips distance a.png b.png > c.txt  # comment` */
function parse(line: string): { command: string; args: string[]; target: string | undefined } {
  const [before = '', target] = line.replace(/\s+#.*$/, '').split(' > ');
  const words = before.replace(/^npx --package [\w-]+ /, '').split(/\s+/);
  const [command = '', ...args] = words;
  if (!['lpips', 'bapps'].includes(command))
    throw new Error(`expected lpips, bapps or npm install, got ${line}`);
  return { command, args, target };
}
