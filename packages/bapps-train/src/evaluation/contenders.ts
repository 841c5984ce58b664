/**
 * @module
 * Who is scored: heads, grouped by the backbone that they weigh, so that each backbone runs once per image however
 * many heads are compared.
 */
import { basename, extname } from 'node:path';
import { invalid, Lpips, type NetName, type WeightMap } from 'lpips-core';
import { readWeights } from 'lpips-node';
import { channelsOfTaps, headsAmong, isHeadName } from '../networks/heads.js';
import { PooledHeads } from '../networks/pooled-heads.js';

/** Heads under the name by which they are told. */
export interface Contender {
  readonly name: string;
  readonly heads: PooledHeads;
}

/** A backbone and the heads that are compared on it. */
export interface Trunk {
  readonly lpips: Lpips;
  readonly contenders: Contender[];
}

/** The heads that a loaded metric weighs with: its own, or all ones where it is the baseline without heads. */
export function contenderOf(lpips: Lpips): Contender {
  const { net, version, linear, weights } = lpips;
  if (!linear) return withoutHeads(lpips);
  const heads = emptyHeads(net);
  heads.set(weights);
  return { name: `${net} ${version}`, heads };
}

/** The "baseline" of the paper: every head is 1. */
export function withoutHeads({ net, version }: Lpips): Contender {
  const heads = emptyHeads(net);
  heads.values.fill(1);
  return { name: `${net} ${version} without heads`, heads };
}

/** A weights file, and the name by which it is told; default its file name, or its path where another has the same. */
export interface WeightsFile {
  readonly path: string;
  readonly name?: string;
}

/**
 * Adds weights files to the trunks: one of heads alone goes to the first trunk, one of a whole network is a trunk of
 * its own.
 *
 * @param trunks the first is of the named net; longer afterwards
 * @throws LpipsError where a file cannot be read, or holds weights of another net
 */
export async function addWeightsFiles(trunks: Trunk[], files: readonly WeightsFile[]): Promise<void> {
  const [first] = trunks;
  if (!first) throw new RangeError('addWeightsFiles: no trunk to add to');
  const { net, version } = first.lpips;
  const names = shortNames(files.map(({ path }) => path));
  for (const [index, { path, name = names[index] ?? path }] of files.entries()) {
    const { weights } = await readWeights(path);
    const contender = { name, heads: headsOf(weights, net, path) };
    if ([...weights.keys()].every(isHeadName)) {
      first.contenders.push(contender);
      continue;
    }
    const isOld = version === '0.0' && net !== 'lite';
    const lpips = Lpips.fromWeights(weights, { net, version: isOld ? '0.0' : '0.1' });
    trunks.push({ lpips, contenders: [contender] });
  }
}

/** Names of all contenders in the order of the trunks. */
export function contenderNames(trunks: readonly Trunk[]): string[] {
  return trunks.flatMap(({ contenders }) => contenders.map(({ name }) => name));
}

/** Releases the weights of all trunks. */
export function disposeTrunks(trunks: readonly Trunk[]): void {
  for (const { lpips } of trunks) lpips.dispose();
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

/** File names without extension, or whole paths where two files have the same name. */
function shortNames(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path, extname(path)));
  return short.map(
    (name, index) => (short.filter((other) => other === name).length > 1 ? paths[index] : name) ?? name,
  );
}
