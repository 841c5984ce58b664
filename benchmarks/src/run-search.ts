/**
 * @module
 * `npm run bench:search -- --photos FOLDER`: whether a search finds photographs again by distorted copies of them, beside perceptual
 * hashes; and how long a query takes among many photographs.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concat, type Tensor4D } from '@tensorflow/tfjs-core';
import { choice, count, text } from 'example-harness/flags';
import { type Options, startProgram } from 'example-harness/program';
import imghash from 'imghash';
import { at, type Lpips } from 'lpips-core';
import { listImages, loadLpips, readImage, selectBackend, takeValues } from 'lpips-node';
import { type Terminal, UsageError } from 'lpips-node/command-line';
import { encodeIndex, findNearest, indexHeader, openIndex, type Summary, summary } from 'lpips-search';
import sharp from 'sharp';
import phashModule from 'sharp-phash';
import { COPYINGS, copyOf } from './distorted-copies.js';
import { describeMachine } from './machine.js';
import { measureDuplicates, measureRanking } from './ranking-speed.js';
import { precisionAt, type Ranked, recallAtOne } from './retrieval-scores.js';
import { HALVES } from './synthetic-index.js';

/** The module is a function of CommonJS, and its types say that it has one called `default`. */
const phash = phashModule as unknown as typeof phashModule.default;
/** Share of the copies that must be found where precisions are compared. */
const RECALL = 0.9;
/** Distance of near-duplicates. */
const BELOW = 0.1;

const flags = {
  photos: text('FOLDER', 'photographs, all different, which are searched by distorted copies'),
  most: count('photographs that are taken', 100, 2),
  net: choice('NET', 'net of the search', ['lite', 'alex', 'squeeze', 'vgg'], 'alex'),
  weights: text('FOLDER', 'official weights'),
  size: count('height and width at which pictures are compared', 64, 32),
  rank: count('rows of a synthetic index on which a ranking is timed, 16 kB each; 0 = none', 0),
  duplicates: count('rows of a synthetic index whose near-duplicates are bounded; 0 = none', 0),
};

await startProgram({
  name: 'bench:search',
  about: `Finds photographs again by distorted copies of them, beside perceptual hashes, and times a query among many.`,
  flags,
  run,
});

/** A way to compare pictures. */
interface Method {
  readonly name: string;
  /** Distances of a copy to all photographs. */
  readonly distances: (copy: Buffer) => Promise<number[]>;
}

async function run(options: Options<typeof flags>, terminal: Terminal): Promise<void> {
  const print = (line: string) => terminal.out(`${line}\n`);
  if (options.photos === undefined && options.rank === 0 && options.duplicates === 0) {
    throw new UsageError('expected --photos, --rank or --duplicates, got none of them.');
  }
  print(describeMachine());
  if (options.rank > 0) await rank(options, print);
  if (options.duplicates > 0) await bound(options.duplicates, print);
  if (options.photos !== undefined) await compare(options, options.photos, print);
}

async function compare(
  options: Options<typeof flags>,
  folder: string,
  print: (line: string) => void,
): Promise<void> {
  const names = (await listImages(folder)).slice(0, options.most);
  const photographs = await Promise.all(names.map((name) => readFile(join(folder, name))));
  await selectBackend('auto');
  const lpips = await loadLpips({
    net: options.net,
    onWarning: null,
    ...(options.weights !== undefined && { weightsDir: options.weights }),
  });
  const search = await searchAmong(lpips, photographs, options.size);
  const methods: readonly Method[] = [
    search,
    await hashes('sharp-phash, 64 bits', photographs, (picture) => phash(picture)),
    await hashes('imghash, 64 bits', photographs, (picture) => imghash.hash(picture, 8, 'binary')),
    await hashes('imghash, 256 bits', photographs, (picture) => imghash.hash(picture, 16, 'binary')),
  ];
  const all = new Map(methods.map(({ name }): [string, Ranked[]] => [name, []]));
  print(`${photographs.length} photographs, ${COPYINGS.length} copies of each; recall@1 in %`);
  print(`  ${'copy'.padEnd(24)}${methods.map(({ name }) => name.padStart(22)).join('')}`);
  for (const copying of COPYINGS) {
    const shares: string[] = [];
    const copies = await Promise.all(photographs.map((photograph) => copyOf(photograph, copying)));
    for (const { name, distances } of methods) {
      const ranked: Ranked[] = [];
      for (const [source, copy] of copies.entries())
        ranked.push({ source, distances: await distances(copy) });
      all.get(name)?.push(...ranked);
      shares.push(percent(recallAtOne(ranked)));
    }
    print(`  ${copying.name.padEnd(24)}${shares.map((share) => share.padStart(22)).join('')}`);
  }
  const rankings = methods.map(({ name }) => all.get(name) ?? []);
  const row = (name: string, score: (copies: readonly Ranked[]) => number) =>
    print(`  ${name.padEnd(24)}${rankings.map((copies) => percent(score(copies)).padStart(22)).join('')}`);
  row('all', recallAtOne);
  row(`precision at recall ${RECALL}`, (copies) => precisionAt(copies, RECALL));
  const { proven, examined, queries } = search.counts;
  print(
    `  the search proved ${percent(proven / queries)} % of its nearest, and computed ${(examined / queries).toFixed(1)} distances a query`,
  );
  search.dispose();
  lpips.dispose();
}

