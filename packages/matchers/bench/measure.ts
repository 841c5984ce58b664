/**
 * @module
 * The four numbers of every pair of screenshots, as the matchers measure them. Measured pairs are kept beside the
 * screenshots, so that a run that was stopped goes on where it was.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareImages, type LookOptions, type THRESHOLDS, type Thresholds } from 'lpips-matchers';
import { writeAtomically } from 'lpips-node/files';

/** A screenshot and its reference, as files of a folder. */
export interface Pair {
  readonly page: string;
  readonly isKeptOut: boolean;
  readonly isComponent: boolean;
  readonly scale: number;
  /** Whether it should pass. */
  readonly isSame: boolean;
  /** In which way it was drawn, or what was changed. */
  readonly what: string;
  readonly image: string;
  readonly reference: string;
}

/** A pair and its numbers. */
export interface MeasuredPair extends Pair {
  readonly numbers: Thresholds;
}

const SAVE_EVERY = 20;

/** A net that is measured, and where its weights are. */
export type MeasuredNet = Pick<LookOptions, 'weightsDir'> & { readonly net: keyof typeof THRESHOLDS };

/** Measures what is not measured yet. */
export async function measurePairs(
  folder: string,
  { net, ...weights }: MeasuredNet,
  report: (done: number, all: number) => void,
): Promise<readonly MeasuredPair[]> {
  const pairs: Pair[] = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const path = join(folder, `measured-${net}.json`);
  const measured: MeasuredPair[] = existsSync(path) ? JSON.parse(await readFile(path, 'utf8')) : [];
  for (const pair of pairs.slice(measured.length)) {
    const { distance, local, colour, shape } = await compareImages(
      join(folder, pair.image),
      join(folder, pair.reference),
      { net, ...weights, pixelRatio: pair.scale },
    );
    const numbers = { distance, local: local.distance, colour: colour.distance, shape: shape.distance };
    measured.push({ ...pair, numbers });
    if (measured.length % SAVE_EVERY > 0 && measured.length < pairs.length) continue;
    await writeAtomically(path, Buffer.from(JSON.stringify(measured, null, 1)));
    report(measured.length, pairs.length);
  }
  return measured;
}
