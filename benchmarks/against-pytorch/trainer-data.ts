/**
 * @module
 * The data of the contest of trainers.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bapps, weightsOption } from '../src/bapps-command.js';
import { photographCrops } from '../src/photograph-crops.js';

/** How the data are made. */
interface TripletOptions {
  /** Folder of photographs; undefined = crops of those that come with the examples. */
  readonly photos: string | undefined;
  readonly weights: string | undefined;
  /** Triplets of each of two families to learn from. Half as many are held out. */
  readonly triplets: number;
}

/** Makes a data set of photographs; returns its folder. */
export async function makeTriplets(
  folder: string,
  { photos, weights, triplets }: TripletOptions,
  print: (line: string) => void,
): Promise<string> {
  const data = join(folder, 'data');
  const photographs = photos ?? join(folder, 'photos');
  if (photos === undefined) {
    mkdirSync(photographs);
    for (const [index, png] of (await photographCrops(60, 256)).entries()) {
      writeFileSync(join(photographs, `${index}.png`), png);
    }
  }
  const held = Math.ceil(triplets / 2);
  print(`Making ${count(2 * triplets)} triplets to learn from and ${count(2 * held)} held out.`);
  const counts = ['--train', `${triplets}`, '--val', `${held}`, '--jnd', '0'];
  bapps('synthesize', photographs, data, '--net', 'alex', ...weightsOption(weights), ...counts);
  return data;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
