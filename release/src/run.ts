/**
 * @module
 * `npm run release`: packs every package, lints the tarballs and their types, tests them in empty projects on every Node.js
 * that is supported, and publishes, with provenance, the versions that npm does not have. `--dry-run` does all but publish.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  inPublishingOrder,
  type Manifest,
  type PackedPackage,
  packAll,
  ROOT,
  readAddresses,
  unsetAddresses,
} from './packages.js';

/** Versions of Node.js on which the tarballs are tested. */
const NODES = [20, 22, 24];
const TYPES_LINT = '@arethetypeswrong/cli@0.18.5';
const TARBALLS = join(ROOT, 'release', '.cache', 'tarballs');

const USAGE = `npm run release [-- --dry-run]

Packs every package, lints the tarballs (publint, arethetypeswrong), tests them in empty projects on Node.js ${NODES.join(', ')}, and
publishes with provenance the versions that npm does not have.

  --dry-run   everything but publishing
  --help      this text
`;

/** A reason why nothing, or nothing more, is published. */
class Refusal extends Error {}

const options = readOptions();
if (options === undefined) {
  process.exitCode = 2;
} else if (options.help) {
  process.stdout.write(USAGE);
} else {
  try {
    await release(options.dryRun);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

function readOptions(): { dryRun: boolean; help: boolean } | undefined {
  try {
    const { values } = parseArgs({
      options: { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return { dryRun: values['dry-run'] ?? false, help: values.help ?? false };
  } catch (error) {
    process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

/** A dry run says at its end what a release would have been refused for at its beginning. */
async function release(dryRun: boolean): Promise<void> {
  const refusal = await whyRefused();
  if (refusal && !dryRun) throw refusal;
  await rm(TARBALLS, { recursive: true, force: true });
  await mkdir(TARBALLS, { recursive: true });
  say(`Packing into ${TARBALLS}`);
  const packed = await packAll(TARBALLS);
  const ordered = inPublishingOrder(Array.from(packed.values(), ({ manifest }) => manifest));
  for (const { name } of ordered) lint(packedOf(packed, name));
  for (const node of NODES) {
    say(`Testing the tarballs on Node.js ${node}`);
    const vitest = join('node_modules', 'vitest', 'vitest.mjs');
    const args = ['--yes', `node@${node}`, vitest, 'run', 'test/packed-packages.test.ts'];
    mustRun('npx', args, `the tarballs do not pass on Node.js ${node}`, { LPIPS_TARBALLS: TARBALLS });
  }
  for (const manifest of ordered) publish(manifest, packedOf(packed, manifest.name).tarball, dryRun);
  if (refusal) throw refusal;
}

async function whyRefused(): Promise<Refusal | undefined> {
  const unset = unsetAddresses(await readAddresses());
  if (unset.length > 0) {
    return new Refusal(
      `release: cannot publish: package.json does not set ${list(unset)}. Set ${unset.length > 1 ? 'them' : 'it'} there; every ` +
        'package takes its own from there.',
    );
  }
  if (output('git', ['status', '--porcelain']) !== '') {
    return new Refusal('release: cannot publish: the working tree has changes. Commit them first.');
  }
  if (output('git', ['ls-files', '.changeset/*.md', ':!.changeset/README.md']) !== '') {
    return new Refusal(
      'release: cannot publish: there are changesets that no version has. Run `npm run changeset -- version` and commit first.',
    );
  }
  return undefined;
}

/** Lints what a package says of itself, and its types as each kind of resolution finds them. */
function lint({ manifest, tarball }: PackedPackage): void {
  const { name, exports } = manifest;
  say(`Linting ${name}`);
  mustRun(join(ROOT, 'node_modules', '.bin', 'publint'), [tarball, '--strict'], `publint refuses ${name}`);
  // The packages are ES modules; CommonJS requires them as such. Files that are not modules have no types.
  const assets = Object.entries(exports).filter(([, target]) => typeof target === 'string');
  const without = ['--exclude-entrypoints', ...assets.map(([entry]) => entry)];
  const args = ['--yes', TYPES_LINT, tarball, '--profile', 'esm-only', '--format', 'ascii', ...without];
  mustRun('npx', args, `arethetypeswrong refuses ${name}`);
}

/** Publishes a version unless npm has it, so that a release that broke off can be run again. */
function publish({ name, version }: Manifest, tarball: string, dryRun: boolean): void {
  if (dryRun) {
    say(`Would publish ${name}@${version} with provenance`);
  } else if (output('npm', ['view', `${name}@${version}`, 'version'], true) === version) {
    say(`npm has ${name}@${version}`);
  } else {
    say(`Publishing ${name}@${version}`);
    const args = ['publish', tarball, '--provenance', '--access', 'public'];
    mustRun('npm', args, `${name} was not published; the same command goes on from there`);
  }
}

function packedOf(packed: ReadonlyMap<string, PackedPackage>, name: string): PackedPackage {
  const found = packed.get(name);
  if (!found) throw new RangeError(`there is no package ${name}`);
  return found;
}

function mustRun(program: string, args: readonly string[], fault: string, env: NodeJS.ProcessEnv = {}): void {
  const { status, signal } = spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) throw new Refusal(`release: cannot publish: ${fault}. The reason stands above.`);
}

/** What a program writes; of one that may fail, nothing. */
function output(program: string, args: readonly string[], mayFail = false): string {
  const { status, stdout } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0 && !mayFail) throw new Refusal(`release: cannot publish: ${program} ${args[0]} failed.`);
  return status === 0 ? stdout.trim() : '';
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
