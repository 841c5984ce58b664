/**
 * @module
 * `lpips duplicates`: the near-duplicates of an index, in groups. Nothing is deleted.
 */
import { at, printable } from 'lpips-core';
import { findPairs } from 'lpips-search';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode } from '../command-line/exit-code.js';
import { numberWithin } from '../command-line/numbers.js';
import { startProgress, type Terminal } from '../command-line/terminal.js';
import type { LeftOutPath } from '../comparing/leave-out.js';
import { checkOutput, writeAtomically } from '../files/write-atomically.js';
import { type DuplicateGroup, groupsOf } from '../searching/duplicate-groups.js';
import { pathFromHere } from '../searching/indexed-files.js';
import { compareIndexed } from '../searching/measure-indexed.js';
import { duplicatesPage } from './duplicates-page.js';
import { type IndexArguments, indexJson, indexOptions, type OpenIndex, withIndex } from './indexed-metric.js';
import { tellLeftOut } from './left-out.js';
import { describeMetric, formatDistance, jsonTail, liteNote } from './report.js';

const COMMAND = 'lpips duplicates';
/** Distance below which photographs are near-duplicates, where nothing else is asked for. */
const DEFAULT_BELOW = '0.1';

/** Arguments of `lpips duplicates`. */
export interface DuplicatesArguments extends IndexArguments {
  readonly below: number;
  readonly page: string | undefined;
}

/** Options and help of `lpips duplicates`. */
export function duplicatesOptions<Options>(parser: Argv<Options>) {
  return indexOptions(parser)
    .option('below', {
      describe: 'largest distance of a pair',
      string: true,
      requiresArg: true,
      default: DEFAULT_BELOW,
      coerce: (text: string) => numberWithin('--below', text, 0, Number.POSITIVE_INFINITY),
    })
    .option('page', { describe: 'HTML file that shows the groups', string: true, requiresArg: true })
    .example('lpips duplicates photos.lpips --below 0.1', 'groups of near-duplicates')
    .example('lpips duplicates photos.lpips --page duplicates.html', 'the same with the pictures')
    .epilogue(
      'Every pair at most that far apart is found: the others are excluded by their lower bounds, and no file is read for them. ' +
        'Of images with equal pixels, the first stands for all. Nothing is deleted.',
    );
}

/** Finds the near-duplicates of an index and prints their groups. */
export async function runDuplicates(options: DuplicatesArguments, terminal: Terminal): Promise<ExitCode> {
  const { page, quiet } = options;
  if (page !== undefined) await checkOutput(page, [options.index]);
  return await withIndex(COMMAND, options, terminal, async (opened) => {
    const leftOut: LeftOutPath[] = [];
    const { pairs, examined } = await search(opened, options, terminal, leftOut);
    const groups = groupsOf(pairs, (row) => pathFromHere(options.index, at(opened.index.entries, row).path));
    if (page !== undefined) {
      await writeAtomically(
        page,
        await duplicatesPage(groups, { ...opened, path: options.index, below: options.below }),
      );
    }
    if (!quiet) tellLeftOut(terminal, leftOut);
    report(opened, options, terminal, groups, { examined, leftOut });
    return leftOut.length === 0 ? EXIT.done : EXIT.failed;
  });
}

async function search(
  { lpips, index }: OpenIndex,
  { index: path, below, quiet }: DuplicatesArguments,
  terminal: Terminal,
  leftOut: LeftOutPath[],
) {
  const bounding = startProgress(terminal, 'bounding', 0, { unit: 'pairs', quiet });
  const computing = startProgress(terminal, 'computing', 0, { unit: 'images', quiet });
  try {
    const { measure, digestsOf } = compareIndexed({ lpips, index, path, leftOut });
    return await findPairs(index, below, measure, {
      digestsOf,
      onPair: (done, total) => {
        bounding.update(done, total);
        if (done === total) bounding.stop();
      },
      onComputed: (done, total) => computing.update(done, total),
    });
  } finally {
    bounding.stop();
    computing.stop();
  }
}

function report(
  opened: OpenIndex,
  { index: path, below, page, json, quiet }: DuplicatesArguments,
  terminal: Terminal,
  groups: readonly DuplicateGroup[],
  more: { readonly examined: number; readonly leftOut: readonly LeftOutPath[] },
): void {
  const { lpips, backend, origin, index } = opened;
  if (json) {
    const head = { ...indexJson(opened, path, index.header), below, images: index.count };
    terminal.out(`${JSON.stringify({ ...head, groups, ...more, ...jsonTail() })}\n`);
    return;
  }
  const { width, height } = index.header;
  const lines = groups.map(
    ({ images, pairs }, number) =>
      `\n${number + 1}: ${images.map(printable).join(', ')}\n${pairs
        .map(
          ({ image, reference, distance }) =>
            `${formatDistance(distance)}  ${printable(image)}  ${printable(reference)}\n`,
        )
        .join('')}`,
  );
  const grouped = groups.reduce((sum, { images }) => sum + images.length, 0);
  const what = `${groups.length} ${groups.length === 1 ? 'group' : 'groups'} of ${grouped} images`;
  terminal.out(
    `${describeMetric(lpips, backend.name, origin)} at ${width}x${height}\n` +
      `${what} at most ${below} apart, among ${index.count} images\n${lines.join('')}`,
  );
  if (quiet) return;
  if (page !== undefined) terminal.error(`lpips: the groups are in ${printable(page)}\n`);
  terminal.error(liteNote(lpips));
}
