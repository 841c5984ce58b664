/**
 * @module
 * Wheels through `pip download`, which knows the user's index, mirrors and proxies. Nothing of it is installed. pip
 * tells no progress to a program, but it writes into a temporary folder whose growth can be watched.
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../errors.js';
import { faultLine, runTool, type ToolResult } from './run-tool.js';
import { sha256OfFile } from './sha256.js';

/** A distribution in one version. */
export interface WheelRequest {
  readonly distribution: string;
  readonly version: string;
  readonly tags: readonly string[];
  /** Where it is known. Otherwise pip compares with the index's own. */
  readonly sha256?: string;
}

export interface FetchWheelOptions {
  readonly python: string;
  /** Where the wheel comes to lie. */
  readonly folder: string;
  /** For what must not outlive the run. On the same file system as `folder`. */
  readonly scratch: string;
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

const WATCH_MS = 200;
/** Seen in pip's warnings where no index answers. */
const NO_NETWORK = /Retrying \(Retry|NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError/;

/**
 * Brings a wheel into `folder`, unless one of an earlier run lies there whole.
 *
 * @returns its path
 * @throws NativeError where the index does not answer, has no such version, or gives another file
 */
export async function fetchWheel(request: WheelRequest, options: FetchWheelOptions): Promise<string> {
  const { python, folder, scratch, onBytes, signal } = options;
  const present = await findWheel(folder, request);
  if (present !== undefined && (await isWhole(present, request))) return present;
  const incoming = join(scratch, `wheel-${request.distribution}`);
  const temporary = join(scratch, 'pip');
  await mkdir(incoming, { recursive: true });
  await mkdir(temporary, { recursive: true });
  const requirements = join(incoming, 'requirements.txt');
  await writeFile(requirements, requirementOf(request));
  const args = ['-m', 'pip', 'download', ...pipArguments(request), '--dest', incoming, '-r', requirements];
  const watch = setInterval(() => void bytesIn([temporary, incoming]).then(onBytes), WATCH_MS);
  let result: ToolResult | undefined;
  try {
    result = await runTool(python, args, {
      env: { TMPDIR: temporary, PIP_REQUIRE_VIRTUALENV: '0', PIP_NO_INPUT: '1' },
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    clearInterval(watch);
  }
  if (result?.code !== 0) throw refusal(request, result);
  const fetched = await findWheel(incoming, request);
  if (fetched === undefined) throw refusal(request, result);
  if (request.sha256 !== undefined && !(await isWhole(fetched, request))) {
    throw otherFile(request, await sha256OfFile(fetched));
  }
  await mkdir(folder, { recursive: true });
  const kept = join(folder, fetched.slice(incoming.length + 1));
  await rename(fetched, kept);
  await rm(temporary, { recursive: true, force: true });
  return kept;
}

/** The options of pip that pick a wheel for a platform, whatever Python runs it. */
function pipArguments({ tags }: WheelRequest): string[] {
  return [
    '--no-deps',
    '--only-binary=:all:',
    '--implementation=cp',
    '--python-version=3.11',
    '--abi=cp311',
    ...tags.map((tag) => `--platform=${tag}`),
    '--progress-bar=off',
    '--disable-pip-version-check',
  ];
}

function requirementOf({ distribution, version, sha256 }: WheelRequest): string {
  return `${distribution}==${version}${sha256 === undefined ? '' : ` --hash=sha256:${sha256}`}\n`;
}

async function findWheel(
  folder: string,
  { distribution, version }: WheelRequest,
): Promise<string | undefined> {
  const start = `${distribution.replaceAll('-', '_')}-${version}-`.toLowerCase();
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => each.toLowerCase().startsWith(start) && each.endsWith('.whl'));
  return name === undefined ? undefined : join(folder, name);
}

/** Of a wheel without a known digest nothing can be said: it is fetched again. */
async function isWhole(path: string, { sha256 }: WheelRequest): Promise<boolean> {
  return sha256 !== undefined && (await sha256OfFile(path)) === sha256;
}

async function bytesIn(folders: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    for (const entry of entries) {
      const found = await stat(join(folder, entry)).catch(() => undefined);
      if (found?.isFile() === true) bytes += found.size;
    }
  }
  return bytes;
}

function refusal(request: WheelRequest, result: ToolResult | undefined): Error {
  const { distribution, version } = request;
  const what = `${distribution} ${version}`;
  const where = 'backend install';
  if (result === undefined) return invalid(where, 'pip', 'PATH', 'none', 'Install python3 with pip.');
  const { error } = result;
  if (/DO NOT MATCH THE HASHES/i.test(error)) {
    return otherFile(request, /Got\s+([0-9a-f]{64})/.exec(error)?.[1] ?? 'another');
  }
  if (/No space left on device/.test(error)) {
    const advice = 'Free some space, or set LPIPS_CACHE to a folder that has room.';
    return invalid(where, 'room', what, 'a full disk', advice);
  }
  if (NO_NETWORK.test(error)) {
    const advice = 'Check the network, or set PIP_INDEX_URL to a mirror that this machine reaches.';
    return invalid(where, 'an answer of the Python package index', what, 'none', advice);
  }
  if (/No matching distribution found|Could not find a version/.test(error)) {
    const advice = 'Choose another with --tensorflow, or leave that flag out.';
    return invalid(where, 'a version with a wheel for this platform', distribution, version, advice);
  }
  const got = `pip's error "${faultLine(result, /^ERROR:\s*/)}"`;
  return invalid(where, 'a download', what, got);
}

function otherFile({ distribution, version, sha256 }: WheelRequest, got: string): Error {
  const expected = `sha256 ${sha256 ?? 'of the index'}`;
  const advice = 'It was deleted. Try again, or on another network: something on the way changes the file.';
  return invalid('backend install', expected, `${distribution} ${version}`, got, advice);
}
