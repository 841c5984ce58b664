import { access, copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { liteWeightsUrl, parseSafetensors, serializeSafetensors, type Weight } from 'lpips-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { noisyPng } from '../../../../test/support/test-terminal.js';
import { lpips } from '../support/run-lpips.js';

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-distance-'));
  process.env['LPIPS_CACHE'] = at('cache'); // nothing at hand but lite
  await noisyPng(at('a.png'));
  await noisyPng(at('b.png'), { noise: 60 });
  await noisyPng(at('wide.png'), { width: 48, height: 24 });
  await noisyPng(at('dot.png'), { width: 1, height: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

describe('lpips distance', () => {
  const number = async (...args: string[]) => {
    const { out } = await lpips('distance', ...args, '--json');
    return (JSON.parse(out) as { distance: number }).distance;
  };

  it.each([
    ['-', 'reference.png'],
    ['image.png', '-'],
    ['image.png', 'reference.png', '--map', '-'],
    ['image.png', 'reference.png', '--map=-'],
  ])('refuses - by name: %s %s', async (...args) => {
    const { code, error } = await lpips('distance', ...args);
    expect([code, error]).toEqual([
      2,
      'lpips: expected the name of a file, got "-": images are not read from standard input, and files are not written ' +
        'to standard output. Write ./- for a file of that name.\n',
    ]);
  });

  it('refuses an empty name', async () => {
    const { code, error } = await lpips('distance', '', at('a.png'));
    expect([code, error]).toEqual([
      1,
      'readImage: expected an image file for "", got an empty name. Name a file.\n',
    ]);
  });

  it('--ignore-profile compares the stored values', async () => {
    await sharp(at('a.png')).keepMetadata().withIccProfile('p3').png().toFile(at('p3.png'));
    const stored = await sharp(at('p3.png'), { ignoreIcc: true }).png().toBuffer();
    await writeFile(at('stored.png'), stored);
    expect(await number(at('p3.png'), at('stored.png'))).toBeGreaterThan(0.001);
    expect(await number(at('p3.png'), at('stored.png'), '--ignore-profile')).toBe(0);
  });

  it('--background is the colour under transparent pixels, and nothing but a colour', async () => {
    const plain = { width: 32, height: 32, channels: 4 } as const;
    await sharp({ create: { ...plain, background: '#0000' } })
      .png()
      .toFile(at('clear.png'));
    await sharp({ create: { ...plain, background: '#ff8000' } })
      .png()
      .toFile(at('orange.png'));
    expect(await number(at('clear.png'), at('orange.png'))).toBeGreaterThan(0.01);
    expect(await number(at('clear.png'), at('orange.png'), '--background', '#ff8000')).toBe(0);
    const { code, error } = await lpips('distance', at('a.png'), at('b.png'), '--background', 'white');
    expect([code, error]).toEqual([
      2,
      'lpips: expected a colour like #ffffff for --background, got "white".\n',
    ]);
  });

  it('says the distance, the net, its version and the backend, and that lite is no published LPIPS', async () => {
    const { code, out, error } = await lpips('distance', at('b.png'), at('a.png'));
    expect(code).toBe(0);
    expect(out).toMatch(/^0\.\d{7} {2}lite 0\.3 on wasm\n$/);
    expect(error).toBe(
      'lite is the built-in network: this is not a published LPIPS number. ' +
        'For official weights run "lpips weights fetch alex".\n',
    );
  });

  it('is 0 for an image and itself', async () => {
    const { code, out, error } = await lpips('distance', at('a.png'), at('a.png'), '--quiet');
    expect([code, out, error]).toEqual([0, '0.0000000  lite 0.3 on wasm\n', '']);
  });

  it('--json prints one object and nothing else; the layers sum to the distance', async () => {
    const { code, out } = await lpips('distance', at('b.png'), at('a.png'), '--json');
    const result: unknown = JSON.parse(out);
    expect(code).toBe(0);
    expect(out.slice(0, out.indexOf('"image"'))).toMatch(
      /^\{"net":"lite","version":"0\.3","linear":true,"weights":\{"official":true,"digest":"[0-9a-f]{8}"\},"backend":"wasm",$/,
    );
    expect(result).toMatchObject({ image: at('b.png'), reference: at('a.png') });
    const { distance, layers } = result as { distance: number; layers: number[] };
    expect(layers).toHaveLength(5);
    expect(layers.reduce((sum, layer) => sum + layer)).toBeCloseTo(distance, 6);
  });

  it('--network takes a whole network in any layout, and tells what it leaves out', async () => {
    const { weights } = parseSafetensors(await readFile(liteWeightsUrl));
    const named = new Map<string, Weight>([
      ...[...weights].map(([name, weight]) => [`_orig_mod.${name}`, weight] as const),
      ['decoder.bias', { shape: [1], data: Float32Array.of(1) }],
    ]);
    await writeFile(at('own.safetensors'), serializeSafetensors(named));
    const compared = [at('b.png'), at('a.png')];
    const { code, out, error } = await lpips('distance', ...compared, '--network', at('own.safetensors'));
    expect(code).toBe(0);
    expect(out).toContain((await lpips('distance', ...compared)).out.slice(0, 9));
    expect(out).toContain(`  lite 0.3 from ${at('own.safetensors')} on wasm`); // its tensors are the official ones
    expect(error).toContain(
      `${at('own.safetensors')}: left out "decoder.bias", which the metric does not use.\n`,
    );
  });

  it('calls tuned weights custom, with the same digest in text and JSON', async () => {
    const { weights } = parseSafetensors(await readFile(liteWeightsUrl));
    const tuned = new Map(weights);
    tuned.set('features.0.bias', { shape: [16], data: new Float32Array(16) });
    await writeFile(at('tuned.safetensors'), serializeSafetensors(tuned));
    const args = ['distance', at('b.png'), at('a.png'), '--network', at('tuned.safetensors'), '--quiet'];
    const [, digest = ''] = / {2}lite custom ([0-9a-f]{8}) from /.exec((await lpips(...args)).out) ?? [];
    const result: unknown = JSON.parse((await lpips(...args, '--json')).out);
    expect(result).toMatchObject({ weights: { official: false, digest }, network: at('tuned.safetensors') });
  });

  it('takes names that begin with a dash behind --', async () => {
    const here = process.cwd();
    process.chdir(folder);
    try {
      await noisyPng('-a.png');
      const { code, out } = await lpips('distance', '--quiet', '--', '-a.png', 'a.png');
      expect([code, out]).toEqual([0, '0.0000000  lite 0.3 on wasm\n']);
    } finally {
      process.chdir(here);
    }
  });

  it('--layers adds a line for each tap', async () => {
    const { out } = await lpips('distance', at('b.png'), at('a.png'), '--layers');
    expect(
      out
        .split('\n')
        .slice(1, -1)
        .map((line) => line.replace(/^\d\.\d{7}/, 'd')),
    ).toEqual([1, 2, 3, 4, 5].map((tap) => `d  tap ${tap}`));
  });

  it('--no-linear is another number under another name', async () => {
    const { out } = await lpips('distance', at('b.png'), at('a.png'), '--no-linear');
    expect(out).toContain('lite 0.3 without heads (baseline) on wasm');
  });

  it('--backend cpu gives the same number', async () => {
    const numberOf = async (backend: string) =>
      Number((await lpips('distance', at('b.png'), at('a.png'), '--backend', backend)).out.split(' ')[0]);
    expect(await numberOf('cpu')).toBeCloseTo(await numberOf('wasm'), 6);
  });

  it('--map writes a picture with room for title and scale', async () => {
    const { code } = await lpips('distance', at('b.png'), at('a.png'), '--map', at('map.png'));
    const { width, height, format } = await sharp(at('map.png')).metadata();
    expect(code).toBe(0);
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(32 * 15);
    expect(height).toBeGreaterThan(24 * 15);
  });

  it('--fail-above: 3 above, 0 at or below', async () => {
    const pair = [at('b.png'), at('a.png')];
    const above = await lpips('distance', ...pair, '--fail-above', '0.001');
    expect(above.code).toBe(3);
    expect(above.out).toMatch(/^0\.\d{7}/);
    expect(above.error).toMatch(/lpips: the distance 0\.\d{7} is above 0\.001\.\n$/);
    expect((await lpips('distance', ...pair, '--fail-above', '100')).code).toBe(0);
    expect((await lpips('distance', at('a.png'), at('a.png'), '--fail-above', '0')).code).toBe(0);
  });

  it('refuses different sizes naming both, and scales with --resize', async () => {
    const refused = await lpips('distance', at('wide.png'), at('a.png'));
    expect(refused).toEqual({
      code: 1,
      out: '',
      error:
        `lpips distance: expected 32x24 pixels, as ${at('a.png')} has, for ${at('wide.png')}, got 48x24. ` +
        'Scale one of them, or pass --resize.\n',
    });
    const { code, out } = await lpips('distance', at('wide.png'), at('a.png'), '--resize', '--quiet');
    expect(code).toBe(0);
    expect(Number(out.split(' ')[0])).toBeLessThan(0.2);
  });

  it('leaves no tensor behind, whether it works or fails', async () => {
    await lpips('distance', at('b.png'), at('a.png'));
    const before = memory().numTensors;
    await lpips('distance', at('b.png'), at('a.png'), '--layers', '--map', at('map.png'));
    await lpips('distance', at('dot.png'), at('dot.png'));
    await lpips('distance', at('wide.png'), at('a.png'), '--resize');
    expect(memory().numTensors).toBe(before);
  });
});

describe('lpips distance refuses, in one sentence and with nothing on stdout,', () => {
  const refusal = async (...args: string[]) => {
    const { code, out, error } = await lpips('distance', ...args);
    expect(out).toBe('');
    expect(error.endsWith('\n')).toBe(true);
    expect(error.trimEnd()).not.toMatch(/\n|\bat .*:\d+:\d+/);
    return [code, error.trimEnd()];
  };

  it('a missing file', async () => {
    const message = `readImage: cannot read ${at('none.png')}: there is no such file. Check the path.`;
    expect(await refusal(at('none.png'), at('a.png'))).toEqual([1, message]);
    expect(await refusal(at('a.png'), at('none.png'))).toEqual([1, message]);
  });

  it('a folder', async () => {
    const message = `readImage: expected an image file for ${folder}, got a folder. Name a file in it.`;
    expect(await refusal(folder, at('a.png'))).toEqual([1, message]);
  });

  it('a text file named .png', async () => {
    await writeFile(at('text.png'), 'no picture');
    const [code, message] = await refusal(at('text.png'), at('a.png'));
    expect(code).toBe(1);
    expect(message).toContain(`for ${at('text.png')}, got a file of another kind`);
  });

  it('a truncated JPEG', async () => {
    const info = await sharp(at('b.png')).resize(64, 64).jpeg().toFile(at('cut.jpg'));
    await truncate(at('cut.jpg'), Math.floor(info.size * 0.7));
    const [code, message] = await refusal(at('cut.jpg'), at('cut.jpg'));
    expect(code).toBe(1);
    expect(message).toContain(`for ${at('cut.jpg')}, got a damaged or incomplete file`);
  });

  it('a 1x1 image', async () => {
    const message =
      `lpips distance: expected at least 8x8 pixels for lite for ${at('dot.png')}, got 1x1. ` +
      'Enlarge it, or use a net with fewer poolings.';
    expect(await refusal(at('dot.png'), at('dot.png'))).toEqual([1, message]);
  });

  it('more than 2^30 pixels, by the header', async () => {
    await writeFile(at('huge.ppm'), 'P6 40000 40000 255\n');
    const [code, message] = await refusal(at('huge.ppm'), at('huge.ppm'));
    expect(code).toBe(1);
    expect(message).toContain(
      `expected at most 1,073,741,824 pixels for ${at('huge.ppm')}, got 40000 x 40000 = 1,600,000,000.`,
    );
  });

  it('--net vgg without weights and network, saying what to run', async () => {
    const [code, message] = await refusal(at('a.png'), at('a.png'), '--net', 'vgg', '--offline');
    expect(code).toBe(1);
    expect(message).toContain('Run "lpips weights fetch vgg" on a machine with a network');
  });

  it('a map that cannot be written, and leaves nothing', async () => {
    const path = at('none/map.png');
    expect(await refusal(at('a.png'), at('a.png'), '--map', path)).toEqual([
      1,
      `output: cannot write ${path}: there is no folder ${at('none')}. Create it first.`,
    ]);
    await expect(access(at('none'))).rejects.toThrow('ENOENT');
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('a map over one of the images, which stays as it was', async () => {
    const before = await readFile(at('a.png'));
    expect(await refusal(at('b.png'), at('a.png'), '--map', at('a.png'))).toEqual([
      1,
      `output: expected a file that can be written for ${at('a.png')}, got a file that is read. Name another file.`,
    ]);
    expect((await readFile(at('a.png'))).equals(before)).toBe(true);
  });

  it.each([
    [['--net', 'resnet'], 'lpips: expected one of lite, alex, squeeze, vgg for --net, got "resnet".'],
    [['--version', '0.2'], 'lpips: expected one of 0.1, 0.0 for --version, got "0.2".'],
    [
      ['--backend', 'gpu'],
      'lpips: expected one of auto, tensorflow, webgpu, wasm, cpu for --backend, got "gpu".',
    ],
    [['--fail-above', 'much'], 'lpips: expected a number from 0 up for --fail-above, got "much".'],
    [['--fail-above', '-1'], 'lpips: expected a number from 0 up for --fail-above, got "-1".'],
    [
      ['--map', 'map.jpg'],
      'lpips: expected a name that ends in .png for --map, got "map.jpg". Heat maps are PNG files.',
    ],
    [
      ['--heads', 'own.pth'],
      'lpips: cannot use --heads own.pth: no net is named. Name the net that they belong to with --net.',
    ],
    [
      ['--net', 'lite', '--version', '0.0'],
      'lpips: cannot use --version 0.0 with --net lite: lite has one calibration.',
    ],
    [['--colour'], 'lpips: Unknown argument: colour. Add --help to the command to see what it takes.'],
    [['third.png'], 'lpips: Unknown argument: third.png. Add --help to the command to see what it takes.'],
  ])('%j as wrong usage', async (args, message) => {
    expect(await refusal(at('a.png'), at('a.png'), ...args)).toEqual([2, message]);
  });

  it('one image alone as wrong usage', async () => {
    const [code, message] = await refusal(at('a.png'));
    expect(code).toBe(2);
    expect(message).toContain('Not enough non-option arguments: got 1, need at least 2');
  });
});

/** Two float32 computations in different orders. */
const PARITY = 1e-6;

describeWithShared('lpips distance, against the official code,', ['weights', 'images/lpips'], (path) => {
  const image = (name: string) => path(`images/lpips/ex_${name}.png`);
  it.each([
    ['p0', ['--net', 'alex'], 0.7218806743621826],
    ['p1', ['--net', 'alex'], 0.13756559789180756],
    ['p0', [], 0.7218806743621826], // alex is the first that is at hand
    ['p1', ['--net', 'alex', '--no-linear'], 2.206010103225708],
    ['p0', ['--net', 'alex', '--version', '0.0'], 0.4055754244327545],
    ['p1', ['--net', 'alex', '--version=0.0'], 0.0838814377784729],
    ['p0', ['--net', 'squeeze'], 0.7110475301742554],
    ['p1', ['--net', 'squeeze'], 0.14790156483650208],
    ['p0', ['--net', 'squeeze', '--no-linear'], 6.040975570678711],
    ['p1', ['--net', 'squeeze', '--version', '0.0'], 0.08628983050584793],
  ])('%s %j is %f', async (name, options, expected) => {
    const { out, error } = await lpips(
      'distance',
      image(name),
      image('ref'),
      '--json',
      '--weights',
      path('weights'),
      ...options,
    );
    const { distance } = JSON.parse(out) as { distance: number };
    expect(error).toBe('');
    expect(Math.abs(distance / expected - 1)).toBeLessThanOrEqual(PARITY);
  });

  it('--heads takes a file of heads, and the result names it', async () => {
    const heads = path('weights/lpips/v0.0/alex.pth');
    const args = ['distance', image('p0'), image('ref'), '--weights', path('weights'), '--heads', heads];
    const { out } = await lpips(...args, '--net', 'alex', '--version', '0.1', '--json');
    expect(out).toContain('"version":"0.1"');
    expect(JSON.parse(out)).toMatchObject({ heads });
    expect((await lpips(...args, '--net', 'alex')).out).toMatch(
      / {2}alex custom [0-9a-f]{8} from .*v0\.0\/alex\.pth on /,
    );
    const { weights } = JSON.parse(out) as { weights: unknown };
    expect(weights).toMatchObject({ official: false });
  });

  it.runIf(process.platform === 'linux')('the name of a file of heads cannot forge a line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lpips-heads-'));
    const heads = join(folder, 'a\n0.0000000  forged.pth');
    await copyFile(path('weights/lpips/v0.1/alex.pth'), heads);
    const args = ['distance', image('p0'), image('ref'), '--weights', path('weights'), '--net', 'alex'];
    const { code, out } = await lpips(...args, '--heads', heads);
    await rm(folder, { recursive: true });
    expect([code, out.trimEnd().split('\n').length]).toEqual([0, 1]);
    expect(out).toContain('a\\x0a0.0000000  forged.pth');
  });
});
