/**
 * @module
 * How a synthetic data set was made, written next to the data, so that it can be made again and nobody takes its
 * judgements for those of people.
 */
import { join } from 'node:path';
import type { WeightsIdentity } from 'lpips-node';
import { exists } from '../files/exists.js';
import type { FamilyName } from './distorters.js';

/** Name of the file in the data set's folder. */
export const MANIFEST_NAME = 'synthesis.json';

/** How a data set was made. */
export interface SynthesisManifest {
  readonly what: string;
  readonly tool: string;
  readonly seed: number;
  readonly families: readonly FamilyName[];
  /** Items of each family. */
  readonly counts: { readonly train: number; readonly val: number; readonly jnd: number };
  /** Side of the patches; left out if it is 64. */
  readonly side?: number;
  /** Autoencoders of a split; 0 without the family "cnn". */
  readonly networks: number;
  readonly teacher: {
    readonly net: string;
    readonly version: string;
    readonly linear: boolean;
    /** Whether its weights are the published ones, and a digest of them. */
    readonly weights: WeightsIdentity;
    readonly heads?: string;
  };
  readonly observers: {
    readonly model: string;
    readonly noise: number;
    /** Distance that half of them notice; left out if there are no pairs. */
    readonly threshold?: number;
    readonly votes: { readonly train: number; readonly val: number; readonly jnd: number };
  };
  /** File names and sha256 of the photographs, by split. No photograph is in both. */
  readonly photographs: Readonly<
    Record<'train' | 'val', readonly { readonly name: string; readonly sha256: string }[]>
  >;
}

/** The first field of a manifest. */
export const WHAT =
  'Synthetic judgements in the layout of BAPPS: the votes are drawn from a metric, no person was asked.';

/** How observers vote, as a formula. */
export const MODEL =
  'P(p1 is nearer) = 1 / (1 + (d1 / d0)^(1/noise)); P(same) = 1 / (1 + (d / threshold)^(1/noise)); d: distance by the teacher';

/** Whether the judgements of a data set are simulated. */
export async function isSynthetic(folder: string): Promise<boolean> {
  return await exists(join(folder, MANIFEST_NAME));
}
