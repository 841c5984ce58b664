import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectImage, readWeights } from 'lpips-node';
import { describe, expect, it } from 'vitest';
import { askProgram } from '../../../test/support/ask-program.js';
import { killOnceThere, runProgram } from '../../../test/support/program.js';
import { tempDir } from '../../../test/support/temp-dir.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const TIMEOUT_MS = 300_000;

const run = (...args: readonly string[]) => runProgram(MAIN, args);

describe('video-autoencoder', () => {
  it(
    'comes closer to held-out clips, with the discriminator counting from its start, and draws them',
    async () => {
      const folder = await tempDir();
      const sheet = join(folder, 'clips.png');
      const { code, out, error } = await run('--out', sheet, '--steps', '20', '--start', '15');
      expect([code, error]).toEqual([0, '']);
      const distance = (when: string) => Number(new RegExp(`^${when}: LPIPS (\\S+)`, 'm').exec(out)?.[1]);
      expect(distance('after')).toBeLessThan(0.9 * distance('before'));
      const lines = out.split('\n').filter((line) => line.startsWith('step '));
      expect(lines).toHaveLength(10);
      for (const line of lines) {
        const [, step, weight] = /^step (\d+) .*?(?:adversarial weight (\S+))?$/.exec(line) ?? [];
        expect(weight !== undefined, line).toBe(Number(step) >= 15);
        if (weight !== undefined) expect(Number(weight)).toBeGreaterThan(0);
      }
      expect((await readdir(folder)).sort()).toEqual(['clips.png', 'clips.safetensors']);
      expect(await inspectImage(sheet)).toMatchObject({ width: 4 * 4 * 32, height: 4 * 2 * 8 * 32 });
    },
    TIMEOUT_MS,
  );

  it(
    'killed while the discriminator counts and resumed, ends in the same bits as undisturbed',
    async () => {
      const [whole, halved] = [join(await tempDir(), 'clips.png'), join(await tempDir(), 'clips.png')];
      const size = ['--steps', '6', '--start', '1'];
      const checkpoint = (out: string) => out.replace('.png', '.safetensors');
      const ends = [await run(...size, '--out', whole)];
      await killOnceThere(checkpoint(halved), MAIN, [...size, '--out', halved]);
      ends.push(await run(...size, '--out', halved, '--resume'));
      expect(ends.map(({ code, error }) => [code, error])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      expect(ends[1]?.out).toMatch(/^at step [1-5]: LPIPS/);
      expect(await readFile(halved)).toEqual(await readFile(whole));
      const [one, other] = [await readWeights(checkpoint(whole)), await readWeights(checkpoint(halved))];
      expect(one.metadata['standing']).toBe('{"step":6}');
      expect(other).toEqual(one);
      const refused = await run(...size, '--seed', '2', '--out', halved, '--resume');
      expect(refused.code).toBe(1);
      expect(refused.error).toMatch(/^video-autoencoder: .*expected a checkpoint of .*"seed":2.*\n$/);
    },
    TIMEOUT_MS,
  );

  it.each([
    [['--steps', 'x'], 2, /^video-autoencoder: expected a whole number from 1 up for --steps, got "x"\.\n$/],
    [['--fast'], 2, /^video-autoencoder: Unknown option '--fast'/],
    [['--photos', '/nowhere'], 1, /^video-autoencoder: .*\/nowhere.*\n$/],
    [['--out', '/nowhere/clips.png'], 1, /^video-autoencoder: .*\/nowhere.*\n$/],
  ])('refuses %j with code %i, in one sentence', async (args, code, message) => {
    const outcome = await askProgram(MAIN, [...args]);
    expect(outcome.code).toBe(code);
    expect(outcome.error).toMatch(message);
  });
});
