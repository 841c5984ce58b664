/**
 * @module
 * Installs the npm package of the binding into a folder of its own, without its install script, which would download an
 * old libtensorflow. The copies of TensorFlow.js that come with it hold 250 MB of browser bundles and source maps; what
 * Node does not load is deleted.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cannot } from '../errors.js';
import { NODE_API_HEADERS_VERSION, TFJS_NODE_VERSION } from '../native-platform.js';
import { type BuildTools, missing } from './build-tools.js';
import { faultLine, runTool } from './run-tool.js';

const NO_NETWORK = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH/;

/**
 * Installs the package and the headers of Node-API into `folder`/node_modules.
 *
 * @throws NativeError with npm's reason
 */
export async function addPackage(
  packageName: string,
  folder: string,
  { npm }: BuildTools,
  signal?: AbortSignal,
): Promise<void> {
  const dependencies = { [packageName]: TFJS_NODE_VERSION, 'node-api-headers': NODE_API_HEADERS_VERSION };
  const manifest = { name: 'tfjs-native-backend', private: true, dependencies };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--no-progress'];
  const args = [
    'install',
    ...flags,
    '--global=false',
    '--workspaces=false',
    '--omit=dev',
    '--loglevel=error',
  ];
  const result = await runTool(npm, args, { cwd: folder, ...(signal && { signal }) });
  if (result?.code !== 0) {
    if (result === undefined) throw missing('npm', 'there is no npm on PATH');
    const what = `download ${packageName} ${TFJS_NODE_VERSION}`;
    if (NO_NETWORK.test(result.error)) {
      const advice = 'Check the network, or name a mirror with npm_config_registry.';
      throw cannot('installNative', what, 'the npm registry does not answer', advice, 'impossible here');
    }
    const fault = faultLine(result, /^npm (error|ERR!)\s+(?!code)/);
    throw cannot('installNative', what, `npm says "${fault}"`);
  }
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
