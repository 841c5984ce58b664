import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { liteWeightsUrl } from 'lpips-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hideGpu, NO_DEVICE } from '../../../../test/support/hide-gpu.js';
import { testTerminal } from '../../../../test/support/test-terminal.js';
import { startProgress } from '../../src/command-line/terminal.js';
import { main } from '../../src/commands/main.js';
import { lpips } from '../support/run-lpips.js';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-main-'));
  process.env['LPIPS_CACHE'] = at('cache');
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('lpips', () => {
  it.each([[[]], [['--help']], [['-h']]])('%j prints help with examples on stdout', async (args) => {
    const { code, out, error } = await lpips(...args);
    expect([code, error]).toEqual([0, '']);
    expect(out).toContain('lpips distance <image> <reference>');
    expect(out).toContain('Examples:');
    expect(out.replace(/\s+/g, ' ')).toContain(
      '0 done, 1 something failed, 2 wrong usage, 3 --fail-above exceeded, 4 not possible on this machine.',
    );
  });

  it.each(['distance', 'folder', 'pairs', 'weights', 'weights list', 'weights fetch', 'weights verify'])(
    '%s --help has examples',
    async (command) => {
      const { code, out } = await lpips(...command.split(' '), '--help');
      expect(code).toBe(0);
      expect(out).toContain('Examples:');
      expect(out).toMatch(new RegExp(`lpips ${command.split(' ')[0]}`));
    },
  );

  it('weights convert --help, backend list --help and backend install --help have examples', async () => {
    expect((await lpips('weights', 'convert', '--help')).out).toContain('Examples:');
    expect((await lpips('backend', 'list', '--help')).out).toContain('Examples:');
    expect((await lpips('backend', 'install', '--help')).out).toContain('Examples:');
  });

  it.each(['--version', '-v'])('%s alone is the version of the package', async (flag) => {
    expect(await lpips(flag)).toEqual({ code: 0, out: '0.1.0\n', error: '' });
  });

  it.each([
    [
      'distnace a.png b.png',
      'lpips: expected one of distance, folder, pairs, index, search, duplicates, export, weights, backend, work for the command, got "distnace". Did you mean distance?',
    ],
    [
      'compare',
      'lpips: expected one of distance, folder, pairs, index, search, duplicates, export, weights, backend, work for the command, got "compare". Run "lpips --help".',
    ],
    [
      'weights',
      'lpips: expected one of list, fetch, verify, convert for weights, got none. Run "lpips weights --help".',
    ],
    [
      'weights lsit',
      'lpips: expected one of list, fetch, verify, convert for weights, got "lsit". Did you mean list?',
    ],
    ['backend', 'lpips: expected one of list, install for backend, got none. Run "lpips backend --help".'],
    ['weights fetch lite', 'lpips: expected one of alex, vgg, squeeze for net, got "lite".'],
    ['work foo', 'lpips: expected an address like redis://host:6379 for redis, got "foo".'],
    [
      'work redis://localhost --map there',
      'lpips: expected two folders like /mnt/farm=/data for --map, got "there".',
    ],
  ])('%s is wrong usage, with a hint', async (line, message) => {
    expect(await lpips(...line.split(' '))).toEqual({ code: 2, out: '', error: `${message}\n` });
  });
});

describe('lpips backend list', () => {
  beforeEach(hideGpu);
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('marks what auto takes, and says why the others are not there', async () => {
    const { code, out } = await lpips('backend', 'list');
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/\d+\.\d+\.\d+/, 'v').replace(/ +/g, ' ')),
    ).toEqual([
      ' tfjs-node-gpu not installed',
      ` webgpu v failed: ${NO_DEVICE}`,
      ' tfjs-node not installed',
      '* wasm v ready',
      ' cpu v ready',
    ]);
  });

  it('--json gives the same as data', async () => {
    const { backends } = JSON.parse((await lpips('backend', 'list', '--json')).out) as {
      backends: { name: string; chosen: boolean }[];
    };
    expect(backends.filter(({ chosen }) => chosen).map(({ name }) => name)).toEqual(['wasm']);
  });
});

