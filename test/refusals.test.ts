/**
 * Every exported function of the packages is called with arguments of every kind. It may refuse them by an error of ours
 * that names a function, or take them, where they are what it takes. It answers none with an error of JavaScript's, of Node's
 * or of TensorFlow.js's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enableProdMode } from '@tensorflow/tfjs-core';
import * as core from 'lpips-core';
import * as browser from 'lpips-core/browser';
import * as equation from 'lpips-core/equation';
import * as officialFiles from 'lpips-core/official-files';
import * as officialTensors from 'lpips-core/official-tensors';
import * as weightsFiles from 'lpips-core/weights-files';
import * as node from 'lpips-node';
import { selectBackend } from 'lpips-node';
import * as files from 'lpips-node/files';
import * as weights from 'lpips-node/weights';
import * as native from 'tfjs-native';
import * as besideUs from 'tfjs-native/beside-us';
import * as install from 'tfjs-native/install';
import * as interrupts from 'tfjs-native/interrupts';
import * as platformCache from 'tfjs-native/platform-cache';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as bapps from '../packages/bapps-train/src/index.js';
import * as loss from '../packages/loss/src/index.js';
import * as matchers from '../packages/matchers/src/index.js';
import * as pictures from '../packages/pictures/src/index.js';
import * as picturesInNode from '../packages/pictures/src/node/index.js';
import * as page from '../packages/pictures/src/page/index.js';
import * as search from '../packages/search/src/index.js';
import * as searchInNode from '../packages/search/src/node/index.js';
import * as training from '../packages/training/src/index.js';
import { hideGpu } from './support/hide-gpu.js';

/**
 * What each entry exports. `lpips-node/command-line` and `lpips-node/metric-options` are missing: their arguments are parsers
 * and terminals, which commands of this repository pass to each other. So is `lpips-core/remote-files`, whose arguments are
 * settings of requests.
 */
const ENTRIES = {
  'lpips-core': core,
  'lpips-core/browser': browser,
  'lpips-core/equation': equation,
  'lpips-core/official-files': officialFiles,
  'lpips-core/official-tensors': officialTensors,
  'lpips-core/weights-files': weightsFiles,
  'lpips-node': node,
  'lpips-node/files': files,
  'lpips-node/weights': weights,
  'lpips-loss': loss,
  'lpips-pictures': pictures,
  'lpips-pictures/node': picturesInNode,
  'lpips-pictures/page': page,
  'lpips-search': search,
  'lpips-search/node': searchInNode,
  'lpips-matchers': matchers,
  'bapps-train': bapps,
  'tfjs-fused-training': training,
  'tfjs-native': native,
  'tfjs-native/beside-us': besideUs,
  'tfjs-native/install': install,
  'tfjs-native/interrupts': interrupts,
  'tfjs-native/platform-cache': platformCache,
};

const STEP = 'it is a step of the equation, and takes what the metric has checked';
const CLASS = 'it is a class';

/** One value of each kind. None is a file, a word or a shape that any function knows. */
const KINDS: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  number: 5.5,
  NaN: Number.NaN,
  string: 'no such thing',
  object: { odd: 1 },
  array: [1, 'a'],
  boolean: true,
  function: () => 5,
  symbol: Symbol('odd'),
  bigint: 5n,
};

/** Functions that are not called, and why. */
const NOT_CALLED: Readonly<Record<string, string>> = {
  at: 'it throws a RangeError, as array access of other languages does',
  invalid: 'it builds errors, and has none of its own',
  cannot: 'it builds errors, and has none of its own',
  printable: 'it is for texts that were read, and stands in the path of every message',
  printableMessage: 'it is for texts that were read, and stands in the path of every message',
  kindOf: 'it takes anything',
  toUnitRange: 'it is called for pixels that were decoded, and checks none of them for speed',
  LpipsError: 'it is a class',
  DownloadError: 'it is a class',
  Lpips: 'it is a class, and has a test of its own',
  BlobSource: CLASS,
  ByteSource: CLASS,
  IndexWriter: CLASS,
  SearchIndex: CLASS,
  NativeError: CLASS,
  TrainingError: CLASS,
  AdamWOptimizer: 'it is a class, which adamw makes and TensorFlow.js restores',
  fusedOptimizerCall: 'it reads what TensorFlow.js calls a kernel with',
  WatchedBackend: CLASS,
  LeastSquaresAutoencoder: CLASS,
  Html: CLASS,
  HeadsCommittee: CLASS,
  ItemPool: CLASS,
  Pair: CLASS,
  Triplet: CLASS,
  TrainableNetwork: CLASS,
  convolutions: STEP,
  tapChannels: STEP,
  tapSizes: STEP,
  concatChannels: STEP,
  differentiable: STEP,
  maxPool: STEP,
  scaleImages: STEP,
  unitNormalize: STEP,
  headName: 'it writes the name of a weight',
  codeOf: 'it takes anything that was thrown',
  translateDiskFault: 'it takes anything that was thrown',
  pixelAt: 'it is called for each pixel, and checks none of them for speed',
  html: 'it is a tag, whose arguments are those of a template',
};

