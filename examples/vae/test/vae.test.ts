import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectImage, readWeights } from 'lpips-node';
import { describe, expect, it } from 'vitest';
import { askProgram } from '../../../test/support/ask-program.js';
import { killOnceThere, runProgram } from '../../../test/support/program.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { tempDir } from '../../../test/support/temp-dir.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** Trainings of some dozens of steps, on two busy cores. */
const TIMEOUT_MS = 300_000;

const run = (...args: readonly string[]) => runProgram(MAIN, args);

/** The numbers of the report on a step. */
function reported(out: string, step: number) {
  const number = String.raw`(-?[\d.]+)`;
  const line = `step ${step} .*held-out: LPIPS ${number}  PSNR ${number} dB  KL ${number} nats  s ${number}$`;
  const [lpips, psnr, kl, s] = (new RegExp(line, 'm').exec(out) ?? []).slice(1).map(Number);
  return { lpips, psnr, kl, s };
}

describe('vae', () => {
  it(
    'comes closer to held-out patches, puts something into its code, learns its variance, and draws three sheets',
    async () => {
      const folder = await tempDir();
      const { code, out, error } = await run('--out', folder, '--steps', '60');
      expect([code, error]).toEqual([0, '']);
      expect(out).toContain('LPIPS with lite in the loss');
      const [before, after] = [reported(out, 0), reported(out, 60)];
      expect(after.lpips).toBeLessThan(0.8 * Number(before.lpips));
      expect(after.psnr).toBeGreaterThan(Number(before.psnr) + 0.5);
      expect(after.kl).toBeGreaterThan(Number(before.kl) + 5);
      expect(before.s).toBe(-1.5);
      expect(Math.abs(Number(after.s) + 1.5)).toBeGreaterThan(0.01);
      expect(out.match(/^step /gm)).toHaveLength(10);
      expect((await readdir(folder)).sort()).toEqual([
        'reconstructions.png',
        'samples.png',
        'vae.safetensors',
        'walks.png',
      ]);
      for (const name of ['reconstructions', 'samples', 'walks']) {
        const { width, height } = await inspectImage(join(folder, `${name}.png`));
        expect(Math.min(width, height), name).toBeGreaterThan(240);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'killed and resumed, ends in the same bits as undisturbed',
    async () => {
      const [whole, halved] = [await tempDir(), await tempDir()];
      const size = ['--steps', '12'];
      const checkpoint = (out: string) => join(out, 'vae.safetensors');
      const ends = [await run(...size, '--out', whole)];
      await killOnceThere(checkpoint(halved), MAIN, [...size, '--out', halved]);
      ends.push(await run(...size, '--out', halved, '--resume'));
      expect(ends.map(({ code, error }) => [code, error])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      expect(ends[1]?.out).toMatch(/^at step ([2-9]|10) /m);
      for (const name of ['reconstructions.png', 'samples.png', 'walks.png']) {
        expect((await readFile(join(halved, name))).equals(await readFile(join(whole, name))), name).toBe(
          true,
        );
      }
      const [one, other] = [await readWeights(checkpoint(whole)), await readWeights(checkpoint(halved))];
      expect(one.metadata['standing']).toBe('{"step":12}');
      expect(one.weights.get('logVariance.0')?.shape).toEqual([]);
      expect(other).toEqual(one);
      const refused = await run(...size, '--seed', '2', '--out', halved, '--resume');
      expect(refused.code).toBe(1);
      expect(refused.error).toMatch(/^vae: .*expected a checkpoint of .*"seed":2.*\n$/);
    },
    TIMEOUT_MS,
  );

  it.each([
    [['--steps', 'x'], 2, /^vae: expected a whole number from 1 up for --steps, got "x"\.\n$/],
    [['--net', 'resnet'], 2, /^vae: expected one of lite, .* for --net, got "resnet"\.\n$/],
    [['--fast'], 2, /^vae: Unknown option '--fast'/],
    [['--photos', '/nowhere'], 1, /^vae: .*\/nowhere.*\n$/],
    [['--weights', '/nowhere'], 1, /^vae: .*\/nowhere.*\n$/],
  ])('refuses %j with code %i, in one sentence', async (args, code, message) => {
    const outcome = await askProgram(MAIN, [...args, '--out', await tempDir()]);
    expect([outcome.code, outcome.out]).toEqual([code, '']);
    expect(outcome.error).toMatch(message);
    expect(outcome.error.trimEnd().split('\n')).toHaveLength(1);
  });
});

describeWithShared('vae, with official weights', ['weights'], (path) => {
  it(
    'takes VGG16 into the loss where a folder has its weights',
    async () => {
      const { code, out, error } = await run(
        '--weights',
        path('weights'),
        '--steps',
        '2',
        '--out',
        await tempDir(),
      );
      expect([code, error]).toEqual([0, '']);
      expect(out).toContain('LPIPS with vgg in the loss');
    },
    TIMEOUT_MS,
  );
});