describe('lpips weights', () => {
  it('list shows lite and what is missing', async () => {
    const { code, out } = await lpips('weights', 'list');
    expect(code).toBe(0);
    expect(out).toMatch(/^lite +all +0\.3 +present +0\.4 MB/);
    expect(out).toMatch(/vgg +backbone +missing +58\.9 MB +\(vgg16-397923af\.pth\)/);
  });

  it('list --json prints one object', async () => {
    const { weights } = JSON.parse((await lpips('weights', 'list', '--json')).out) as {
      weights: { net: string }[];
    };
    expect(new Set(weights.map(({ net }) => net))).toEqual(new Set(['lite', 'alex', 'vgg', 'squeeze']));
  });

  it('verify fails on a damaged file and names it', async () => {
    expect((await lpips('weights', 'verify')).code).toBe(0);
    await mkdir(at('nets', 'v0.1'), { recursive: true });
    await writeFile(at('nets', 'v0.1', 'alex.pth'), 'no heads');
    const { code, out, error } = await lpips('weights', 'verify', '--weights', at('nets'));
    expect(code).toBe(1);
    expect(out).toContain('damaged');
    expect(error).toContain(at('nets', 'v0.1', 'alex.pth'));
  });

  it('convert writes safetensors, and refuses a text file', async () => {
    await copyFile(fileURLToPath(liteWeightsUrl), at('lite.safetensors'));
    const { code, out } = await lpips('weights', 'convert', at('lite.safetensors'), at('out.safetensors'));
    expect(code).toBe(0);
    expect(out).toMatch(/out\.safetensors {2}lite 0\.3, 15 weights from safetensors, 0\.8 MB\n$/);
    await writeFile(at('text.pth'), 'no weights at all');
    const refused = await lpips('weights', 'convert', at('text.pth'), at('none.safetensors'));
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.error).toContain(at('text.pth'));
    expect(await readdir(folder)).not.toContain('none.safetensors');
  });

  it('fetch fails in one sentence where nothing answers', async () => {
    vi.stubEnv('LPIPS_MIRROR', 'http://127.0.0.1:1');
    const { code, out, error } = await lpips('weights', 'fetch', 'squeeze');
    expect([code, out]).toEqual([1, '']);
    expect(error.trimEnd()).not.toContain('\n');
    expect(error).toContain('squeezenet1_1-b8a52dc0.pth');
  });
});

describe('main', () => {
  it('tells an unforeseen error in one line', async () => {
    const { terminal, outcome } = testTerminal();
    const code = await main(['weights', 'list'], {
      ...terminal,
      out: () => {
        throw new Error('the printer is on fire\nand more');
      },
    });
    expect([code, outcome().error]).toEqual([1, 'lpips: the printer is on fire\n']);
  });
});

describe('startProgress', () => {
  const clock = (times: number[]) => () => {
    const time = times.shift();
    if (time === undefined) throw new RangeError('the clock was read too often');
    return time;
  };

  it('stays silent for the first second, then draws', () => {
    const { terminal, bars } = testTerminal({ watched: true });
    const progress = startProgress(terminal, 'comparing', 10, { now: clock([0, 500, 1500]) });
    progress.update(1);
    expect(bars()).toBe('');
    progress.update(5);
    progress.stop();
    expect(bars()).toContain('comparing');
    expect(bars()).toContain('5/10 pairs');
    expect(bars()).not.toContain('\x1b[?'); // no mode of the terminal that an interrupted program would leave set
  });

  it('has a question mark for the time that is left as long as nothing is done', async () => {
    const { terminal, bars } = testTerminal({ watched: true });
    const progress = startProgress(terminal, 'comparing', 10, { now: clock([0, 1500, 1600]) });
    progress.update(0);
    await new Promise((resolve) => setTimeout(resolve, 20)); // the bar has a clock of its own
    progress.update(0, 10, 'waiting');
    progress.stop();
    expect(bars()).toContain('0/10 pairs, ? left, waiting');
  });

  it('takes a total that is only known later, and shows megabytes', () => {
    const { terminal, bars } = testTerminal({ watched: true });
    const progress = startProgress(terminal, 'weights', 0, { unit: 'bytes', now: clock([0, 2000]) });
    progress.update(1_000_000, 2_500_000);
    progress.stop();
    expect(bars()).toContain('1/2.5 MB');
  });

  it('draws nothing where stderr is no terminal, nor when quiet', () => {
    const unwatched = testTerminal();
    startProgress(unwatched.terminal, 'comparing', 10, { now: clock([0, 5000]) }).update(5);
    const quiet = testTerminal({ watched: true });
    startProgress(quiet.terminal, 'comparing', 10, { quiet: true, now: clock([0, 5000]) }).update(5);
    expect([unwatched.bars(), unwatched.outcome().error, quiet.bars()]).toEqual(['', '', '']);
  });
});
