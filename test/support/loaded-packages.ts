/**
 * @module
 * The packages that an entry point loads, as Node.js loads the built package.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Reports the address of every module that an `import` asks for. */
const HOOK = `
  let port;
  export const initialize = (data) => { port = data; };
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    port.postMessage(found.url);
    return found;
  }`;

/**
 * @param entry what is imported, such as `lpips-node/files`
 * @param folder of the package that imports it
 * @returns names of the packages that a fresh process loads with it
 */
export async function packagesLoadedBy(entry: string, folder: string): Promise<string[]> {
  const program = `
    import { createRequire, register } from 'node:module';
    import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
    const { port1, port2 } = new MessageChannel();
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOK)}), {
      data: port2,
      transferList: [port2],
    });
    await import(${JSON.stringify(entry)});
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    for (let next; (next = receiveMessageOnPort(port1)); ) loaded.push(next.message);
    console.log(JSON.stringify(loaded));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
    maxBuffer: 1 << 26,
  });
  const addresses: string[] = JSON.parse(stdout);
  const names = addresses.flatMap(
    (address) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(address)?.slice(1) ?? [],
  );
  return [...new Set(names)];
}
