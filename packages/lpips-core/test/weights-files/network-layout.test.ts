import {
  at,
  LpipsError,
  NET_NAMES,
  serializeSafetensors,
  type Weight,
  type WeightMap,
  weightShapes,
} from 'lpips-core';
import { SCALING_LAYER } from 'lpips-core/equation';
import { BlobSource, netOf, officialName, parseNetwork } from 'lpips-core/weights-files';
import { describe, expect, it } from 'vitest';
import { dict, int, list, text } from '../../../../test/support/pickle-bytes.js';
import { fileOf, floatStorage, stateDict, tensor } from '../../../../test/support/pytorch-bytes.js';
import { pytorchFileOf, squeezeBackbone, squeezeHeads } from '../../../../test/support/squeeze-weights.js';

/** The small ones, which name every layer: reading looks at names, not at completeness. */
const BACKBONE = new Map([...squeezeBackbone()].filter(([, { data }]) => data.length < 2000));
const WHOLE: WeightMap = new Map([...BACKBONE, ...squeezeHeads()]);
/** First torchvision layer of each slice of SqueezeNet in `lpips/pretrained_networks.py`. */
const SLICES = [0, 2, 5, 8, 10, 11, 12];
const SCALING = new Map<string, Weight>(
  Object.entries(SCALING_LAYER).map(([name, values]) => [
    `scaling_layer.${name}`,
    { shape: [1, 3, 1, 1], data: Float32Array.from(values) },
  ]),
);

/** The name of a weight in the state dict of Python's `lpips.LPIPS`. */
function inPython(name: string): string {
  const [, layer, rest] = /^features\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (layer === undefined) return name;
  return `net.slice${SLICES.filter((first) => first <= Number(layer)).length}.${layer}.${rest}`;
}

function renamed(weights: WeightMap, rename: (name: string) => string): Map<string, Weight> {
  return new Map([...weights].map(([name, weight]) => [rename(name), weight]));
}

/** `lpips.LPIPS.state_dict()`: the heads stand there twice. */
const PYTHON: WeightMap = new Map([
  ...SCALING,
  ...renamed(WHOLE, inPython),
  ...renamed(squeezeHeads(), (name) => name.replace(/^lin(\d)/, 'lins.$1')),
]);

async function read(bytes: Uint8Array) {
  return await parseNetwork(new BlobSource('FILE', new Blob([Uint8Array.from(bytes)])));
}

async function refusalOf(bytes: Uint8Array): Promise<string> {
  try {
    await read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing was refused';
}

describe('parseNetwork', () => {
  const layouts: [string, WeightMap, WeightMap][] = [
    ["torchvision's convolutions", BACKBONE, BACKBONE],
    ['heads alone', squeezeHeads(), squeezeHeads()],
    ['a whole network of ours', WHOLE, WHOLE],
    ["Python's whole network", PYTHON, WHOLE],
    [
      "the feature network of Python's alone",
      renamed(BACKBONE, (name) => inPython(name).slice('net.'.length)),
      BACKBONE,
    ],
    ["torchmetrics' network", renamed(PYTHON, (name) => `net.${name}`), WHOLE],
    ['a network in parallel', renamed(PYTHON, (name) => `module.${name}`), WHOLE],
    ['a compiled network in parallel', renamed(PYTHON, (name) => `module._orig_mod.${name}`), WHOLE],
    [
      'heads without dropout before them',
      renamed(squeezeHeads(), (name) => name.replace('model.1', 'model.0')),
      squeezeHeads(),
    ],
  ];
  it.each(layouts)('reads %s', async (_, weights, wanted) => {
    for (const file of [serializeSafetensors(weights), pytorchFileOf(weights)]) {
      const found = await read(file);
      expect(found.weights).toEqual(wanted); // in any order
      expect(found.leftOut).toEqual([]);
    }
  });

  const format = 'pytorch-zip';
  const first = floatStorage('0', [1, 2]);
  const second = floatStorage('1', [3, 4]);
  const bias = (storage = first) => tensor(storage, format, [2]);

  it.each(['state_dict', 'model', 'network'])(
    'reads a state dict inside of %s, and names the rest',
    async (key) => {
      const optimizer = dict([
        ['state', dict([['step', bias()]])],
        ['param_groups', list(text('Adam'))],
      ]);
      const value = dict([
        ['epoch', int(3)],
        [key, stateDict([['module.net.slice1.0.bias', bias()]])],
        ['optimizer', optimizer],
      ]);
      const { weights, leftOut } = await read(fileOf(format, value, [first]));
      expect(weights).toEqual(new Map([['features.0.bias', { shape: [2], data: Float32Array.of(1, 2) }]]));
      expect(leftOut).toEqual(['epoch', 'optimizer.state.step', 'optimizer.param_groups']);
    },
  );

  it('refuses a file with two networks that differ, and takes one that stands there twice', async () => {
    const twice = (other: typeof first) =>
      fileOf(
        format,
        dict([
          ['model', stateDict([['features.0.bias', bias()]])],
          ['state_dict', stateDict([['features.0.bias', bias(other)]])],
        ]),
        [first, second],
      );
    expect((await read(twice(first))).weights.size).toBe(1);
    expect(await refusalOf(twice(second))).toBe(
      'readWeights: expected one weight "features.0.bias" for FILE, got different values as "model.features.0.bias" and as ' +
        '"state_dict.features.0.bias". Save one network alone.',
    );
  });

  it('refuses another scaling layer', async () => {
    const other = new Map([
      ...WHOLE,
      ['scaling_layer.scale', { shape: [1, 3, 1, 1], data: Float32Array.of(1, 1, 1) }],
    ]);
    expect(await refusalOf(serializeSafetensors(other))).toBe(
      'readWeights: expected 0.458, 0.448, 0.45 as "scaling_layer.scale" for FILE, got 1, 1, 1. ' +
        'The network was trained on images of another scale, which the metric does not know.',
    );
  });
});

describe('officialName', () => {
  it('knows nothing but the parts of a network', () => {
    for (const name of [
      'classifier.1.weight',
      'conv1.weight',
      'lin0.bias',
      'ema.features.0.weight',
      'features',
      '',
    ]) {
      expect(officialName(name), name).toBeUndefined();
    }
  });
});

describe('netOf', () => {
  it.each(NET_NAMES)('tells %s by names and shapes', (net) => {
    const weights = new Map<string, Weight>(
      [...weightShapes(net)].map(([name, shape]) => [name, { shape, data: new Float32Array(0) }]),
    );
    expect(netOf(weights)).toBe(net);
    weights.delete(at([...weights.keys()], 0));
    expect(netOf(weights)).toBeUndefined();
  });
});
