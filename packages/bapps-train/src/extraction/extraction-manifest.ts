/**
 * @module
 * What an extraction was made from, in `extraction.json` next to its shards. It states everything that decides their
 * bytes: with another net, other weights, another backend or another version of this package, it is another extraction.
 * Each shard has a digest of the items that it was made from, so that those whose images have changed are found.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { invalid, NET_NAMES, type NetName } from 'lpips-core';
import { writeAtomically } from 'lpips-node/files';
import { type Json, makePlan, type Plan, type PlannedShard } from 'lpips-node/shards';
import { groupName, isFolderName, SPLITS, type Split, TASKS, type Task } from '../data-set/layout.js';
import { parseJson } from '../files/parse-json.js';
import { findFileOf } from '../files/read-file.js';

const FILE = 'extraction.json';
/** The kind of work, as plans state it. */
export const EXTRACT = 'extract';
/** Version of the file format, raised whenever the bytes change. */
const FORMAT = 4;
/** A manifest of the published data set has 60 kB. */
const MOST_BYTES = 2 ** 26;
const DIGEST = /^[0-9a-f]{64}$/;
const ANEW = 'Extract into another folder, or delete this one.';

/** The items of one distortion, in the order of their names. */
export interface ExtractedGroup {
  readonly task: Task;
  readonly split: Split;
  readonly distortion: string;
  readonly items: number;
  /** For each shard, the sha256 over the names, judgements and images of its items (`contentsOf`). */
  readonly contents: readonly string[];
  /** How many people judged each triplet, where the data set says it. No byte of a shard depends on it. */
  readonly votes?: readonly number[];
}

/** What decides the bytes of an extraction. */
export interface ExtractionManifest {
  readonly format: number;
  /** Name and version of the package that made it. */
  readonly tool: string;
  readonly net: NetName;
  /** Calibration, which decides the scaling layer. */
  readonly version: string;
  /** What the backbone is called beside its net: `0.1` if it is the published one, else `custom 1a2b3c4d`. */
  readonly calibration: string;
  /** sha256 of the backbone's weights. */
  readonly weights: string;
  /** Whether the judgements are those of simulated observers. */
  readonly simulated: boolean;
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
  /** sha256 of the items that it is made from. */
  readonly contents: string;
}

/** Names of the fields in the error about two manifests that differ. */
const FIELDS: readonly [field: keyof ExtractionManifest, what: string][] = [
  ['format', 'format'],
  ['tool', 'version'],
  ['net', 'net'],
  ['version', 'calibration'],
  ['weights', 'weights'],
  ['backend', 'backend'],
  ['size', 'image size'],
  ['itemsPerShard', 'items per shard'],
];

/** The shards of an extraction, in order. */
export function shardsOf({ groups, itemsPerShard }: ExtractionManifest): Shard[] {
  return groups.flatMap((group) =>
    group.contents.map((contents, index): Shard => {
      const start = index * itemsPerShard;
      const name = `${group.task}-${group.split}-${group.distortion}-${String(index).padStart(5, '0')}.safetensors`;
      return { name, group, start, count: Math.min(itemsPerShard, group.items - start), contents };
    }),
  );
}

/** A digest of everything that an extraction was made from. */
export function identityOf({ groups, ...manifest }: ExtractionManifest): string {
  const made = groups.map(({ task, split, distortion, items, contents }) => {
    return { task, split, distortion, items, contents };
  });
  return sha256Of({ ...manifest, groups: made });
}

/** The manifest of a new extraction. */
export function manifestOf(manifest: Omit<ExtractionManifest, 'format'>): ExtractionManifest {
  return { format: FORMAT, ...manifest };
}

/** The plan of an extraction: what decides the bytes of its shards, and the shards in order. Paths are relative to its folder. */
export function planOf(manifest: ExtractionManifest): Plan {
  return makePlan({
    ...headOfPlan(manifest),
    folder: '.',
    inputs: {},
    notes: {},
    shards: shardsOf(manifest).map(plannedShard),
  });
}

/** The part of a plan that the digest of every shard covers. */
export function headOfPlan(manifest: ExtractionManifest): Pick<Plan, 'kind' | 'tool' | 'identity'> {
  const fields = [...FIELDS.map(([field]) => field), 'channels' as const];
  const identity = Object.fromEntries(fields.map((field) => [field, manifest[field] as Json]));
  return { kind: EXTRACT, tool: manifest.tool, identity };
}

/** What a plan says of a shard. Its size is its number of images. */
function plannedShard({ name, group, start, count, contents }: Shard): PlannedShard {
  const size = count * (group.task === 'jnd' ? 2 : 3);
  return { name, size, contents, part: { group: groupName(group), start, count } };
}

