/**
 * @module
 * State-dict names of a whole network in the Python package, for `lpips.LPIPS(model_path=…)`. There, torchvision's
 * layers are in slices that end after the taps: `features.3.weight` of AlexNet is `net.slice2.3.weight`.
 */
import type { NetName, WeightMap } from 'lpips-core';

/** Index of the first torchvision layer of each slice (`lpips/pretrained_networks.py`). */
const SLICES: Readonly<Record<Exclude<NetName, 'lite'>, readonly number[]>> = {
  alex: [0, 2, 5, 8, 10],
  squeeze: [0, 2, 5, 8, 10, 11, 12],
  vgg: [0, 4, 9, 16, 23],
};

/** The weights under their names in Python, which has no `lite`. */
export function officialNames(weights: WeightMap, net: Exclude<NetName, 'lite'>): WeightMap {
  return new Map(
    [...weights].map(([name, weight]) => {
      const [, layer = '', rest = ''] = /^features\.(\d+)\.(.+)$/.exec(name) ?? [];
      if (layer === '') return [name, weight];
      const slice = SLICES[net].filter((first) => first <= Number(layer)).length;
      return [`net.slice${slice}.${layer}.${rest}`, weight];
    }),
  );
}
