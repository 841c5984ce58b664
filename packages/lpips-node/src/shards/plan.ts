/**
 * @module
 * A plan: a list of shards, with a digest of everything that decides their bytes. Each shard is a function of its inputs that
 * ends in one sealed file. Any machine that sees the same folder can make any shard, and whoever has the plan can tell which
 * shards are done: the files say so, and nothing else does.
 */
import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { checkText, invalid } from 'lpips-core';
import { writeAtomically } from '../files/write-atomically.js';
import { readWhole } from './read-whole.js';

/** Version of the file format. */
const FORMAT = 1;
/** The plan of a million pairs of images has about 100 MB. */
const MOST_BYTES = 2 ** 28;
const DIGEST = /^[0-9a-f]{64}$/;

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Values by name, in a fixed order. */
export type JsonRecord = Readonly<Record<string, Json>>;

/** One shard of a plan. */
export interface PlannedShard {
  /** Name of its file in the plan's folder. */
  readonly name: string;
  /** How many units of work it has, such as images or pairs. */
  readonly size: number;
  /** sha256 of the data that it is made from. */
  readonly contents: string;
  /** Which part of the inputs it covers, in the words of its kind. */
  readonly part: Json;
}

/** A list of shards, and everything that decides their bytes. */
export interface Plan {
  readonly format: number;
  /** The kind of work, such as `extract` or `folder`. */
  readonly kind: string;
  /** Name and version of the package that makes the shards. */
  readonly tool: string;
  /** Folder of the shards' files, relative to that of the plan. */
  readonly folder: string;
  /** What the command was given. Paths are relative to the folder of the plan, which may have another place elsewhere. */
  readonly inputs: JsonRecord;
  /** What decides the bytes beside the data: net, digest of the weights, backend. */
  readonly identity: JsonRecord;
  /** What the join needs to know beside the shards. */
  readonly notes: JsonRecord;
  readonly shards: readonly PlannedShard[];
}

/** A plan, and the folder that its paths are relative to. */
export interface PlacedPlan {
  readonly plan: Plan;
  /** Absolute path. */
  readonly base: string;
}

/** A plan of this format. */
export function makePlan(plan: Omit<Plan, 'format'>): Plan {
  return { format: FORMAT, ...plan };
}

/** sha256 of a whole plan, which names it among others. */
export function digestOfPlan(plan: Plan): string {
  return sha256Of(plan);
}

/** A digest that the seal of a shard carries, of everything that decides its bytes. */
export function identityOfShard(
  { kind, tool, identity }: Pick<Plan, 'kind' | 'tool' | 'identity'>,
  { name, contents }: Pick<PlannedShard, 'name' | 'contents'>,
): string {
  return sha256Of([kind, tool, identity, name, contents]);
}

/** Absolute path of the folder with the shards. */
export function shardFolder({ plan, base }: PlacedPlan): string {
  return resolve(base, plan.folder);
}

/** A path as a plan states it: relative to `base`, with slashes, so that it holds on a machine that mounts the folder elsewhere. */
export function pathInPlan(path: string, base: string): string {
  const found = relative(base, resolve(path));
  return isAbsolute(found) ? found : found.split(sep).join('/') || '.';
}

/**
 * Undoes `pathInPlan`.
 *
 * @param path as the plan states it; null where it states none
 * @param base absolute path of the folder that it is relative to; empty where there is no plan, and paths stay as they are
 * @returns undefined without a path
 */
export function pathFromPlan(path: string, base: string): string;
export function pathFromPlan(path: string | null | undefined, base: string): string | undefined;
export function pathFromPlan(path: string | null | undefined, base: string): string | undefined {
  if (typeof path !== 'string') return undefined;
  return base === '' || isAbsolute(path) ? path : join(base, path);
}

/**
 * Writes a plan.
 *
 * @throws LpipsError where it cannot be written
 */
export async function writePlan(path: string, plan: Plan): Promise<void> {
  checkText('writePlan', 'path', path);
  await writeAtomically(path, `${JSON.stringify(plan, null, 1)}\n`);
}

/**
 * Reads a plan.
 *
 * @returns undefined if there is no such file
 * @throws LpipsError if it cannot be read, is damaged or has another format
 */
export async function findPlan(path: string): Promise<PlacedPlan | undefined> {
  checkText('readPlan', 'path', path);
  const about = { where: 'readPlan', what: 'a plan', mostBytes: MOST_BYTES };
  const bytes = await readWhole(path, about);
  if (bytes === undefined) return undefined;
  const plan = parse(bytes.toString());
  if (isPlan(plan)) return { plan, base: dirname(resolve(path)) };
  throw invalid(
    'readPlan',
    `a plan of format ${FORMAT}`,
    path,
    'another or a damaged file',
    'Write it anew.',
  );
}

/** Does what `findPlan` does. @throws LpipsError if there is no such file */
export async function readPlan(path: string): Promise<PlacedPlan> {
  const found = await findPlan(path);
  if (found) return found;
  const advice =
    'Write it first: give the command --plan without --shards and --merge, outside an array job.';
  throw invalid('readPlan', 'a plan', path, 'no such file', advice);
}

/**
 * Compares what was planned with what is here.
 *
 * @param where function or command that refuses, as its user knows it
 * @throws LpipsError naming the first field that differs
 */
export function checkSameFields(where: string, planned: JsonRecord, here: JsonRecord, advice: string): void {
  for (const name of new Set([...Object.keys(planned), ...Object.keys(here)])) {
    if (JSON.stringify(planned[name]) === JSON.stringify(here[name])) continue;
    throw invalid(where, `${name} ${shown(here[name])}`, 'the plan', shown(planned[name]), advice);
  }
}

/**
 * Compares the data of a shard with those that it was planned for.
 *
 * @param where command that refuses, as its user knows it
 * @param digest of the data on this machine
 * @throws LpipsError where they differ
 */
export function checkSameData(where: string, { contents }: PlannedShard, digest: string): void {
  const advice = 'Write the plan anew, or wait until this machine sees the same files.';
  checkSameFields(where, { digest: contents }, { digest }, advice);
}

/** A value as an error shows it: of a digest, the first digits. */
function shown(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none');
  return DIGEST.test(text) ? text.slice(0, 12) : text;
}

function sha256Of(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPlan(value: unknown): value is Plan {
  if (!isRecord(value)) return false;
  const { format, kind, tool, folder, inputs, identity, notes, shards } = value;
  return (
    format === FORMAT &&
    [kind, tool, folder].every((text) => typeof text === 'string') &&
    [inputs, identity, notes].every(isRecord) &&
    Array.isArray(shards) &&
    shards.every(isShard) &&
    new Set(shards.map(({ name }: PlannedShard) => name)).size === shards.length
  );
}

/** A name leads to no other folder and to no hidden file. */
function isShard(value: unknown): value is PlannedShard {
  if (!isRecord(value)) return false;
  const { name, size, contents, part } = value;
  return (
    typeof name === 'string' &&
    /^[^./\\][^/\\]*$/.test(name) &&
    Number.isSafeInteger(size) &&
    Number(size) > 0 &&
    typeof contents === 'string' &&
    DIGEST.test(contents) &&
    part !== undefined
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