/** Checks are called by functions, with their own name and argument. */
const isCheck = (name: string) => /^check[A-Z]/.test(name) && name !== 'checkLoss' && name !== 'checkBackend';

/** Functions whose first argument is the name of their caller, which begins their messages. */
const TAKES_CALLER: readonly string[] = ['parseColour', 'watchRange', 'backboneOf'];

/**
 * The kinds that a function takes in the place of all its arguments. All others must be refused. Where two entries have functions
 * of one name, the entry stands before it.
 */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  checkBackend: Object.keys(KINDS), // no argument
  fuseLayers: Object.keys(KINDS), // no argument
  fuseOptimizers: Object.keys(KINDS), // no argument
  mendCpuKernels: Object.keys(KINDS), // no argument
  adamw: ['undefined'],
  registerDilatedGradients: ['string'],
  unregisterDilatedGradients: ['string'],
  offOuterTape: ['function'],
  readsSynchronously: Object.keys(KINDS),
  watchRange: ['null', 'function'],
  standardNormal: ['function'],
  defaultCacheDir: Object.keys(KINDS),
  listBackends: Object.keys(KINDS),
  selectBackend: ['undefined'],
  stopOnNaN: Object.keys(KINDS),
  chooseNet: ['undefined', 'object', 'array'],
  listWeights: ['undefined'],
  verifyWeights: ['undefined'],
  loadLpips: ['undefined'],
  'lpips-core/browser: loadLpips': [],
  weightsCacheDir: ['undefined', 'string'],
  checkLoss: ['number'],
  seedOf: ['number'],
  matchesDigest: ['string'],
  makeFolder: ['string'],
  isBackboneWeight: ['string'],
  isHead: ['string'],
  officialName: ['string'],
  isIndexFile: ['string'],
  csvField: ['string'],
  findVotes: ['string'],
  findShares: ['string'],
  removeUnfinished: ['string'],
  distortionTable: ['function'],
  findNative: ['undefined'],
  nativeStatus: ['undefined'],
  removeNative: ['undefined'],
  platformCacheDir: ['string'],
  untilInterrupted: ['function'],
  preference: ['number'],
  meanScore: ['object'],
};

const before = process.cwd();
let folder = '';
beforeAll(async () => {
  enableProdMode();
  hideGpu();
  await selectBackend('wasm');
  folder = await mkdtemp(join(tmpdir(), 'lpips-test-'));
  vi.stubEnv('TFJS_NATIVE_CACHE', folder);
  vi.stubEnv('LPIPS_CACHE', folder);
  vi.stubEnv('PATH', folder); // nothing is installed, since there are no tools for it
  process.chdir(folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  process.chdir(before);
  await rm(folder, { recursive: true });
});

describe.each(Object.entries(ENTRIES))('%s', (entry, exported) => {
  const functions = Object.entries(exported).filter(
    ([name, value]) => typeof value === 'function' && NOT_CALLED[name] === undefined && !isCheck(name),
  ) as [string, (...args: unknown[]) => unknown][];

  it.each(functions)('%s refuses arguments of another kind by an error of ours', async (name, call) => {
    const answers: Record<string, string> = {};
    for (const [kind, value] of Object.entries(KINDS)) {
      try {
        const caller = TAKES_CALLER.includes(name) ? ['caller'] : [];
        await call(...caller, value, value, value, value);
        answers[kind] = 'taken';
      } catch (error) {
        const isOurs =
          [core.LpipsError, native.NativeError, training.TrainingError].some(
            (ours) => error instanceof ours,
          ) &&
          error instanceof Error &&
          /^[\w ]+: (expected|cannot) /.test(error.message);
        answers[kind] = isOurs ? 'refused' : String(error);
      }
    }
    const taken: readonly string[] = TAKEN[`${entry}: ${name}`] ?? TAKEN[name] ?? [];
    expect(answers).toEqual(
      Object.fromEntries(
        Object.keys(KINDS).map((kind) => [kind, taken.includes(kind) ? 'taken' : 'refused']),
      ),
    );
  });
});

it('names no function that is not there', () => {
  const exported = Object.assign({}, ...Object.values(ENTRIES)) as object;
  const named = [...Object.keys(NOT_CALLED), ...Object.keys(TAKEN), ...TAKES_CALLER];
  const isThere = (name: string) => Object.hasOwn(exported, name.replace(/^.*: /, ''));
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});