async function rank({ rank: images }: Options<typeof flags>, print: (line: string) => void): Promise<void> {
  for (const net of Object.keys(HALVES) as (keyof typeof HALVES)[]) {
    const { bytes, milliseconds, firstMilliseconds, openMilliseconds } = await measureRanking(net, images);
    print(
      `  ${net}: ${images} rows, ${(bytes / 1e9).toFixed(2)} GB, ranked in ${(milliseconds / 1000).toFixed(2)} s, the first time in ${(firstMilliseconds / 1000).toFixed(2)} s, opened in ${(openMilliseconds / 1000).toFixed(2)} s`,
    );
  }
}

/** Bounds all pairs. */
async function bound(images: number, print: (line: string) => void): Promise<void> {
  const { bytes, seconds, cpuSeconds, peakBytes, candidates } = await measureDuplicates(
    'alex',
    images,
    BELOW,
  );
  print(
    `  alex: near-duplicates of ${images} rows, ${(bytes / 1e9).toFixed(2)} GB, bounded in ${seconds.toFixed(1)} s ` +
      `(${cpuSeconds.toFixed(1)} s of the processor, ${(peakBytes / 1e6).toFixed(0)} MB), ${candidates} pairs left`,
  );
}

/** The search of lpips-search, and exact distances for the precision. */
async function searchAmong(lpips: Lpips, photographs: readonly Buffer[], side: number) {
  const size = { width: side, height: side };
  const pictures = await Promise.all(photographs.map((photograph) => readImage(photograph, { size })));
  const together = concat(pictures, 0) as Tensor4D;
  const features = lpips.features(together, { range: [-1, 1] });
  const summaries: Summary[] = await summary(lpips, features);
  const images = summaries.map((own, row) => ({ path: `${row}`, bytes: 0, time: 0, summary: own }));
  const index = await openIndex(await encodeIndex(await indexHeader(lpips, { size }), images));
  for (const picture of [...pictures, together]) picture.dispose();
  const counts = { proven: 0, examined: 0, queries: 0 };
  const distances = async (copy: Buffer) => {
    const picture: Tensor4D = await readImage(copy, { size });
    const query = lpips.features(picture, { range: [-1, 1] });
    picture.dispose();
    const all = Array.from(await takeValues(lpips.distance(features, query)));
    const measure = async (rows: readonly number[]) => rows.map((row) => at(all, row));
    const found = await findNearest(index, at(await summary(lpips, query), 0), measure, { k: 1 });
    query.dispose();
    counts.queries++;
    counts.examined += found.examined;
    if (found.proven) counts.proven++;
    const nearest = all.indexOf(Math.min(...all));
    if (found.proven && found.hits[0]?.row !== nearest) throw new Error('findNearest: proven, and wrong');
    return all;
  };
  const dispose = () => features.dispose();
  return { name: `lpips search, ${lpips.net}`, distances, counts, dispose };
}

/** A perceptual hash, by the number of bits that differ. */
async function hashes(
  name: string,
  photographs: readonly Buffer[],
  hash: (picture: Buffer) => Promise<string>,
): Promise<Method> {
  const png = (picture: Buffer) => sharp(picture).png({ compressionLevel: 1 }).toBuffer();
  const known = await Promise.all(photographs.map(async (photograph) => hash(await png(photograph))));
  const distances = async (copy: Buffer) => {
    const own = await hash(copy);
    return known.map((other) => Array.from(other).filter((bit, place) => bit !== own[place]).length);
  };
  return { name, distances };
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
