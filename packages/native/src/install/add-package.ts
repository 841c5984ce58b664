/**
 * @module
 * Installs the npm package of the binding into a folder of its own, with exactly the packages that the lockfile in
 * `locks/` names: npm compares each with its sha512. Their install scripts do not run; the binding's would download an
 * old libtensorflow. The copies of TensorFlow.js that come with it hold 250 MB of browser bundles and source maps; what
 * Node does not load is deleted.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cannot } from '../errors.js';
import { TFJS_NODE_VERSION } from '../native-platform.js';
import { type BuildTools, missing } from './build-tools.js';
import { faultLine, runTool } from './run-tool.js';

const NO_NETWORK = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH/;

/** Whether npm refused a package because it is another one than the lockfile names. */
const OTHER_PACKAGE = /EINTEGRITY|integrity checksum failed/;

/**
 * Installs the package and the headers of Node-API into `folder`/node_modules.
 *
 * @throws NativeError with npm's reason, or where a package has another digest than the lockfile
 */
export async function addPackage(
  packageName: string,
  folder: string,
  { npm }: BuildTools,
  signal?: AbortSignal,
): Promise<void> {
  const lock = await readLock(packageName);
  const { dependencies } = lock.packages[''];
  const manifest = { name: lock.name, private: true, dependencies };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--package-lock', '--no-progress'];
  const args = ['ci', ...flags, '--global=false', '--workspaces=false', '--omit=dev', '--loglevel=error'];
  const result = await runTool(npm, args, { cwd: folder, ...(signal && { signal }) });
  if (result?.code !== 0) {
    if (result === undefined) throw missing('npm', 'there is no npm on PATH');
    const what = `download ${packageName} ${TFJS_NODE_VERSION}`;
    if (NO_NETWORK.test(result.error)) {
      const advice = 'Check the network, or name a mirror with npm_config_registry.';
      throw cannot('installNative', what, 'the npm registry does not answer', advice, 'impossible here');
    }
    if (OTHER_PACKAGE.test(result.error)) {
      const advice = 'Try again, or with another registry: something on the way changes the files.';
      throw cannot('installNative', what, 'a package has another sha512 than the pinned one', advice);
    }
    const fault = faultLine(result, /^npm (error|ERR!)\s+(?!code)/);
    throw cannot('installNative', what, `npm says "${fault}"`);
  }
}

/** A lockfile of npm, as far as it is read here. */
interface Lock {
  readonly name: string;
  readonly packages: { readonly '': { readonly dependencies: Readonly<Record<string, string>> } };
}

/** The lockfile of a native package. It names no registry, so that npm asks the one that the user has chosen. */
async function readLock(packageName: string): Promise<Lock> {
  const file = new URL(`../../locks/${basename(packageName)}.json`, import.meta.url);
  return JSON.parse(await readFile(fileURLToPath(file), 'utf8')) as Lock;
}

/**
 * Deletes what Node does not load of TensorFlow.js's own packages: everything in `dist` except the file named as
 * `main`.
 */
export async function pruneBundles(folder: string): Promise<void> {
  const scope = join(folder, 'node_modules', '@tensorflow');
  for (const name of await readdir(scope)) {
    if (name.startsWith('tfjs-node')) continue;
    const path = join(scope, name);
    const manifest: unknown = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('main' in manifest)) continue;
    const main = String(manifest.main).replace(/^\.\//, '');
    if (!main.startsWith('dist/') || !(await isFile(join(path, main)))) continue;
    for (const entry of await readdir(join(path, 'dist'))) {
      if (main !== `dist/${entry}`) await rm(join(path, 'dist', entry), { recursive: true });
    }
    for (const entry of await readdir(path)) {
      const isKept =
        entry === 'dist' || entry === 'node_modules' || /^(package\.json|licen[cs]e.*)$/i.test(entry);
      if (!isKept) await rm(join(path, entry), { recursive: true });
    }
  }
}

/** Bytes of all files in a folder. Links do not count. */
export async function sizeOfFolder(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
