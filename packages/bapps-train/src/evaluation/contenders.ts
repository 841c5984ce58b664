/**
 * @module
 * The heads that are scored, grouped by their backbone, so that each backbone runs once per image however many heads
 * are compared.
 */
import { basename, extname } from 'node:path';
import { invalid, Lpips, type NetName, type WeightMap } from 'lpips-core';
import { readNetwork } from 'lpips-node';
import { checkMetric, checkRecords } from '../check-arguments.js';
import { channelsOfTaps, headsAmong, isHeadName } from '../networks/heads.js';
import { PooledHeads } from '../networks/pooled-heads.js';

/** Heads and the name under which they are listed. */
export interface Contender {
  readonly name: string;
  readonly heads: PooledHeads;
}

/** A backbone and the heads that are compared on it. */
export interface Trunk {
  readonly lpips: Lpips;
  readonly contenders: Contender[];
}

/**
 * The heads of a loaded metric; all ones if it is the baseline without heads.
 *
 * @throws LpipsError unless it is a metric
 */
export function contenderOf(lpips: Lpips, calibration?: string): Contender {
  checkMetric('contenderOf', 'lpips', lpips);
  const { net, version, linear, weights } = lpips;
  if (!linear) return withoutHeads(lpips, calibration);
  const heads = emptyHeads(net);
  heads.set(weights);
  return { name: `${net} ${calibration ?? version}`, heads };
}

/**
 * The "baseline" of the paper: every head is 1.
 *
 * @throws LpipsError unless it is a metric
 */
export function withoutHeads(lpips: Lpips, calibration?: string): Contender {
  checkMetric('withoutHeads', 'lpips', lpips);
  const { net, version } = lpips;
  const heads = emptyHeads(net);
  heads.values.fill(1);
  return { name: `${net} ${calibration ?? version} without heads`, heads };
}

/** A weights file and the name under which it is listed. Default: its file name, or its path if another has the same. */
export interface WeightsFile {
  readonly path: string;
  readonly name?: string;
}

/**
 * Adds weights files to the trunks. Heads alone are added to the first trunk, and a whole network becomes a trunk of
 * its own.
 *
 * @param trunks whose first is of the net in question; this adds to the list
 * @param files in any layout that `readNetwork` of lpips-node knows; a whole network may state the version it was trained as
 * @param onLeftOut told what a file holds beside the weights of a network, which is not loaded
 * @throws LpipsError if a file cannot be read, or holds weights of another net
 */
export async function addWeightsFiles(
  trunks: Trunk[],
  files: readonly WeightsFile[],
  onLeftOut?: (path: string, names: readonly string[]) => void,
): Promise<void> {
  checkTrunks('addWeightsFiles', trunks);
  checkRecords('addWeightsFiles', 'files', files, ['path']);
  const [first] = trunks;
  if (!first) throw invalid('addWeightsFiles', 'at least one', 'trunks', 'none');
  const { net, version } = first.lpips;
  const names = shortNames(
    files.map(({ path }) => path),
    contenderNames(trunks),
  );
  for (const [index, { path, name = names[index] ?? path }] of files.entries()) {
    const { weights, metadata, leftOut } = await readNetwork(path);
    if (leftOut.length > 0) onLeftOut?.(path, leftOut);
    const contender = { name, heads: headsOf(weights, net, path) };
    if ([...weights.keys()].every(isHeadName)) {
      first.contenders.push(contender);
      continue;
    }
    const { version: stated = version } = metadata;
    const isOld = stated === '0.0' && net !== 'lite';
    const lpips = Lpips.fromWeights(weights, {
      net,
      version: isOld ? '0.0' : '0.1',
      onWarning: null, // patches are decoded to [-1, 1], and a white one has no value below 0
    });
    trunks.push({ lpips, contenders: [contender] });
  }
}

/** Names of all contenders, in the order of the trunks. */
export function contenderNames(trunks: readonly Trunk[]): string[] {
  return trunks.flatMap(({ contenders }) => contenders.map(({ name }) => name));
}

/**
 * Releases the weights of all trunks.
 *
 * @throws LpipsError unless they are trunks
 */
export function disposeTrunks(trunks: readonly Trunk[]): void {
  checkTrunks('disposeTrunks', trunks);
  for (const { lpips } of trunks) lpips.dispose();
}

/** @throws LpipsError unless the value is an array of trunks */
export function checkTrunks(where: string, value: readonly Trunk[]): void {
  checkRecords(where, 'trunks', value, ['lpips', 'contenders']);
  for (const { lpips } of value) checkMetric(where, 'trunks', lpips);
}

/** Heads of a net, all zero. */
function emptyHeads(net: NetName): PooledHeads {
  return new PooledHeads(channelsOfTaps(net));
}

function headsOf(weights: WeightMap, net: NetName, path: string): PooledHeads {
  const heads = emptyHeads(net);
  const found = headsAmong(weights);
  const advice = 'Name the net with --net.';
  if (found.size !== heads.weights.size || [...heads.weights.keys()].some((name) => !found.has(name))) {
    const got = found.size === 0 ? 'none' : `${found.size}`;
    throw invalid('evaluate', `${heads.weights.size} heads of ${net}`, path, got, advice);
  }
  for (const [name, { data }] of found) {
    const wanted = heads.weights.get(name)?.data.length;
    if (data.length !== wanted) {
      const argument = `${name} in ${path}`;
      throw invalid('evaluate', `${wanted} values for ${net}`, argument, `${data.length}`, advice);
    }
    const bad = data.find((value) => !(value >= 0 && Number.isFinite(value)));
    if (bad !== undefined) {
      const question = 'Did the training diverge?';
      throw invalid('evaluate', 'finite values ≥ 0', `${name} in ${path}`, String(bad), question);
    }
  }
  heads.set(weights);
  return heads;
}

/** File names without extension, or whole paths if two files have the same name, or it is taken. */
function shortNames(paths: readonly string[], taken: readonly string[]): string[] {
  const short = paths.map((path) => basename(path, extname(path)));
  const all = [...taken, ...short];
  return short.map(
    (name, index) => (all.filter((other) => other === name).length > 1 ? paths[index] : name) ?? name,
  );
}
