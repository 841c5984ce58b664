import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { testTerminal } from '../../../../test/support/test-terminal.js';
import { main } from '../../src/commands/main.js';
import { failedProject, HOME } from '../support/failed-project.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

beforeAll(() => selectBackend('wasm'));

async function command(...args: readonly string[]) {
  const { terminal, outcome } = testTerminal();
  const code = await main(args, terminal);
  return { code, ...outcome() };
}

describe('lpips-matchers gallery', () => {
  it('writes one page into the project, or where it is told', async () => {
    const { folder, at } = await failedProject();
    expect(await command('gallery', folder)).toMatchObject({
      code: 0,
      out: `${at('perceptual-failures.html')}: 3 failures\n`,
      error: '',
    });
    expect(await readFile(at('perceptual-failures.html'), 'utf8')).toContain('3 images look different');
    const { out } = await command('gallery', folder, '--out', at('page.html'), '--json');
    expect(JSON.parse(out)).toEqual({ folder, out: at('page.html'), failures: 3 });
  });

  it('names a record that it leaves out, in printable letters', async () => {
    const { folder, at } = await failedProject();
    await writeFile(at('a\x1b[31m.perceptual.json'), '{');
    const { code, error } = await command('gallery', folder);
    expect(code).toBe(0);
    expect(error).toBe(
      'left out: lpips-matchers: expected the record of a failure for a\\x1b[31m.perceptual.json, got a file that is not JSON.\n',
    );
  });

  it.each([
    [['gallery', '/nowhere'], 1, 'lpips-matchers: expected a folder for folder, got "/nowhere".\n'],
    [['galery'], 2, /expected one of gallery, review for the command, got "galery"\. Did you mean gallery\?/],
    [['gallery', '--all'], 2, /Unknown argument: all/],
    [['review', '--port', 'x'], 2, /expected a whole number from 0 up for --port, got "x"/],
    [['review', '--port', '65536'], 2, /expected a whole number from 0 to 65535 for --port, got "65536"/],
    [['review', '--all', '--list'], 2, /expected one of --accept, --all and --list, got several/],
  ])('%j is refused in one sentence', async (args, code, message) => {
    const result = await command(...args);
    expect(result.code).toBe(code);
    expect(result.error).toMatch(message);
    expect(result.error.trim().split('\n')).toHaveLength(1);
  });
});

describe('lpips-matchers review', () => {
  it('lists names, and accepts one by name, by file and name, and by id', async () => {
    for (const nameOf of [
      () => 'home',
      () => 'page.test.ts:home',
      (list: string) => /(\w+) {2}page\.test\.ts:home$/m.exec(list)?.[1],
    ]) {
      const { folder, at, images } = await failedProject();
      const list = (await command('review', folder, '--list')).out;
      expect(list.trim().split('\n')).toHaveLength(3);
      const name = nameOf(list) ?? '';
      expect(await command('review', folder, '--accept', name)).toEqual({
        code: 0,
        out: `accepted ${HOME}\n`,
        error: '',
      });
      expect(await readFile(at(HOME))).toEqual(images['missing.png']);
    }
  });

  it('accepts all that have a snapshot', async () => {
    const { folder } = await failedProject();
    const { code, out } = await command('review', folder, '--all');
    expect([code, out.trim().split('\n').length]).toEqual([0, 2]);
    expect((await command('review', folder, '--list')).out).toMatch(
      /^\w+ {2}page\.test\.ts:page > shows the page {2}\(no snapshot\)\n$/,
    );
    expect(await command('review', folder, '--all')).toMatchObject({
      code: 0,
      error: 'Nothing to accept.\n',
    });
  });

  it('refuses a name of none, and accepts nothing then', async () => {
    const { folder, at, images } = await failedProject();
    const { code, error } = await command('review', folder, '--accept', 'home', 'away');
    expect([code, error]).toEqual([
      2,
      'lpips-matchers: expected the name or id of a failure for --accept, got "away". "lpips-matchers review --list" has their names.\n',
    ]);
    expect(await readFile(at(HOME))).toEqual(images['reference.png']);
  });

  it('shows a page until it is interrupted', async () => {
    expect(existsSync(CLI), `${CLI} is missing: build first`).toBe(true);
    const { folder } = await failedProject();
    const child = spawn(process.execPath, [CLI, 'review', folder]);
    const [printed] = await once(child.stdout.setEncoding('utf8'), 'data');
    const response = await fetch(String(printed).trim());
    expect(await response.text()).toContain('Accept all 2');
    child.kill('SIGINT');
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGINT');
  });
});
