/**
 * The command lines of the benchmarks. No benchmark runs: whatever is asked here is answered before any work, and PyTorch
 * is not needed.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../test/support/program.js';

const PROGRAMS = [
  ['bench', 'src/run', []],
  ['bench:cluster', 'src/run-cluster', ['side', 'shards', 'storage', 'port']],
  ['bench:collect', 'src/run-collect', ['photos', 'train', 'val', 'votes', 'round', 'seeds']],
  ['bench:lite', 'src/run-lite', ['photos', 'held', 'weights', 'lite', 'sheet', 'only', 'seed', 'steps']],
  ['lite:photographs', 'src/run-photographs', ['out', 'packages', 'formula']],
  ['bench:scales', 'src/run-scales', ['data', 'photos', 'weights', 'net', 'scales', 'triplets']],
  ['bench:search', 'src/run-search', ['photos', 'most', 'net', 'weights', 'size', 'rank', 'duplicates']],
  ['bench:tiles', 'src/run-tiles', ['weights', 'minutes']],
  ['tile-gradient', 'src/tile-gradient', ['weights', 'height', 'width']],
  ['bench:pytorch', 'against-pytorch/run', ['backend', 'weights', 'only']],
  [
    'bench:trainer',
    'against-pytorch/trainer',
    ['data', 'photos', 'weights', 'net', 'triplets', 'seeds', 'epochs'],
  ],
  ['parity', 'against-pytorch/parity', ['backend', 'weights']],
  ['check:gpu', 'check-gpu/run', ['way', 'out', 'software']],
  ['contender', 'against-pytorch/contender', ['backend']],
  ['own-training-step', 'against-pytorch/own-training-step', ['loss', 'form', 'backend', 'rounds']],
] as const;

const run = (program: string, args: readonly string[]) =>
  runProgram(fileURLToPath(new URL(`../dist/${program}.js`, import.meta.url)), args);

describe.each(PROGRAMS)('%s', (name, program, flags) => {
  it('says with --help what it does and which flags it takes', async () => {
    const { code, out, error } = await run(program, ['--help']);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^[A-Z].*?\.\n\n/s);
    expect([...out.matchAll(/^ {2}--(\S+)/gm)].map(([, flag]) => flag)).toEqual([...flags, 'help']);
  });

  it('refuses an unknown flag with code 2 and one sentence', async () => {
    const { code, out, error } = await run(program, ['--fast']);
    expect([code, out]).toEqual([2, '']);
    expect(error.startsWith(`${name}: Unknown option '--fast'`), error).toBe(true);
    expect(error.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('values', () => {
  it.each([
    [
      'against-pytorch/trainer',
      ['--net', 'resnet'],
      'bench:trainer: expected one of alex, vgg, squeeze for --net, got "resnet".',
    ],
    [
      'against-pytorch/trainer',
      ['--epochs', 'x'],
      'bench:trainer: expected a whole number from 1 up for --epochs, got "x".',
    ],
    [
      'against-pytorch/trainer',
      ['--epochs', '0'],
      'bench:trainer: expected a whole number from 1 up for --epochs, got "0".',
    ],
    [
      'against-pytorch/run',
      ['metal'],
      'bench:pytorch: expected one of auto, tensorflow, webgpu, wasm, cpu for --backend, got "metal".',
    ],
    [
      'against-pytorch/run',
      ['--only', 'steps'],
      'bench:pytorch: expected one of metric-vgg, metric-alex, step-mse, step-alex, step-vgg, step-video, pairs-vgg, pairs-alex for --only, got "steps".',
    ],
    [
      'against-pytorch/run',
      ['wasm', '--backend', 'cpu'],
      'bench:pytorch: expected one --backend, got wasm as well.',
    ],
    [
      'src/run-lite',
      ['--held', 'b'],
      'bench:lite: expected a folder for --photos, got none. Add --help to see all flags.',
    ],
    [
      'src/run-lite',
      ['--photos', 'a'],
      'bench:lite: expected a folder for --held, got none. Add --help to see all flags.',
    ],
    [
      'src/run-lite',
      ['--photos', 'a', '--held', 'b', '--seed', '-'],
      'bench:lite: expected a whole number from 0 up for --seed, got "-".',
    ],
    [
      'against-pytorch/own-training-step',
      ['--loss', 'l2'],
      'own-training-step: expected one of mse, alex, vgg, video for --loss, got "l2".',
    ],
  ])('%s %j', async (program, args, message) => {
    expect(await run(program, args)).toEqual({ code: 2, out: '', error: `${message}\n` });
  });

  it.each(['against-pytorch/run', 'against-pytorch/parity', 'against-pytorch/contender'])(
    '%s refuses a backend that there is not',
    async (program) => {
      const { code, out, error } = await run(program, ['--backend', 'gpu']);
      expect([code, out]).toEqual([2, '']);
      expect(error).toMatch(/^[\w:]+: expected one of auto, .* for --backend, got "gpu"\.\n$/);
    },
  );

  it('src/run-lite names the losses where one is unknown', async () => {
    const { code, error } = await run('src/run-lite', ['--photos', 'a', '--held', 'b', '--only', 'MSE,L2']);
    expect(code).toBe(2);
    expect(error).toMatch(/^bench:lite: expected one of MSE, L1 \+ lite, .* for --only, got "L2"\.\n$/);
  });
});

describe('a Python without lpips', () => {
  const before = process.env['LPIPS_PYTHON'];
  beforeAll(() => {
    process.env['LPIPS_PYTHON'] = '/nowhere/python';
  });
  afterAll(() => {
    if (before === undefined) delete process.env['LPIPS_PYTHON'];
    else process.env['LPIPS_PYTHON'] = before;
  });

  it.each([
    ['against-pytorch/run', ['--backend', 'cpu']],
    ['against-pytorch/parity', ['--backend', 'cpu']],
    ['against-pytorch/trainer', []],
  ])('%s says so in one sentence', async (program, args) => {
    const { code, out, error } = await run(program, args);
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(
      /^\S+: pythonWithLpips: expected a Python that can import lpips and cv2 for LPIPS_PYTHON, got \/nowhere\/python\. Install .*\n$/,
    );
  });
});

it('every benchmark among the scripts of the repository is listed here', async () => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { scripts } = JSON.parse(text) as { scripts: Record<string, string> };
  const started = Object.entries(scripts).flatMap(([name, script]) => {
    const program = /benchmarks\/dist\/(\S+)\.js/.exec(script)?.[1];
    return program === undefined ? [] : [[name, program]];
  });
  expect(started.length).toBeGreaterThan(0);
  const listed = PROGRAMS.map(([name, program]) => [name, program]);
  expect(listed).toEqual(expect.arrayContaining(started));
});
