/**
 * @module
 * The sealed files of a plan. A shard is there if its file is whole and states the plan's own digest. The seal also states the
 * processor, since the last bits of a result may differ between two that are not alike.
 */
import { randomBytes } from 'node:crypto';
import { link, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, LpipsError, parseSafetensors } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';
import { translateDiskFault } from '../files/disk-faults.js';
import { replaceFile } from '../files/replace-file.js';
import { identityOfShard, type PlacedPlan, type Plan, type PlannedShard, shardFolder } from './plan.js';
import { processorName } from './processor.js';
import { readWhole } from './read-whole.js';
import { checkSeal, serializeSealed } from './sealed-safetensors.js';
import type { ShardContent } from './shard-kind.js';

/** Keys of the seal in the metadata of a shard's file. */
const [IDENTITY, PROCESSOR] = ['shard', 'processor'] as const;
const AGAIN = 'Make the shard again: run the command on it once more.';
/** A larger file is no shard of ours: a buffer cannot hold it. */
const MOST_BYTES = 2 ** 31;

/** A file system that has no second name for a file answers one of these. */
const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EINVAL',
]);

/** What there is of a shard: nothing, a file that was made from something else, a damaged one, or the shard. */
type ShardState = 'missing' | 'outdated' | 'damaged' | 'sealed';

/** A shard's file. */
export interface FoundShard {
  readonly state: ShardState;
  /** The processor that its seal states; undefined where there is no whole file. */
  readonly processor?: string | undefined;
  /** Why it does not count, where it is damaged. */
  readonly fault?: string;
}

/** The bytes of a shard's file, with its seal. */
export function sealShard(
  plan: Pick<Plan, 'kind' | 'tool' | 'identity'>,
  shard: Pick<PlannedShard, 'name' | 'contents'>,
  { tensors, metadata }: ShardContent,
  processor = processorName(),
): Uint8Array {
  const seal = { [IDENTITY]: identityOfShard(plan, shard), [PROCESSOR]: processor };
  return serializeSealed(tensors, { ...metadata, ...seal });
}

/** Whether sealed bytes are those of a shard, and who made them. */
export function sealOf(
  plan: Pick<Plan, 'kind' | 'tool' | 'identity'>,
  shard: Pick<PlannedShard, 'name' | 'contents'>,
  bytes: Uint8Array,
  path: string,
): { isCurrent: boolean; processor: string | undefined } {
  const { metadata } = parseSafetensors(bytes, { source: path, filter: () => false });
  return {
    isCurrent: metadata[IDENTITY] === identityOfShard(plan, shard),
    processor: metadata[PROCESSOR],
  };
}

/** What there is of a shard. The whole file is read. */
export async function findShard(placed: PlacedPlan, shard: PlannedShard): Promise<FoundShard> {
  const path = pathOf(placed, shard);
  try {
    const bytes = await readBytes(path);
    if (bytes === undefined) return { state: 'missing' };
    checkSeal(bytes, path, 'shard', AGAIN);
    const { isCurrent, processor } = sealOf(placed.plan, shard, bytes, path);
    return { state: isCurrent ? 'sealed' : 'outdated', processor };
  } catch (error) {
    if (!(error instanceof LpipsError)) throw error;
    return { state: 'damaged', fault: error.message };
  }
}

/**
 * The content of a shard.
 *
 * @throws LpipsError if it is missing, damaged or made from something else
 */
export async function readShardContent(placed: PlacedPlan, shard: PlannedShard): Promise<ShardContent> {
  const path = pathOf(placed, shard);
  const bytes = await readBytes(path);
  if (bytes === undefined) throw invalid('readShard', 'a shard', path, 'no such file', AGAIN);
  checkSeal(bytes, path, 'shard', AGAIN);
  if (!sealOf(placed.plan, shard, bytes, path).isCurrent) {
    throw invalid('readShard', 'a shard of this plan', path, 'one of another', AGAIN);
  }
  const { weights, metadata } = parseSafetensors(bytes, { source: path });
  return { tensors: weights, metadata };
}

/**
 * Puts a shard in its place, whole or not at all. The first sealed file wins: where another writer was faster, its file stays
 * and this one is dropped. A damaged or outdated file is replaced.
 *
 * @returns whether this file is the one that stands
 * @throws LpipsError where it cannot be written
 */
export async function commitShard(
  placed: PlacedPlan,
  shard: PlannedShard,
  content: ShardContent,
  processor = processorName(),
): Promise<boolean> {
  const path = pathOf(placed, shard);
  const temporary = join(shardFolder(placed), `.${shard.name}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(sealShard(placed.plan, shard, content, processor));
      await file.sync();
    } finally {
      await file.close();
    }
    if (await takePlace(temporary, path)) return true;
    if ((await findShard(placed, shard)).state === 'sealed') return false;
    await replaceFile(temporary, path);
    return true;
  } catch (error) {
    throw translateDiskFault('shards', path, 'Free some space: the shard is made again.', error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Deletes what killed writers left beside the shards. A writer that is still alive then tries again, and finds the shard. */
export async function removeTemporaries(placed: PlacedPlan): Promise<void> {
  const folder = shardFolder(placed);
  for (const name of await readdir(folder)) {
    if (/^\..*\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

/** Gives a file its name, unless there is one of that name. */
async function takePlace(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code)) throw error;
  }
  // Between these two calls another writer may come first. Its file is then replaced by one that is as good.
  if ((await stat(path).catch(() => undefined)) !== undefined) return false;
  await replaceFile(temporary, path);
  return true;
}

function pathOf(placed: PlacedPlan, { name }: PlannedShard): string {
  return join(shardFolder(placed), name);
}

async function readBytes(path: string): Promise<Uint8Array | undefined> {
  return await readWhole(path, { where: 'readShard', what: 'a shard', mostBytes: MOST_BYTES });
}
