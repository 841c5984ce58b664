/**
 * @module
 * Votes as a data set in the layout of BAPPS, which `bapps extract`, `train` and `evaluate` take: PNG files, the share of votes
 * for p1 (or for "the same") of each item, `votes.json`, which says how many people stand behind it, `shares.csv`, which says so of
 * each item, and `votes.csv` with the votes of each rater, by which `bapps evaluate --cluster rater` draws them.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { invalid } from 'lpips-core';
import { cut, type Raster } from 'lpips-pictures';
import { growFolder } from '../data-set/grow-folder.js';
import { groupName, PARTS, type Split, splitFolder } from '../data-set/layout.js';
import { SHARES_FILE } from '../scores/read-shares.js';
import { VOTES_FILE } from '../scores/read-votes.js';
import { toJudgement, toPng } from '../synthesize/items.js';
import { TOOL } from '../tool.js';
import { readPictures } from './item-pictures.js';
import type { TrialItem } from './trial-items.js';
import { sharesToCsv, votesToCsv } from './vote-csv.js';
import type { Tally, VoteLog } from './vote-log.js';
import type { VoteRecord } from './vote-records.js';

/** Which items are exported, and how. */
export interface ExportOptions {
  /** Items with fewer votes are left out. 0 also takes those without any, with a judgement of one half. Default 1. */
  readonly leastVotes?: number;
  /** Share of the triplets to learn from that becomes held out, by their references: none is in both. Default 0. */
  readonly heldOut?: number;
  /** Takes the middle square of images that are not square, which `extract` would refuse. */
  readonly crop?: boolean;
  /** What else `votes.json` says. */
  readonly about?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  /** Called after each item. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was exported. */
export interface Exported {
  readonly items: number;
  readonly votes: number;
}

/**
 * Makes the data set.
 *
 * @param log the votes that count
 * @param out a new or empty folder
 * @throws LpipsError if no item has enough votes, naming an image that is damaged, of another size or not square, or a folder that
 *   holds something
 */
export async function exportDataSet(
  items: readonly TrialItem[],
  log: VoteLog,
  out: string,
  { leastVotes = 1, heldOut = 0, crop = false, about = {}, signal, onProgress }: ExportOptions = {},
): Promise<Exported> {
  const tallies = log.tallies();
  const judged = items.map((item) => ({ item, tally: tallies.get(item.id) ?? NO_VOTES }));
  const wanted = judged.filter(({ tally }) => tally.votes >= leastVotes);
  if (wanted.length === 0) {
    const advice = 'Collect more, or lower --least-votes.';
    const some = leastVotes === 1 ? 'a vote' : `${leastVotes} votes`;
    throw invalid('votes', `items with ${some} or more`, 'the export', 'none', advice);
  }
  const votes = wanted.reduce((sum, { tally }) => sum + tally.votes, 0);
  const grow = { where: 'votes', ...(signal && { signal }) };
  await growFolder(
    out,
    async (folder, aborted) => {
      const cast: VoteRecord[] = [];
      const counted = new Map<string, Tally>();
      const taken = new Set(wanted.map(({ item }) => item.id));
      for (const [done, { item, tally }] of wanted.entries()) {
        aborted.throwIfAborted();
        const exported = movedTo(await splitOf(item, heldOut), item, taken);
        await exportItem(folder, exported, tally, crop);
        if (tally.votes > 0) counted.set(exported.id, tally);
        cast.push(...[...log.ofItem(item.id)].map((vote) => ({ ...vote, item: exported.id })));
        onProgress?.(done + 1, wanted.length);
      }
      if (counted.size > 0) await writeFile(join(folder, SHARES_FILE), sharesToCsv(counted));
      if (cast.length > 0) await writeFile(join(folder, VOTES_FILE), votesToCsv(cast));
      const made = { tool: TOOL, items: wanted.length, votes, leastVotes, heldOut, crop, ...about };
      await writeFile(join(folder, 'votes.json'), `${JSON.stringify(made, null, 2)}\n`);
    },
    grow,
  );
  return { items: wanted.length, votes };
}

const NO_VOTES: Tally = { votes: 0, yes: 0 };

async function exportItem(
  folder: string,
  item: TrialItem,
  { votes, yes }: Tally,
  crop: boolean,
): Promise<void> {
  const pictures = await readPictures(item);
  const place = (part: string, ending: string) =>
    join(splitFolder(folder, item.task, item.split), item.distortion, part, `${item.name}${ending}`);
  const { images, judgements } = PARTS[item.task];
  for (const part of images) {
    const [picture, path] = [pictures[part], item.images[part]];
    if (picture === undefined || path === undefined) continue;
    await put(place(part, '.png'), await pngFor(picture, path, crop));
  }
  await put(place(judgements, '.npy'), toJudgement(votes === 0 ? 0.5 : yes / votes));
}

/** The file itself if it is a square PNG, so that its digest stays. */
async function pngFor(picture: Raster, path: string, crop: boolean): Promise<Uint8Array> {
  const { width, height } = picture;
  if (width === height) return extname(path) === '.png' ? await readFile(path) : await toPng(picture);
  if (!crop) {
    const advice = 'The network takes squares: add --crop for the middle of each image.';
    throw invalid('votes', 'a square image', path, `${width}x${height}`, advice);
  }
  const side = Math.min(width, height);
  return await toPng(
    cut(picture, Math.floor((width - side) / 2), Math.floor((height - side) / 2), side, side),
  );
}

/** Triplets of one reference go the same way. */
async function splitOf({ task, split, images }: TrialItem, heldOut: number): Promise<Split> {
  if (task === 'jnd' || split !== 'train' || heldOut === 0) return split;
  const digest = createHash('sha256')
    .update(await readFile(images.ref ?? images.p0))
    .digest();
  return digest.readUInt32LE(0) / 2 ** 32 < heldOut ? 'val' : 'train';
}

/**
 * The item in its split. Where that split has an item of its name already, it gets another name.
 *
 * @param taken ids of all items, to which its own is added
 */
function movedTo(split: Split, item: TrialItem, taken: Set<string>): TrialItem {
  if (split === item.split) return item;
  const named = (name: string) => ({ ...item, split, name, id: `${groupName({ ...item, split })}/${name}` });
  let moved = named(item.name);
  while (taken.has(moved.id)) moved = named(`${moved.name}-${item.split}`);
  taken.add(moved.id);
  return moved;
}

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
