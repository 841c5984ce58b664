import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT_ONCE, startsUntilEnd } from '../../../../test/support/end-at-once.js';
import { noisyPng } from '../../../../test/support/test-terminal.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** Loaded before the command: a machine with room for tiles of 64 pixels, and a terminal that shows the progress. */
const SMALL_MACHINE = `data:text/javascript,${encodeURIComponent(
  'process.constrainedMemory = () => 444e6; process.stderr.isTTY = true;',
)}`;

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: build first, with npm run build.`);
  folder = await mkdtemp(join(tmpdir(), 'lpips-cli-'));
  await noisyPng(at('a.png'));
  await noisyPng(at('b.png'), { noise: 60 });
  await noisyPng(at('large.png'), { width: 2400, height: 2400 });
});
afterAll(() => rm(folder, { recursive: true }));

function start(...args: string[]): ChildProcess {
  return startNode(CLI, ...args);
}

function startNode(...args: string[]): ChildProcess {
  return spawn(process.execPath, args, { env: { ...process.env, LPIPS_CACHE: at('cache') } });
}

async function run(...args: string[]) {
  const child = start(...args);
  let [out, error] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    error += chunk.toString();
  });
  await once(child, 'close');
  return { code: child.exitCode, out, error };
}

describe('the lpips process', () => {
  it('exits with 0 and a number on stdout', async () => {
    const { code, out } = await run('distance', at('b.png'), at('a.png'));
    expect(code).toBe(0);
    expect(out).toMatch(/^0\.\d{7} {2}lite/);
  });

  it('prints one JSON object and nothing else, on the chattiest backend too', async () => {
    const { code, out, error } = await run(
      'distance',
      at('b.png'),
      at('a.png'),
      '--json',
      '--quiet',
      '--backend',
      'cpu',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ net: 'lite', backend: 'cpu' });
    expect(error).toBe('');
  });

  it.each([
    [1, ['distance', '/nowhere/a.png', '/nowhere/b.png']],
    [2, ['distance', '--net', 'resnet', 'a.png', 'b.png']],
    [2, ['distnace']],
  ])('exits with %i after one sentence on stderr: %j', async (expected, args) => {
    const { code, out, error } = await run(...args);
    expect([code, out]).toEqual([expected, '']);
    expect(error).toMatch(/^[^\n]+\n$/);
  });

  it('exits with 3 above --fail-above', async () => {
    expect((await run('distance', at('b.png'), at('a.png'), '--fail-above', '0.001')).code).toBe(3);
  });

  it('is quiet when nobody reads its output any more', async () => {
    const child = start('--help');
    let error = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      error += chunk.toString();
    });
    child.stdout?.destroy();
    await once(child, 'close');
    expect([child.exitCode, error]).toEqual([0, '']);
  });

  it('exits with 3 above --fail-above when nobody reads its output, too', async () => {
    const child = start('distance', at('b.png'), at('a.png'), '--fail-above', '0.001');
    child.stdout?.destroy();
    child.stderr?.destroy();
    await once(child, 'close');
    expect(child.exitCode).toBe(3);
  });

  it.runIf(existsSync('/dev/full'))('says so in one sentence when stdout is full (/dev/full)', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [CLI, '--help'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    let error = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      error += chunk.toString();
    });
    await once(child, 'close');
    expect([child.exitCode, error]).toEqual([1, 'output: cannot write to stdout: ENOSPC.\n']);
  });

  it.each(['/dev/stdout', '/proc/self/fd/1', 'lines.csv'])(
    'does not replace the file that standard output goes to: --csv %s',
    async (name) => {
      const inner = at('pairs');
      await mkdir(inner, { recursive: true });
      for (const image of ['1.png', '2.png']) await noisyPng(join(inner, image));
      const csv = name.startsWith('/') ? name : at(name);
      await writeFile(at('lines.csv'), 'earlier\n');
      const output = openSync(at('lines.csv'), 'a');
      const child = spawn(process.execPath, [CLI, 'pairs', inner, '--csv', csv], {
        stdio: ['ignore', output, 'pipe'],
      });
      closeSync(output);
      let error = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        error += chunk.toString();
      });
      await once(child, 'close');
      const got = name.startsWith('/')
        ? 'a device. Name a file.'
        : 'the file that standard output or error goes to. Name another file.';
      expect([child.exitCode, error]).toEqual([
        1,
        `output: expected a file that can be written for ${csv}, got ${got}\n`,
      ]);
      expect(await readFile(at('lines.csv'), 'utf8')).toBe('earlier\n');
      await rm(inner, { recursive: true });
      await rm(at('lines.csv'));
    },
  );

  it('stops at once on SIGINT in the middle of a computation and leaves no file', async () => {
    const child = start('distance', at('large.png'), at('large.png'), '--map', at('map.png'));
    await sleep(2500);
    expect(child.exitCode).toBeNull();
    expect(await startsUntilEnd(child, 'SIGINT')).toBeLessThan(AT_ONCE);
    expect(child.signalCode).toBe('SIGINT'); // which a shell reports as 130
    expect((await readdir(folder)).sort()).toEqual(['a.png', 'b.png', 'large.png']);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops at once on %s between tiles and leaves no file',
    async (signal) => {
      const compare = ['distance', at('large.png'), at('large.png'), '--map', at('map.png')];
      const child = startNode('--import', SMALL_MACHINE, CLI, ...compare, '--backend', 'wasm');
      let shown = '';
      for await (const chunk of child.stderr?.setEncoding('utf8') ?? []) {
        shown += String(chunk);
        if (/comparing.*\/1444 tiles/.test(shown)) break;
      }
      expect(shown).toMatch(/comparing .* \d+\/1444 tiles/);
      expect(child.exitCode).toBeNull();
      expect(await startsUntilEnd(child, signal)).toBeLessThan(AT_ONCE);
      expect(child.signalCode).toBe(signal);
      expect((await readdir(folder)).sort()).toEqual(['a.png', 'b.png', 'large.png']);
    },
  );
});
