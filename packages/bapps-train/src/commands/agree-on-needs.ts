/**
 * @module
 * What `bapps reproduce` says before it begins: what the nets take on this machine. Then it asks whether to go on.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { cannot, NET_NAMES, type NetName } from 'lpips-core';
import type { BackendChoice } from 'lpips-node';
import { type Terminal, UsageError } from 'lpips-node/command-line';
import { writeAtomically } from 'lpips-node/files';
import { ARCHIVE_NAMES, ARCHIVES, type ArchiveName } from '../data-set/archives.js';
import { parseJson } from '../files/parse-json.js';
import {
  bytesOfDownload,
  countItemsOf,
  freeBytes,
  type ItemCounts,
  imagesOfItems,
  measureRate,
  type NetNeeds,
  needsOf,
  PUBLISHED_ITEMS,
} from '../reproduce/needs.js';
import { openNetwork } from './extract-kind.js';

/** What decides how much a reproduction takes. */
interface Undertaking {
  readonly out: string;
  readonly nets: readonly NetName[];
  readonly weights: string | undefined;
  readonly backend: BackendChoice;
  readonly size: number;
  readonly yes: boolean;
  readonly offline: boolean;
  readonly quiet: boolean;
}

/** What a user was told of: nets, and archives to download. */
const AGREED = '.agreed.json';
/** Seconds that are measured, over all nets. */
const MEASURED_SECONDS = 60;

/** What earlier runs in a folder told the user that they would do. */
export interface Agreement {
  readonly nets: readonly NetName[];
  /** Archives that were not there then, in their usual order: how the data came to be. */
  readonly downloads: readonly ArchiveName[];
}

/** What was agreed on in the folder so far; nothing, where there was no run. */
export async function readAgreement(out: string): Promise<Agreement> {
  const text = await readFile(join(out, AGREED), 'utf8').catch(() => '{}');
  const told = parseJson(text) as { readonly [name in keyof Agreement]?: unknown } | null;
  return { nets: namesIn(told?.nets, NET_NAMES), downloads: namesIn(told?.downloads, ARCHIVE_NAMES) };
}

/** Remembers what was agreed on, for later runs. */
export async function writeAgreement(out: string, agreement: Agreement): Promise<void> {
  await writeAtomically(join(out, AGREED), `${JSON.stringify(agreement)}\n`);
}

/** Those of the names that a list of unknown content holds. */
function namesIn<Name>(list: unknown, names: readonly Name[]): readonly Name[] {
  return Array.isArray(list) ? names.filter((name) => list.includes(name)) : [];
}

/**
 * Says what the reproduction takes, and asks whether to go on.
 *
 * @throws LpipsError where the disk is too small
 * @throws UsageError where nobody can be asked
 */
export async function agree(
  options: Undertaking,
  data: string,
  parts: readonly ArchiveName[],
  terminal: Terminal,
): Promise<boolean> {
  const { out, yes, quiet } = options;
  const canAsk = process.stdin.isTTY && process.stderr.isTTY;
  if (!yes && !canAsk) {
    throw new UsageError('expected --yes where nobody can be asked whether to go on, got none. Add it.');
  }
  const items = parts.length > 0 ? PUBLISHED_ITEMS : await countItemsOf(data);
  const needs = await measureNeeds(options, items, terminal);
  const download = bytesOfDownload(parts);
  const bytes = download + needs.reduce((sum, each) => sum + each.bytes, 0);
  const free = await freeBytes(out);
  if (!quiet) terminal.error(needLines(parts, items, needs, bytes, free));
  if (bytes > free) {
    const why = `it takes ${gigabytes(bytes)}, and ${gigabytes(free)} are free`;
    throw cannot('reproduce', `fill ${out}`, why, 'Free some space, or name another folder or fewer nets.');
  }
  return yes || (await isConfirmed(process.stdin, process.stderr));
}

/** Asks whether to go on. Ctrl-C and the end of the input are no. */
export async function isConfirmed(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const prompt = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => {
    prompt.once('SIGINT', () => resolve(''));
    prompt.once('close', () => resolve(''));
  });
  try {
    const question = prompt.question('Go on? [y/N] ').catch(() => ''); // it rejects where the input ends
    const answer = (await Promise.race([question, ended])).trim();
    if (answer === '') output.write('\n');
    return /^y(es)?$/i.test(answer);
  } finally {
    prompt.close();
  }
}

async function measureNeeds(
  options: Undertaking,
  items: ItemCounts,
  terminal: Terminal,
): Promise<NetNeeds[]> {
  const { out, nets, weights, backend, size, offline, quiet } = options;
  const needs: NetNeeds[] = [];
  for (const net of nets) {
    const inputs = { data: '', out, net, weights, backend, size, version: undefined, network: undefined };
    const lpips = await openNetwork({ ...inputs, only: undefined }, { terminal, quiet, offline, weights });
    try {
      const budget = { images: imagesOfItems(items), seconds: MEASURED_SECONDS / nets.length, size };
      needs.push(needsOf(net, items, await measureRate(lpips, budget)));
    } finally {
      lpips.dispose();
    }
  }
  return needs;
}

function needLines(
  parts: readonly ArchiveName[],
  items: ItemCounts,
  needs: readonly NetNeeds[],
  bytes: number,
  free: number,
): string {
  const count = (value: number) => value.toLocaleString('en-US');
  const archives = parts.reduce((sum, name) => sum + ARCHIVES[name].bytes, 0);
  const total = needs.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `bapps: ${count(items.train)} triplets to learn from, ${count(items.val)} held out, ${count(items.jnd)} pairs`,
    ...(parts.length > 0 ? [`  download  ${parts.join(', ')}, ${gigabytes(archives)}`] : []),
    ...needs.map(
      ({ net, imagesPerSecond, seconds, bytes: vectors }) =>
        `  ${net.padEnd(8)}  ${duration(seconds)} at ${count(Math.round(imagesPerSecond))} images a second, ${gigabytes(vectors)}`,
    ),
    `  in all    ${duration(total)}${parts.length > 0 ? ' and the download' : ''}; at most ${gigabytes(bytes)} of the disk, of which ${gigabytes(free)} are free`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
