/**
 * What TypeScript takes, gives and refuses of this package. It is compiled here, and by `test/packed-packages.test.ts` against the
 * declarations that users get. None of it is run.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'expect-type';
import {
  type Bounds,
  bounds,
  encodeIndex,
  type Found,
  findNearest,
  findPairs,
  findWithin,
  groupPairs,
  type IndexHeader,
  indexHeader,
  type Measure,
  type NearDuplicates,
  openIndex,
  type SearchIndex,
  type Summary,
  summary,
} from 'lpips-search';

type Lpips = Parameters<typeof summary>[0];

expectTypeOf<Bounds>().toEqualTypeOf<{
  readonly lower: number;
  readonly estimate: number;
  readonly upper: number;
}>();

export async function summarises(lpips: Lpips, images: Tensor4D): Promise<void> {
  const [one, other] = (await summary(lpips, images, { range: [0, 1], cells: 4 })) as [Summary, Summary];
  expectTypeOf(bounds(one, other)).toEqualTypeOf<Bounds>();
  const header = await indexHeader(lpips, { size: { width: 64, height: 64 } });
  expectTypeOf(header).toEqualTypeOf<IndexHeader>();
  expectTypeOf(await openIndex(await encodeIndex(header, []))).toEqualTypeOf<SearchIndex>();
  // @ts-expect-error: an index has one size
  await indexHeader(lpips, {});
  // @ts-expect-error: there is no such range
  await summary(lpips, images, { range: [0, 2] });
  // @ts-expect-error: a path is not opened here, but by lpips-search/node
  await openIndex('photos.lpips');
}

export async function finds(index: SearchIndex, query: Summary, measure: Measure): Promise<void> {
  const found = await findNearest(index, query, measure, { k: 3, exact: true });
  expectTypeOf(found).toEqualTypeOf<Found>();
  expectTypeOf(found.proven).toEqualTypeOf<boolean>();
  expectTypeOf(await findWithin(index, query, 0.1, measure)).toEqualTypeOf<Found>();
  const near = await findPairs(index, 0.1, async (_, others) => others.map(() => undefined));
  expectTypeOf(near).toEqualTypeOf<NearDuplicates>();
  expectTypeOf(groupPairs(near.pairs)).toEqualTypeOf<number[][]>();
  // @ts-expect-error: distances are measured by the caller
  await findNearest(index, query);
  // @ts-expect-error: distances are promised
  await findNearest(index, query, (rows) => rows.map(() => 0));
  // @ts-expect-error: within what distance
  await findWithin(index, query, measure);
  // @ts-expect-error: a misspelt option
  await findNearest(index, query, measure, { count: 3 });
}
