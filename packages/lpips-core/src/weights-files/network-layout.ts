/**
 * @module
 * The layouts in which people have the weights of a network, brought to the one that lpips-core takes: torchvision's
 * `features.3.weight` and LPIPS's `lin0.model.1.weight`. The Python package saves a whole network as
 * `net.slice2.3.weight`, where 3 is torchvision's layer, and its heads twice, as `lin0.*` and `lins.0.*`. Other programs put
 * a prefix before each name, or the whole state dict into a dictionary.
 */
import type { NetName } from '../backbones/backbone.js';
import { weightShapes } from '../backbones/check-weights.js';
import { NET_NAMES } from '../backbones/registry.js';
import { checkText, checkWeightMap } from '../check-options.js';
import { invalid } from '../errors.js';
import { SCALING_LAYER } from '../operations/scale-images.js';
import type { Weight, WeightMap } from '../weights/weight-map.js';
import { isBackboneWeight } from './parts.js';

/** What people wrap a network in: dictionaries, torchmetrics' `net.`, parallel (`module.`) and compiled modules. */
const WRAPPERS = /^(?:(?:state_dict|model_state_dict|model|network|net|lpips|module|_orig_mod)\.)+/;
const TORCHVISION = /^features\.\d+\..+$/;
const SLICE = /^slice\d+\.(\d+\..+)$/;
/** The convolution of a head is layer 1 behind dropout, or layer 0 where the module was made without it. */
const HEAD = /^(?:lin|lins\.)(\d+)\.model\.[01]\.weight$/;
/** Constants of the metric, which the Python package saves beside its weights. */
const SCALING = /^scaling_layer\.(shift|scale)$/;

/**
 * The name under which lpips-core knows a weight, for the name that it has in a file: `features.3.weight` for
 * `module.net.slice2.3.weight`. The scaling layer is `scaling_layer.shift` and `scaling_layer.scale`.
 *
 * @returns undefined for whatever is no part of a network
 */
export function officialName(name: string): string | undefined {
  checkText('officialName', 'name', name);
  const bare = name.replace(WRAPPERS, '');
  if (TORCHVISION.test(bare) || SCALING.test(bare)) return bare;
  const layer = SLICE.exec(bare)?.[1];
  if (layer !== undefined) return `features.${layer}`;
  const tap = HEAD.exec(bare)?.[1];
  return tap === undefined ? undefined : `lin${tap}.model.1.weight`;
}

/**
 * Weights under the names that lpips-core knows. A weight that a file has twice must be the same both times, and its scaling
 * layer must be that of the metric, which is then left out.
 *
 * @param found weights whose names `officialName` knows
 * @param source name of the file in error messages
 * @throws LpipsError where two weights of one name differ, or the scaling layer is another
 */
export function unifyLayout(found: WeightMap, source: string): WeightMap {
  const weights = new Map<string, Weight>();
  const origins = new Map<string, string>();
  for (const [name, weight] of found) {
    const official = officialName(name) ?? name;
    if (SCALING.test(official)) {
      checkScalingLayer(official, weight, source);
      continue;
    }
    const other = weights.get(official);
    if (other && !isSame(other, weight)) {
      const got = `different values as "${origins.get(official)}" and as "${name}"`;
      throw invalid('readWeights', `one weight "${official}"`, source, got, 'Save one network alone.');
    }
    if (other) continue;
    weights.set(official, weight);
    origins.set(official, name);
  }
  return weights;
}

/** The net whose backbone weights these are, by names and shapes; undefined where there is none. */
export function netOf(weights: WeightMap): NetName | undefined {
  checkWeightMap('netOf', weights);
  const backbone = [...weights].filter(([name]) => isBackboneWeight(name));
  return NET_NAMES.find((net) => {
    const shapes = [...weightShapes(net)].filter(([name]) => isBackboneWeight(name));
    return (
      shapes.length === backbone.length &&
      shapes.every(([name, shape]) => weights.get(name)?.shape.join() === shape.join())
    );
  });
}

function checkScalingLayer(name: string, { data }: Weight, source: string): void {
  const wanted = name.endsWith('shift') ? SCALING_LAYER.shift : SCALING_LAYER.scale;
  if (data.length === wanted.length && wanted.every((value, i) => data[i] === Math.fround(value))) return;
  const advice = 'The network was trained on images of another scale, which the metric does not know.';
  const got = data.slice(0, wanted.length).join(', ');
  throw invalid('readWeights', `${wanted.join(', ')} as "${name}"`, source, got, advice);
}

function isSame(a: Weight, b: Weight): boolean {
  return a.shape.join() === b.shape.join() && a.data.every((value, i) => Object.is(value, b.data[i]));
}
