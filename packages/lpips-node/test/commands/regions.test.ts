import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memory } from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithShared } from '../../../../test/support/shared-data.js';
import { lpips } from '../support/run-lpips.js';

/** A region as the command prints it. */
interface PrintedRegion {
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly localDistance: number;
  readonly kind: string;
  readonly shift?: { readonly x: number; readonly y: number };
}

const screenshot = (name: string) =>
  fileURLToPath(new URL(`../../../matchers/test/fixtures/${name}.png`, import.meta.url));

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-regions-'));
  process.env['LPIPS_CACHE'] = at('cache'); // nothing at hand but lite
  const button = '<rect x="20" y="20" width="80" height="30" rx="4" fill="#2563eb"/>';
  const dot = '<circle cx="200" cy="40" r="6" fill="#16a34a"/>';
  const box = '<rect x="40" y="150" width="14" height="20" fill="#444"/>';
  const drawings = {
    'page.png': button + dot + box,
    'changed.png': button.replace('#2563eb', '#dc2626') + box.replace('x="40"', 'x="46"'),
  };
  for (const [name, shapes] of Object.entries(drawings)) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="200"><rect width="256" height="200" fill="#fff"/>${shapes}</svg>`;
    await sharp(Buffer.from(svg)).png().toFile(at(name));
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function printed(...args: string[]) {
  const { code, out } = await lpips('distance', ...args, '--regions', '--json', '--quiet');
  return {
    code,
    ...(JSON.parse(out) as { regions: PrintedRegion[]; regionAbove: number; verdict?: object }),
  };
}

describe('lpips distance --regions', () => {
  it('lists a missing dot, a button in another colour and a box that moved, in pixels', async () => {
    const { regions, regionAbove } = await printed(at('changed.png'), at('page.png'));
    expect(regionAbove).toBe(0.02);
    const of = (kind: string) => regions.find((region) => region.kind === kind);
    expect(regions).toHaveLength(3);
    expect(of('missing')?.box).toEqual({ x: 194, y: 34, width: 12, height: 12 });
    expect(of('colour')?.box).toEqual({ x: 20, y: 20, width: 80, height: 30 });
    expect(of('moved')).toMatchObject({
      box: { x: 40, y: 150, width: 20, height: 20 },
      shift: { x: 6, y: 0 },
    });
    const distances = regions.map(({ localDistance }) => localDistance);
    expect(distances).toEqual([...distances].sort((a, b) => b - a));
    const back = await printed(at('page.png'), at('changed.png'));
    expect(back.regions.map(({ kind }) => kind).sort()).toEqual(['added', 'colour', 'moved']);
  });

  it('gives the numbers of the matchers for screenshots of 800x600', async () => {
    const icon = await printed(screenshot('missing-icon'), screenshot('reference'));
    expect(icon.regions).toMatchObject([{ kind: 'missing', box: { x: 37, y: 268, width: 16, height: 16 } }]);
    expect(icon.regions[0]?.localDistance).toBeCloseTo(1.0562, 4);
    const moved = await printed(screenshot('moved'), screenshot('reference'));
    expect(moved.regions[0]?.localDistance).toBeCloseTo(0.3878, 4);
    for (const region of moved.regions)
      expect(region).toMatchObject({ kind: 'moved', shift: { x: 0.5, y: 0 } });
    const digit = await printed(screenshot('other-digit'), screenshot('reference'));
    expect(digit.regions).toMatchObject([{ kind: 'changed', box: { x: 336, y: 310, width: 8, height: 10 } }]);
    const smooth = await printed(screenshot('lcd-smoothing'), screenshot('reference'));
    expect(new Set(smooth.regions.map(({ kind }) => kind))).toEqual(new Set(['changed']));
  });

  it('lists none of an image and itself, nor below --region-above', async () => {
    expect((await printed(at('page.png'), at('page.png'))).regions).toEqual([]);
    const above = await printed(at('changed.png'), at('page.png'), '--region-above', '5');
    expect([above.regionAbove, above.regions]).toEqual([5, []]);
  });

  it('is a table without --json', async () => {
    const { out } = await lpips('distance', screenshot('missing-icon'), screenshot('reference'), '--regions');
    expect(out).toMatch(
      /^0\.\d{7} {2}lite 0\.3 on wasm\n local {2}kind {6}x {4}y {2}width {2}height\n1\.0562 {2}missing {2}37 {2}268 {5}16 {6}16\n$/,
    );
    const moved = await lpips('distance', at('changed.png'), at('page.png'), '--regions');
    expect(moved.out).toMatch(/ moved .* moved by 6, 0\n/);
    const none = await lpips('distance', at('page.png'), at('page.png'), '--regions', '--quiet');
    expect(none.out).toBe('0.0000000  lite 0.3 on wasm\nno place has a local distance above 0.02\n');
  });

  it('says the verdict of --fail-above in the JSON, and ends with 3 above it', async () => {
    const pair = [at('changed.png'), at('page.png')];
    const above = await printed(...pair, '--fail-above', '0.001');
    expect([above.code, above.verdict]).toEqual([3, { failAbove: 0.001, passed: false }]);
    const below = await printed(...pair, '--fail-above', '100');
    expect([below.code, below.verdict]).toEqual([0, { failAbove: 100, passed: true }]);
    expect((await printed(...pair)).verdict).toBeUndefined();
  });

  it('stays in the JSON beside --map and --resize, in pixels of the reference', async () => {
    await sharp(at('changed.png')).resize(512, 400).png().toFile(at('large.png'));
    const { code, regions } = await printed(
      at('large.png'),
      at('page.png'),
      '--resize',
      '--map',
      at('map.png'),
    );
    expect(code).toBe(0);
    expect((await sharp(at('map.png')).metadata()).format).toBe('png');
    const dot = regions.find(({ box }) => Math.abs(box.x - 194) <= 4 && Math.abs(box.y - 34) <= 4);
    expect(dot?.box.width).toBeLessThan(20);
  });

  it.each([
    [
      ['--region-above', '0.1'],
      '--region-above is a threshold of --regions. Add --regions, or leave it out.',
    ],
    [['--regions', '--region-above', '-1'], '--region-above'],
    [['--regions', '--region-above', 'much'], '--region-above'],
  ])('refuses %j', async (flags, sentence) => {
    const { code, out, error } = await lpips('distance', at('page.png'), at('page.png'), ...flags);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(sentence);
    expect(error.trim().split('\n')).toHaveLength(1);
  });

  it('leaves no tensor', async () => {
    await printed(at('changed.png'), at('page.png'));
    const { numTensors } = memory();
    await printed(at('changed.png'), at('page.png'));
    expect(memory().numTensors).toBe(numTensors);
  });
});

describeWithShared('lpips distance --regions with every net', ['weights'], (path) => {
  it.each(['lite', 'squeeze', 'alex', 'vgg'])('finds the missing icon with %s', async (net) => {
    const part = { left: 0, top: 220, width: 160, height: 120 };
    const pair = ['missing-icon', 'reference'].map((name) => at(`${name}-part.png`));
    await sharp(screenshot('missing-icon')).extract(part).png().toFile(at('missing-icon-part.png'));
    await sharp(screenshot('reference')).extract(part).png().toFile(at('reference-part.png'));
    const { regions } = await printed(...pair, '--net', net, '--weights', path('weights'));
    expect(regions).toMatchObject([{ kind: 'missing', box: { x: 37, y: 48, width: 16, height: 16 } }]);
  });
});
