/**
 * @module
 * A small project in a folder of its own, as a user has one. The built packages are copied into its `node_modules`, since
 * runners transform files that lie elsewhere. Their dependencies and the runners are linked. A runner starts there as a
 * process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url));
const COPIED: Readonly<Record<string, string>> = {
  'lpips-core': 'lpips-core',
  'lpips-node': 'lpips-node',
  'lpips-matchers': 'matchers',
};
const COPIED_PARTS = ['package.json', 'dist', 'src', 'weights'];

/** How a runner ended. */
export interface RunOutcome {
  readonly code: number | null;
  /** Both streams, without colours. */
  readonly output: string;
}

/** A project that a runner can run in. */
export interface RunnerProject {
  readonly folder: string;
  /** Path of a file of the project. */
  at(name: string): string;
  write(name: string, content: string | Uint8Array): Promise<void>;
  read(name: string): Promise<Buffer>;
  has(name: string): boolean;
  remove(name: string): Promise<void>;
  /** Starts a runner by the path of its program in `node_modules`, and waits for its end. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunOutcome>;
  /** Starts a program of Node.js that lies anywhere. */
  tool(path: string, args: readonly string[]): Promise<RunOutcome>;
  /** Removes the project. */
  dispose(): Promise<void>;
}

/** Makes a project. */
export async function runnerProject(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<RunnerProject> {
  if (!existsSync(join(PACKAGES, 'matchers/dist/vitest.js'))) {
    throw new Error(`${PACKAGES}matchers/dist is missing: build first, with npm run build.`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'lpips-matchers-'));
  const at = (name: string) => join(folder, name);
  const write = async (name: string, content: string | Uint8Array) => {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), content);
  };
  for (const [name, source] of Object.entries(COPIED)) {
    for (const part of COPIED_PARTS.filter((part) => existsSync(join(PACKAGES, source, part)))) {
      await cp(join(PACKAGES, source, part), at(`node_modules/${name}/${part}`), { recursive: true });
    }
    await linkDependencies(join(PACKAGES, source, 'node_modules'), at('node_modules'));
  }
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return {
    folder,
    at,
    write,
    read: (name) => readFile(at(name)),
    has: (name) => existsSync(at(name)),
    remove: (name) => rm(at(name), { recursive: true }),
    tool: (path, args) => run(folder, [path, ...args], {}),
    run: (program, args, env = {}) => run(folder, [at(`node_modules/${program}`), ...args], env),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Links every package of a `node_modules` into another that has none of its name. */
async function linkDependencies(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from)) {
    if (entry.startsWith('.') || entry in COPIED || existsSync(join(to, entry, 'package.json'))) continue;
    if (entry.startsWith('@')) {
      await mkdir(join(to, entry), { recursive: true });
      await linkDependencies(join(from, entry), join(to, entry));
    } else {
      await symlink(join(from, entry), join(to, entry));
    }
  }
}

async function run(
  folder: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunOutcome> {
  // The variables that CI and the runner of these tests set must not reach the runner that is tested.
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(CI|NODE_OPTIONS|NODE_ENV|TEST|VITEST.*|JEST.*|PLAYWRIGHT_.*|GITHUB_.*|FORCE_COLOR)$/.test(name),
  );
  const child = spawn(process.execPath, command, {
    cwd: folder,
    // Without a native backend in its cache, a process computes on WASM, which starts faster.
    env: { ...Object.fromEntries(kept), NO_COLOR: '1', LPIPS_CACHE: join(folder, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await once(child, 'close');
  return { code: child.exitCode, output };
}
