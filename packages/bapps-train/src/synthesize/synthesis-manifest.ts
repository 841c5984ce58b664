/**
 * @module
 * What is written beside synthetic data: how it was made, so that it can be made again and is never taken for people's
 * judgements.
 */
import { join } from 'node:path';
import { exists } from '../files/exists.js';
import type { FamilyName } from './spoilers.js';

/** Name of the file in the data set's folder. */
export const MANIFEST_NAME = 'synthesis.json';

/** How a data set was made. */
export interface SynthesisManifest {
  readonly what: string;
  readonly tool: string;
  readonly seed: number;
  readonly families: readonly FamilyName[];
  /** items of each family */
  readonly counts: { readonly train: number; readonly val: number; readonly jnd: number };
  /** autoencoders of a split, where "cnn" is among the families */
  readonly networks: number;
  readonly teacher: {
    readonly net: string;
    readonly version: string;
    readonly linear: boolean;
    readonly heads?: string;
  };
  readonly observers: {
    readonly model: string;
    readonly noise: number;
    /** distance that half of them notice; left out where there are no pairs */
    readonly threshold?: number;
    readonly votes: { readonly train: number; readonly val: number; readonly jnd: number };
  };
  /** file names and sha256 of the photographs, by split; no photograph is in both */
  readonly photographs: Readonly<
    Record<'train' | 'val', readonly { readonly name: string; readonly sha256: string }[]>
  >;
}

/** First words of a manifest. */
export const WHAT =
  'Synthetic judgements in the layout of BAPPS: the votes are drawn from a metric, no person was asked.';

/** How observers vote, in one line. */
export const MODEL =
  'P(p1 is nearer) = 1 / (1 + (d1 / d0)^(1/noise)); P(same) = 1 / (1 + (d / threshold)^(1/noise)); d: distance by the teacher';

/** Whether the judgements of a data set are simulated. */
export async function isSynthetic(folder: string): Promise<boolean> {
  return await exists(join(folder, MANIFEST_NAME));
}
