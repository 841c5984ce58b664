import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  callsOf,
  FAKE_TENSORFLOW,
  type FakeTools,
  fakeDigest,
  fakeTools,
} from '../../../test/support/fake-tools.js';
import { tempDir } from '../../../test/support/temp-dir.js';
import { testTerminal } from '../../../test/support/test-terminal.js';
import { main } from '../src/command/main.js';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const INSTALL = ['install', '--tensorflow', FAKE_TENSORFLOW, '--sha256', fakeDigest()];

/** The fakes on PATH, and the command with an empty cache folder. */
async function workshop(tools?: FakeTools, { watched = false } = {}) {
  const folder = await tempDir();
  await fakeTools(folder, tools);
  vi.stubEnv('TFJS_NATIVE_CACHE', join(folder, 'cache'));
  return {
    at: join(folder, 'cache', 'backends', 'tfjs-node'),
    run: async (...args: readonly string[]) => {
      const { terminal, outcome, bars } = testTerminal({ watched });
      const code = await main(args, terminal);
      return { code, ...outcome(), bars: bars() };
    },
  };
}

afterEach(() => vi.unstubAllEnvs());

describe('tfjs-native', () => {
  it('installs, says what is installed, and removes it: 0', async () => {
    const { at, run } = await workshop();
    const first = await run(...INSTALL);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(
      new RegExp(
        `^installed  @tensorflow/tfjs-node 4\\.22\\.0 on TensorFlow ${FAKE_TENSORFLOW}\nwhere      ${at}\nsize       \\d+ MB\n`,
      ),
    );
    // Whether the few bytes of the wheel are seen on their way depends on the machine's load.
    expect(first.error.replace('downloading TensorFlow\n', '')).toBe(
      'adding the npm package\nunpacking its library\ncompiling the binding\nchecking a convolution against WASM\n',
    );
    const again = await run(...INSTALL, '--json', '--quiet');
    expect(again).toMatchObject({ code: 0, error: '' });
    expect(JSON.parse(again.out)).toMatchObject({ state: 'present', folder: at });
    expect((await run('status')).out).toBe(
      `cpu   works: TensorFlow ${FAKE_TENSORFLOW}, 0 MB, ${at}\ngpu   not installed\n`,
    );
    expect(await run('remove')).toMatchObject({ code: 0, out: `removed ${at}\n`, error: '' });
    expect(await run('remove')).toMatchObject({ code: 0, out: `nothing to remove at ${at}\n`, error: '' });
    const { installs } = JSON.parse((await run('status', '--json')).out) as { installs: unknown };
    expect(installs).toMatchObject([
      { device: 'cpu', state: 'absent' },
      { device: 'gpu', state: 'absent' },
    ]);
  });

  it('status ends with 1 where an install does not work, and says why', async () => {
    const { at, run } = await workshop();
    await run(...INSTALL);
    await writeFile(
      join(at, 'node_modules/@tensorflow/tfjs-node/dist/index.js'),
      'throw new Error("broken")',
    );
    const { code, out } = await run('status');
    expect(code).toBe(1);
    expect(out).toContain('cpu   does not work, its check failed with "broken": TensorFlow');
  });

  it('on a terminal counts the bytes in the line of the step', async () => {
    const { run } = await workshop({}, { watched: true });
    const { bars, error } = await run(...INSTALL);
    expect(error).toBe('');
    expect(bars).toContain('\r\x1b[Kunpacking its library: 0 MB of 0 MB\n\r\x1b[Kcompiling the binding\n');
    expect(bars.endsWith('\n')).toBe(true);
  });

  it.each<[FakeTools, args: string[], code: number, message: string]>([
    [
      { python3: 'missing' },
      ['install'],
      4,
      'tfjs-native install: cannot download TensorFlow: there is no python3 on PATH. ' +
        'Install Python 3, for example with "apt install python3-pip".',
    ],
    [
      { compiler: 'fails' },
      INSTALL,
      1,
      'tfjs-native install: cannot compile the binding: c++ says "c_api.h: No such file". ' +
        'A C++17 compiler is needed, such as g++ 9.',
    ],
    [
      { python3: 'finds no version' },
      INSTALL,
      1,
      'tfjs-native install: cannot download tensorflow-cpu 2.99.0: the index has no wheel of this version for this ' +
        'platform. Choose another version with --tensorflow, or leave it out.',
    ],
    [
      {},
      ['install', '--tensorflow', '2.18.1', '--tensorflow=2.19.0'],
      2,
      'tfjs-native install: expected --tensorflow once, got it several times. Run "tfjs-native install --help".',
    ],
    [
      {},
      ['install', '--tensorflow', 'new'],
      2,
      'tfjs-native install: expected a version such as 2.18.1 for --tensorflow, got "new".',
    ],
    [
      {},
      ['install', '--tensorflow'],
      2,
      'tfjs-native install: expected a value for --tensorflow, got none. Run "tfjs-native install --help".',
    ],
    [
      {},
      ['install', '--gpu=yes'],
      2,
      'tfjs-native install: expected no value for --gpu, got "yes". Run "tfjs-native install --help".',
    ],
    [
      {},
      ['remove', '--tensorflow', '2.18.1'],
      2,
      'tfjs-native remove: expected one of --gpu, --json, got --tensorflow. Run "tfjs-native remove --help".',
    ],
    [
      {},
      ['status', 'cpu'],
      2,
      'tfjs-native status: expected options alone, got "cpu". Run "tfjs-native status --help".',
    ],
    [
      {},
      ['instal'],
      2,
      'tfjs-native: expected one of install, remove, status, got "instal". Run "tfjs-native --help".',
    ],
    [
      {},
      ['--gpu'],
      2,
      'tfjs-native: expected one of install, remove, status, got none. Run "tfjs-native --help".',
    ],
  ])('with %j, given %j, ends with %i and one sentence', async (tools, args, code, message) => {
    const { run } = await workshop(tools);
    const quiet = args === INSTALL ? ['--quiet'] : [];
    expect(await run(...args, ...quiet)).toMatchObject({ code, out: '', error: `${message}\n` });
  });

  it.each([[[]], [['--help']], [['install', '-h']]])('%j prints the help', async (args) => {
    const { run } = await workshop();
    const { code, out, error } = await run(...args);
    expect([code, error]).toEqual([0, '']);
    for (const word of ['install', 'status', 'remove', 'TFJS_NATIVE_CACHE', 'Exit codes']) {
      expect(out).toContain(word);
    }
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('--version prints the version of the package', async () => {
    const { run } = await workshop();
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('tfjs-native as a process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends an install, and leaves nothing half-made',
    async (signal) => {
      if (!existsSync(CLI)) throw new Error(`${CLI} is missing: build first, with npm run build.`);
      const folder = await tempDir();
      await fakeTools(folder, { python3: 'hangs' });
      const env = { ...process.env, TFJS_NATIVE_CACHE: join(folder, 'cache') };
      const child = spawn(process.execPath, [CLI, ...INSTALL, '--quiet'], { env });
      while ((await callsOf(folder)).length < 2) await sleep(20); // pip is at work
      child.kill(signal);
      await once(child, 'close');
      expect(child.signalCode).toBe(signal);
      expect(await readdir(join(folder, 'cache', 'backends'))).toEqual([]);
    },
  );

  it('says in one sentence that its output cannot be written: 1', async ({ skip }) => {
    skip(!existsSync('/dev/full'), 'there is no /dev/full');
    const full = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [CLI, '--help'], { stdio: ['ignore', full.fd, 'pipe'] });
    let message = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      message += chunk.toString();
    });
    await once(child, 'close');
    await full.close();
    expect(message).toBe('tfjs-native: cannot write to stdout: ENOSPC.\n');
    expect(child.exitCode).toBe(1);
  });

  it('ends with the code of the command', async () => {
    const child = spawn(process.execPath, [CLI, 'instal']);
    await once(child, 'close');
    expect(child.exitCode).toBe(2);
  });
});
