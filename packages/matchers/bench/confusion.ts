/**
 * @module
 * The table of what passes and what fails, for pages that thresholds were chosen on and for those kept out, and the
 * changes that are not seen.
 */
import { PRESETS, THRESHOLDS, type Thresholds } from 'lpips-matchers';
import type { MeasuredNet, MeasuredPair } from './measure.js';

type Judges = Readonly<Record<'net alone' | 'page' | 'strict', Thresholds>>;

function judgesOf(net: MeasuredNet['net']): Judges {
  const own = THRESHOLDS[net];
  return {
    'net alone': { ...own, colour: Number.POSITIVE_INFINITY, shape: Number.POSITIVE_INFINITY },
    page: { ...own, ...PRESETS.page },
    strict: { ...own, ...PRESETS.strict },
  };
}

/** Markdown: one table for what should pass, one for what should fail. */
export function confusionTables(pairs: readonly MeasuredPair[], net: MeasuredNet['net']): string {
  const judges = judgesOf(net);
  const same = pairs.filter(({ isSame }) => isSame);
  const other = pairs.filter(({ isSame }) => !isSame);
  return [
    table('should pass: how many do', same, judges, isAlike),
    table('should fail: how many do', other, judges, (pair, thresholds) => !isAlike(pair, thresholds)),
  ].join('\n\n');
}

/** What decides wrongly under a preset: a line for each pair. */
export function wrongPairs(
  pairs: readonly MeasuredPair[],
  net: MeasuredNet['net'],
  preset: keyof typeof PRESETS,
): string {
  const thresholds = judgesOf(net)[preset];
  return pairs
    .filter((pair) => isAlike(pair, thresholds) !== pair.isSame)
    .map(({ page, what, numbers, isSame }) => {
      const { distance, local, colour, shape } = numbers;
      const values = [distance, local, colour, shape].map((value) => value.toFixed(4)).join('  ');
      return `${isSame ? 'fails ' : 'passes'}  ${values}  ${what}: ${page}`;
    })
    .join('\n');
}

/** The largest numbers of what should pass, by its kind: what thresholds must be above. */
export function largestOfSame(pairs: readonly MeasuredPair[]): string {
  const kinds = kindsOf(pairs.filter(({ isSame }) => isSame));
  const lines = [...kinds].map(([what, found]) => {
    const most = (name: keyof Thresholds, isKeptOut: boolean) =>
      Math.max(
        ...found.filter((pair) => pair.isKeptOut === isKeptOut).map(({ numbers }) => numbers[name]),
      ).toFixed(3);
    const cells = (['distance', 'local', 'colour', 'shape'] as const).map(
      (name) => `${most(name, false)}, ${most(name, true)}`,
    );
    return `| ${what} | ${cells.join(' | ')} |`;
  });
  return [
    '| largest on both halves | distance | local distance | colour | shape |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function isAlike({ numbers }: MeasuredPair, thresholds: Thresholds): boolean {
  return (['distance', 'local', 'colour', 'shape'] as const).every(
    (name) => numbers[name] <= thresholds[name],
  );
}

function table(
  title: string,
  pairs: readonly MeasuredPair[],
  judges: Judges,
  isRight: (pair: MeasuredPair, thresholds: Thresholds) => boolean,
): string {
  const halves = [false, true];
  const entries = Object.entries(judges);
  const head = halves.flatMap((isKeptOut) =>
    entries.map(([name]) => `${isKeptOut ? 'kept out: ' : ''}${name}`),
  );
  const row = (what: string, found: readonly MeasuredPair[]) => {
    const cells = halves.flatMap((isKeptOut) => {
      const half = found.filter((pair) => pair.isKeptOut === isKeptOut);
      return entries.map(([, thresholds]) => {
        const right = half.filter((pair) => isRight(pair, thresholds)).length;
        return `${right} / ${half.length}`;
      });
    });
    return `| ${what} | ${cells.join(' | ')} |`;
  };
  return [
    `| ${title} | ${head.join(' | ')} |`,
    `|---|${head.map(() => '---|').join('')}`,
    ...[...kindsOf(pairs)].map(([what, found]) => row(what, found)),
    row('all', pairs),
  ].join('\n');
}

function kindsOf(pairs: readonly MeasuredPair[]): Map<string, MeasuredPair[]> {
  const kinds = new Map<string, MeasuredPair[]>();
  for (const pair of pairs) kinds.set(pair.what, [...(kinds.get(pair.what) ?? []), pair]);
  return kinds;
}
