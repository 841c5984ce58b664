/**
 * @module
 * Downloads wheels with `pip download`, which knows the user's index, mirrors and proxies. It installs nothing. pip
 * reports no progress to a program, so the growth of the wheel in its temporary folder is measured instead.
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cannot, type Wording } from '../errors.js';
import { missing } from './build-tools.js';
import { DISK_ADVICE } from './disk-faults.js';
import { faultLine, runTool, type ToolResult } from './run-tool.js';
import { sha256OfFile } from './sha256.js';

/** A distribution in one version. */
export interface WheelRequest {
  readonly distribution: string;
  readonly version: string;
  readonly tags: readonly string[];
  /** The digest that the wheel must have. */
  readonly sha256: string;
}

export interface FetchWheelOptions {
  readonly python: string;
  /** Where the wheel is put. */
  readonly folder: string;
  /** Folder for temporary files, on the same file system as `folder`. The caller deletes it. */
  readonly scratch: string;
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

const WATCH_MS = 200;
/** What pip prints where no index answers. */
const NO_NETWORK = /Retrying \(Retry|NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError/;

/** What to do where a version of TensorFlow has no wheel that serves. */
export const ANOTHER_VERSION: Wording = {
  inCode: 'Choose another version with the option tensorflow, or leave it out.',
  inCommand: 'Choose another version with --tensorflow, or leave it out.',
};

/**
 * Downloads a wheel into `folder`, unless a whole one is there from an earlier run.
 *
 * @returns its path
 * @throws NativeError where the index does not answer, has no such version, or sends another file
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
  let isRunning = true;
  const tell = (bytes: number) => {
    if (isRunning) onBytes?.(bytes); // else the next step has begun
  };
  const watch = setInterval(() => void largestFileIn([temporary, incoming]).then(tell), WATCH_MS);
  let result: ToolResult | undefined;
  try {
    result = await runTool(python, args, {
      env: { TMPDIR: temporary, PIP_REQUIRE_VIRTUALENV: '0', PIP_NO_INPUT: '1' },
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    isRunning = false;
    clearInterval(watch);
  }
  if (result?.code !== 0) throw refusal(request, result);
  const fetched = await findWheel(incoming, request);
  if (fetched === undefined) throw refusal(request, result);
  if (!(await isWhole(fetched, request))) {
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
  return `${distribution}==${version} --hash=sha256:${sha256}\n`;
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

async function isWhole(path: string, { sha256 }: WheelRequest): Promise<boolean> {
  return (await sha256OfFile(path)) === sha256;
}

/**
 * Size of the largest file. pip copies the wheel from folder to folder, so that a sum would count it more than once.
 */
async function largestFileIn(folders: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    for (const entry of entries) {
      const found = await stat(join(folder, entry)).catch(() => undefined);
      if (found?.isFile() === true) bytes = Math.max(bytes, found.size);
    }
  }
  return bytes;
}

/** The error of a download that failed, from what pip printed. */
function refusal(request: WheelRequest, result: ToolResult | undefined): Error {
  if (result === undefined) return missing('pip', 'there is no python3 on PATH');
  const { error } = result;
  if (/DO NOT MATCH THE HASHES/i.test(error)) {
    return otherFile(request, /Got\s+([0-9a-f]{64})/.exec(error)?.[1]);
  }
  const what = `download ${request.distribution} ${request.version}`;
  if (/No space left on device/.test(error)) {
    return cannot('installNative', what, 'the disk is full', DISK_ADVICE);
  }
  if (NO_NETWORK.test(error)) {
    const why = 'the Python package index does not answer';
    const advice = 'Check the network, or set PIP_INDEX_URL to a mirror that this machine reaches.';
    return cannot('installNative', what, why, advice, 'impossible here');
  }
  if (/No matching distribution found|Could not find a version/.test(error)) {
    const why = 'the index has no wheel of this version for this platform';
    return cannot('installNative', what, why, ANOTHER_VERSION);
  }
  return cannot('installNative', what, `pip says "${faultLine(result, /^ERROR:\s*/)}"`);
}

function otherFile({ distribution, version, sha256 }: WheelRequest, got: string | undefined): Error {
  const why = `its sha256 is ${got ?? 'another one'} and not ${sha256}`;
  const advice =
    'The file was deleted. Try again, or on another network: something on the way changes the file.';
  return cannot('installNative', `use ${distribution} ${version}`, why, advice);
}