function sha256Of(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/**
 * The manifest of an extraction.
 *
 * @returns undefined if the folder has none
 * @throws LpipsError if it is damaged or has another format
 */
async function findManifest(folder: string): Promise<ExtractionManifest | undefined> {
  const path = join(folder, FILE);
  const about = { where: 'extraction', what: 'a manifest', mostBytes: MOST_BYTES };
  const bytes = await findFileOf(path, about);
  return bytes === undefined ? undefined : parseManifest(bytes.toString(), path);
}

/**
 * @param path names the file in errors
 * @throws LpipsError if it is damaged or has another format
 */
function parseManifest(text: string, path: string): ExtractionManifest {
  const value = parseJson(text);
  if (isManifest(value)) return value;
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  const isOld = Number.isSafeInteger(format) && Number(format) > 0 && Number(format) < FORMAT;
  const got = isOld ? `one of format ${Number(format)}, which an earlier version wrote` : 'another file';
  throw invalid('extraction', `a manifest of format ${FORMAT}`, path, got, ANEW);
}

/** @throws LpipsError if the folder is not an extraction */
export async function readExtractionManifest(folder: string): Promise<ExtractionManifest> {
  const manifest = await findManifest(folder);
  if (manifest) return manifest;
  throw invalid('extraction', `a folder with ${FILE}`, folder, 'none', 'Run "bapps extract" first.');
}

/**
 * Writes the manifest, unless the folder holds another extraction. Items of the same names and numbers may have changed since
 * an earlier run.
 *
 * @throws LpipsError if the folder holds another extraction
 */
export async function claimFolder(folder: string, manifest: ExtractionManifest): Promise<void> {
  const there = await findManifest(folder);
  if (there !== undefined) checkSame(there, manifest, folder);
  await writeAtomically(join(folder, FILE), `${JSON.stringify(manifest, null, 2)}\n`);
}

function checkSame(there: ExtractionManifest, manifest: ExtractionManifest, folder: string): void {
  for (const [field, what] of FIELDS) {
    if (there[field] === manifest[field]) continue;
    const wanted = `an extraction of ${what} ${short(manifest[field])}`;
    throw invalid('extract', wanted, folder, `one of ${short(there[field])}`, ANEW);
  }
  if (namesOf(there) === namesOf(manifest)) return;
  throw invalid('extract', 'an extraction of the same items', folder, 'one of others', ANEW);
}

/** The distortions of an extraction, and the number of items of each. */
function namesOf({ groups, channels }: ExtractionManifest): string {
  return JSON.stringify([channels, ...groups.map((group) => [groupName(group), group.items])]);
}

/** A value as an error shows it: of a digest, the first digits. */
function short(value: unknown): string {
  const text = String(value);
  return DIGEST.test(text) ? text.slice(0, 12) : text;
}

function isManifest(value: unknown): value is ExtractionManifest {
  if (typeof value !== 'object' || value === null) return false;
  const manifest = value as Partial<Record<keyof ExtractionManifest, unknown>>;
  const { format, net, channels, groups, itemsPerShard, size } = manifest;
  const { tool, version, calibration, weights, backend, simulated } = manifest;
  return (
    format === FORMAT &&
    NET_NAMES.some((known) => known === net) &&
    [tool, version, calibration, weights, backend].every((text) => typeof text === 'string') &&
    typeof simulated === 'boolean' &&
    Array.isArray(channels) &&
    channels.every(isCount) &&
    isCount(itemsPerShard) &&
    isCount(size) &&
    Array.isArray(groups) &&
    groups.every((group) => isGroup(group, Number(itemsPerShard))) &&
    new Set(groups.map(groupName)).size === groups.length
  );
}

/** A digest for each shard: no group has more of them than its manifest has lines. */
function isGroup(value: unknown, itemsPerShard: number): value is ExtractedGroup {
  if (typeof value !== 'object' || value === null) return false;
  const { task, split, distortion, items, contents, votes } = value as Partial<
    Record<keyof ExtractedGroup, unknown>
  >;
  return (
    TASKS.some((known) => known === task) &&
    SPLITS.some((known) => known === split) &&
    isFolderName(distortion) &&
    isCount(items) &&
    Array.isArray(contents) &&
    contents.length === Math.ceil(Number(items) / itemsPerShard) &&
    contents.every((digest) => typeof digest === 'string' && DIGEST.test(digest)) &&
    (votes === undefined || (Array.isArray(votes) && votes.length === items && votes.every(isCount)))
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
