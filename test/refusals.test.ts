/**
 * Every exported function of the libraries is called with arguments of every kind. It may refuse them by an error of ours
 * that names a function, or take them, where they are what it takes. It answers none with an error of JavaScript's, of Node's
 * or of TensorFlow.js's.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';
import * as core from 'lpips-core';
import * as node from 'lpips-node';
import { selectBackend } from 'lpips-node';
import { beforeAll, describe, expect, it } from 'vitest';
import * as loss from '../packages/loss/src/index.js';

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
};

/** Checks are called by functions, with their own name and argument. */
const isCheck = (name: string) => /^check[A-Z]/.test(name) && name !== 'checkLoss' && name !== 'checkBackend';

/** Functions whose first argument is the name of their caller, which begins their messages. */
const TAKES_CALLER: readonly string[] = ['parseColour', 'watchRange'];

/** The kinds that a function takes in the place of all its arguments. All others must be refused. */
const TAKEN: Readonly<Record<string, readonly string[]>> = {
  checkBackend: Object.keys(KINDS), // no argument
  watchRange: ['null', 'function'],
  defaultCacheDir: Object.keys(KINDS),
  listBackends: Object.keys(KINDS),
  selectBackend: ['undefined'],
  stopOnNaN: Object.keys(KINDS),
  chooseNet: ['undefined', 'object', 'array'],
  listWeights: ['undefined'],
  verifyWeights: ['undefined'],
  loadLpips: ['undefined'],
  weightsCacheDir: ['undefined', 'string'],
  checkLoss: ['number'],
};

beforeAll(async () => {
  enableProdMode();
  await selectBackend('wasm');
});

describe.each(Object.entries({ 'lpips-core': core, 'lpips-node': node, 'lpips-loss': loss }))(
  '%s',
  (_, exported) => {
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
            error instanceof core.LpipsError && /^[\w ]+: (expected|cannot) /.test(error.message);
          answers[kind] = isOurs ? 'refused' : String(error);
        }
      }
      const taken: readonly string[] = TAKEN[name] ?? [];
      expect(answers).toEqual(
        Object.fromEntries(
          Object.keys(KINDS).map((kind) => [kind, taken.includes(kind) ? 'taken' : 'refused']),
        ),
      );
    });
  },
);

it('names no function that is not there', () => {
  const exported = { ...core, ...node, ...loss };
  const named = [...Object.keys(NOT_CALLED), ...Object.keys(TAKEN), ...TAKES_CALLER];
  expect(named.filter((name) => !Object.hasOwn(exported, name))).toEqual([]);
});
