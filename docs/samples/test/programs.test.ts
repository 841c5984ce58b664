/** The programs that the pages show do what the pages say. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { suiteOnBackend } from '../../../test/support/backends.js';
import { tempDir } from '../../../test/support/temp-dir.js';
import { providePictures } from './support/pictures.js';

const SAMPLES = fileURLToPath(new URL('..', import.meta.url));
/** Keeps vitest from finding the configuration of this repository. */
const PATIENT_CONFIG = join(SAMPLES, 'test/support/patient-config.mjs');
const NUMBER = /^\d+\.\d+$/;

/** Runs a Node.js program among the pictures and gives the lines that it prints. */
async function linesOf(...args: readonly string[]): Promise<string[]> {
  const folder = await tempDir();
  await providePictures(folder);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder }, (fault, out, error) => {
      if (fault) reject(new Error(`${error}${out}`));
      else resolve(out.trim().split('\n'));
    });
  });
}

const program = (name: string) => join(SAMPLES, 'dist', `${name}.js`);

/** Each program by its name, and what is expected of its lines. */
const EXPECTED: Readonly<Record<string, (lines: string[]) => void>> = {
  number: ([distance, ...more]) => {
    expect(distance).toMatch(NUMBER);
    expect(more).toEqual([]);
  },
  loss: (lines) => {
    const losses = (lines.join('').match(/\d+\.\d+/g) ?? []).map(Number);
    expect(losses).toHaveLength(5);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  },
  'own-loop': (lines) => {
    const losses = lines.slice(0, 3).map((line) => Number(line.split(' ')[1]));
    expect(losses[2]).toBeLessThan(losses[0] ?? 0);
    expect(lines[3]).toMatch(/^2\d steps ran as one operation$/);
  },
  metric: ([distance, itself, layers, left, slope, map]) => {
    expect(distance).toMatch(NUMBER);
    expect(Number(itself)).toBe(0);
    expect(Number(layers)).toBeCloseTo(Number(distance), 5);
    expect(Number(left)).toBeGreaterThan(0);
    expect(Number(slope)).toBeGreaterThan(0);
    expect(map).toBe('1x96x96x1');
  },
  tiles: (lines) => {
    const [tiled, whole] = lines.slice(-2).map(Number);
    expect(lines.slice(0, -2)).toEqual(['1 of 4', '2 of 4', '3 of 4', '4 of 4']);
    expect(tiled).toBeCloseTo(whole ?? 0, 5);
  },
};

it.each(Object.keys(EXPECTED))('%s.ts', async (name) => {
  EXPECTED[name]?.(await linesOf(program(name)));
});

await suiteOnBackend('native.ts', 'tensorflow', (title) => {
  it(title, async () => {
    const [line] = await linesOf(program('native'));
    expect(line).toMatch(/^tensorflow 4\.22\.0$/);
  });
});

it('screenshots.test.ts', async () => {
  const manifest = createRequire(import.meta.url).resolve('vitest/package.json');
  const vitest = join(dirname(manifest), 'vitest.mjs');
  const lines = await linesOf(
    vitest,
    'run',
    '--config',
    PATIENT_CONFIG,
    '--root',
    SAMPLES,
    'dist/screenshots.test.js',
  );
  expect(lines.join('\n')).toMatch(/1 passed/);
});

it('every program is run here', () => {
  const names = readdirSync(join(SAMPLES, 'src')).map((file) => file.replace(/\.ts$/, ''));
  expect(names.sort()).toEqual([...Object.keys(EXPECTED), 'native', 'screenshots.test'].sort());
});
