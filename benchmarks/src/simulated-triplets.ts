/**
 * @module
 * A data set in the layout of BAPPS, made of photographs, with simulated judgements, for benchmarks of training.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FamilyName } from 'bapps-train';
import { bapps, weightsOption } from './bapps-command.js';
import { photographCrops } from './photograph-crops.js';

/** How the data are made. */
interface TripletOptions {
  /** Folder of photographs; undefined = crops of those that come with the examples. */
  readonly photos: string | undefined;
  readonly weights: string | undefined;
  /** Triplets of each family to learn from. Half as many are held out. */
  readonly triplets: number;
  /** Net by which the observers see. */
  readonly observer?: string;
  /** Height and width of the patches. */
  readonly side?: number;
  /** Height and width of the crops, which patches are cut from. */
  readonly crop?: number;
  /** Families of distortions. Default: both. */
  readonly families?: readonly FamilyName[];
}

const DEFAULT_SIDE = 64;
const DEFAULT_CROP = 256;

/** Makes a data set of photographs; returns its folder. */
export async function makeTriplets(
  folder: string,
  {
    photos,
    weights,
    triplets,
    observer = 'alex',
    side = DEFAULT_SIDE,
    crop = DEFAULT_CROP,
    families = ['traditional', 'cnn'],
  }: TripletOptions,
  print: (line: string) => void,
): Promise<string> {
  const data = join(folder, 'data');
  const photographs = photos ?? join(folder, 'photos');
  if (photos === undefined) {
    mkdirSync(photographs);
    for (const [index, png] of (await photographCrops(60, crop)).entries()) {
      writeFileSync(join(photographs, `${index}.png`), png);
    }
  }
  const held = Math.ceil(triplets / 2);
  print(
    `Making ${count(families.length * triplets)} triplets of ${side}x${side} to learn from and ${count(families.length * held)} held out.`,
  );
  const counts = ['--train', `${triplets}`, '--val', `${held}`, '--jnd', '0', '--side', `${side}`];
  const made = ['--families', families.join(','), ...counts, '--quiet'];
  bapps('synthesize', photographs, data, '--net', observer, ...weightsOption(weights), ...made);
  return data;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
