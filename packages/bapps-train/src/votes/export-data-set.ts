/**
 * @module
 * Votes as a data set in the layout of BAPPS, which `bapps extract`, `train` and `evaluate` take: PNG files, the share of votes
 * for p1 (or for "the same") of each item, and `votes.json`, which says how many people stand behind it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { invalid } from 'lpips-core';
import { cut, type Raster } from 'lpips-pictures';
import { growFolder } from '../data-set/grow-folder.js';
import { PARTS, type Split, splitFolder } from '../data-set/layout.js';
import { toJudgement, toPng } from '../synthesize/items.js';
import { TOOL } from '../tool.js';
import { readPictures } from './item-pictures.js';
import type { TrialItem } from './trial-items.js';
import type { Tally } from './vote-log.js';

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
 * @param out a new or empty folder
 * @throws LpipsError if no item has enough votes, naming an image that is damaged, of another size or not square, or a folder that
 *   holds something
 */
export async function exportDataSet(
  items: readonly TrialItem[],
  tallies: ReadonlyMap<string, Tally>,
  out: string,
  { leastVotes = 1, heldOut = 0, crop = false, about = {}, signal, onProgress }: ExportOptions = {},
): Promise<Exported> {
  const counted = items.map((item) => ({ item, tally: tallies.get(item.id) ?? NO_VOTES }));
  const wanted = counted.filter(({ tally }) => tally.votes >= leastVotes);
  if (wanted.length === 0) {
    const advice = 'Collect more, or lower --least-votes.';
    throw invalid('votes', `items with ${leastVotes} votes or more`, 'the export', 'none', advice);
  }
  const votes = wanted.reduce((sum, { tally }) => sum + tally.votes, 0);
  const grow = { where: 'votes', ...(signal && { signal }) };
  await growFolder(
    out,
    async (folder, aborted) => {
      for (const [done, { item, tally }] of wanted.entries()) {
        aborted.throwIfAborted();
        await exportItem(folder, item, tally, { heldOut, crop });
        onProgress?.(done + 1, wanted.length);
      }
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
  { heldOut, crop }: { readonly heldOut: number; readonly crop: boolean },
): Promise<void> {
  const pictures = await readPictures(item);
  const split = await splitOf(item, heldOut);
  const place = (part: string, ending: string) =>
    join(splitFolder(folder, item.task, split), item.distortion, part, `${item.name}${ending}`);
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
  if (task === 'jnd' || split === 'val' || heldOut === 0) return split;
  const digest = createHash('sha256')
    .update(await readFile(images.ref ?? images.p0))
    .digest();
  return digest.readUInt32LE(0) / 2 ** 32 < heldOut ? 'val' : 'train';
}

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
