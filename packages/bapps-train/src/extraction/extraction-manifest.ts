/**
 * @module
 * What an extraction was made from, in `extraction.json` next to its shards. It states everything that decides their
 * bytes: with another net, other weights, other data, another backend or another version of this package, it is another
 * extraction.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, NET_NAMES, type NetName } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import type { Split, Task } from '../data-set/layout.js';
import { parseJson } from '../files/parse-json.js';

const FILE = 'extraction.json';
/** Version of the file format, raised whenever the bytes change. */
export const FORMAT = 1;

/** The items of one distortion, in the order of their names. */
export interface ExtractedGroup {
  readonly task: Task;
  readonly split: Split;
  readonly distortion: string;
  readonly items: number;
}

/** What decides the bytes of an extraction. */
export interface ExtractionManifest {
  readonly format: number;
  /** Name and version of the package that made it. */
  readonly tool: string;
  readonly net: NetName;
  /** Calibration, which decides the scaling layer. */
  readonly version: string;
  /** sha256 of the backbone's weights. */
  readonly weights: string;
  /** sha256 over the names, judgements and file sizes of all items. */
  readonly data: string;
  readonly backend: string;
  /** Height and width of the images as they pass the network. */
  readonly size: number;
  /** Channels of each tap. */
  readonly channels: readonly number[];
  /** Items in a shard; the last one of a group may have fewer. */
  readonly itemsPerShard: number;
  readonly groups: readonly ExtractedGroup[];
}

/** One file of pooled vectors. */
export interface Shard {
  readonly name: string;
  readonly group: ExtractedGroup;
  /** It holds `count` items of the group, beginning with item `start`. */
  readonly start: number;
  readonly count: number;
}

/** Names of the fields in the error about two manifests that differ. */
const FIELDS: readonly [field: keyof ExtractionManifest, what: string][] = [
  ['format', 'format'],
  ['tool', 'version'],
  ['net', 'net'],
  ['version', 'calibration'],
  ['weights', 'weights'],
  ['data', 'data'],
  ['backend', 'backend'],
  ['size', 'image size'],
  ['itemsPerShard', 'items per shard'],
];

/** The shards of an extraction, in order. */
export function shardsOf({ groups, itemsPerShard }: ExtractionManifest): Shard[] {
  return groups.flatMap((group) =>
    Array.from({ length: Math.ceil(group.items / itemsPerShard) }, (_, index): Shard => {
      const start = index * itemsPerShard;
      const name = `${group.task}-${group.split}-${group.distortion}-${String(index).padStart(5, '0')}.safetensors`;
      return { name, group, start, count: Math.min(itemsPerShard, group.items - start) };
    }),
  );
}

/** A digest that every shard carries, so that a shard of another extraction is recognised. */
export function identityOf(manifest: ExtractionManifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}

/**
 * The manifest of an extraction.
 *
 * @returns undefined if the folder has none
 * @throws LpipsError if it is damaged or has another format
 */
async function findManifest(folder: string): Promise<ExtractionManifest | undefined> {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const value = parseJson(text);
  if (!isManifest(value)) {
    const advice = 'Extract into another folder, or delete this one.';
    throw invalid('extraction', `a manifest of format ${FORMAT}`, path, 'another file', advice);
  }
  return value;
}

/** @throws LpipsError if the folder is not an extraction */
export async function readExtractionManifest(folder: string): Promise<ExtractionManifest> {
  const manifest = await findManifest(folder);
  if (manifest) return manifest;
  throw invalid('extraction', `a folder with ${FILE}`, folder, 'none', 'Run "bapps extract" first.');
}

/**
 * Writes the manifest, or compares it with the one in the folder.
 *
 * @throws LpipsError if the folder holds another extraction
 */
export async function claimFolder(folder: string, manifest: ExtractionManifest): Promise<void> {
  const there = await findManifest(folder);
  if (!there) {
    await writeAtomically(join(folder, FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    return;
  }
  const advice = 'Extract into another folder, or delete this one.';
  for (const [field, what] of FIELDS) {
    if (there[field] === manifest[field]) continue;
    throw invalid(
      'extract',
      `an extraction of ${what} ${short(manifest[field])}`,
      folder,
      `one of ${short(there[field])}`,
      advice,
    );
  }
  if (JSON.stringify(there) === JSON.stringify(manifest)) return;
  throw invalid('extract', 'an extraction of the same items', folder, 'one of others', advice);
}

/** A value as an error shows it: of a digest, the first digits. */
function short(value: unknown): string {
  const text = String(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}

function isManifest(value: unknown): value is ExtractionManifest {
  if (typeof value !== 'object' || value === null) return false;
  const { format, net, channels, groups, itemsPerShard, size } = value as Partial<
    Record<keyof ExtractionManifest, unknown>
  >;
  return (
    format === FORMAT &&
    NET_NAMES.some((known) => known === net) &&
    Array.isArray(channels) &&
    channels.every(isCount) &&
    Array.isArray(groups) &&
    groups.every(isGroup) &&
    isCount(itemsPerShard) &&
    isCount(size)
  );
}

function isGroup(value: unknown): value is ExtractedGroup {
  if (typeof value !== 'object' || value === null) return false;
  const { task, split, distortion, items } = value as Partial<Record<keyof ExtractedGroup, unknown>>;
  return [task, split, distortion].every((name) => typeof name === 'string') && isCount(items);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
