/**
 * @module
 * A whole official net as one safetensors file, for pages and for programs that read one file.
 */
import { checkOptions, checkText, invalid, type Weight } from 'lpips-core';
import { HEADS_VERSIONS, type HeadsVersion, type OfficialNet } from 'lpips-core/official-files';
import { isBackboneWeight, isHead } from 'lpips-core/weights-files';
import { checkOutput, writeAtomically } from '../files/write-atomically.js';
import { type FetchOptions, fetchWeights } from './fetch-weights.js';
import { nameWeights } from './identify-weights.js';
import { readNetwork } from './read-weights.js';
import { serializeWeights } from './write-weights.js';

/** Which heads, and how missing files are fetched. */
export interface ExportOptions extends FetchOptions {
  /** Calibration of the heads. Default `'0.1'`. */
  version?: HeadsVersion;
}

/** What was written. */
export interface ExportedWeights {
  /** What they are called: `vgg 0.1`. */
  weights: string;
  bytes: number;
}

/**
 * Writes the convolutions of a net and its heads into one file, after fetching what is missing. `output` is written whole or
 * not at all.
 *
 * @throws LpipsError if a download fails, or `output` cannot be written
 */
export async function exportWeights(
  net: OfficialNet,
  output: string,
  options: ExportOptions = {},
): Promise<ExportedWeights> {
  checkText('exportWeights', 'output', output);
  checkOptions('exportWeights', options, ['version', 'cacheDir', 'onProgress', 'signal', 'files']);
  const { version = '0.1', ...fetching } = options;
  if (!HEADS_VERSIONS.includes(version)) {
    throw invalid('exportWeights', HEADS_VERSIONS.join(' or '), 'version', `${version}`);
  }
  await checkOutput(output);
  const weights = new Map<string, Weight>();
  const licences: string[] = [];
  for (const { file, path } of await fetchWeights(net, fetching)) {
    if (file.version !== undefined && file.version !== version) continue;
    const isOfPart = file.part === 'backbone' ? isBackboneWeight : isHead;
    for (const [name, weight] of (await readNetwork(path)).weights) {
      if (isOfPart(name)) weights.set(name, weight);
    }
    licences.push(file.licence);
  }
  const name = await nameWeights(weights);
  const bytes = serializeWeights(weights, { weights: name, version, licence: licences.join(', ') });
  await writeAtomically(output, bytes);
  return { weights: name, bytes: bytes.length };
}
