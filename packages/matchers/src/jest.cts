/**
 * @module
 * Registers the matchers with jest: `lpips-matchers/jest` among `setupFilesAfterEnv`, or imported in a test. It is
 * CommonJS, which jest loads with and without `--experimental-vm-modules`. It needs ES modules, which jest cannot load
 * without that flag or a transform. So Node's own `require` loads them outside the sandbox that jest makes for each test
 * file: once for each worker, and with one set of typed arrays, on which TensorFlow.js relies.
 */
import globals = require('@jest/globals');
import vm = require('node:vm');

import type { CircusBlock } from './jest-matchers.js' with { 'resolution-mode': 'import' };
import type { LookMatchers, SnapshotOptions } from './matcher-types.js' with { 'resolution-mode': 'import' };

type JestMatchers = typeof import('./jest-matchers.js', { with: { 'resolution-mode': 'import' }});

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends LookMatchers {}
}

declare global {
  namespace jest {
    interface Matchers<R, T> extends LookMatchers {}
  }
}

// `process` of this file is jest's, whose getBuiltinModule gives jest's own loader; the process outside has Node's.
const outside: NodeJS.Process = vm.runInThisContext('process');
const requireOutside = outside.getBuiltinModule('node:module').createRequire(__filename);
const matchers: JestMatchers = requireOutside('./jest-matchers.js');
const { toLookLike, toMatchPerceptualSnapshot } = matchers;

/** The tests of the file, by jest-circus. A symbol of its own leads to them, which is known by its description. */
function rootOfTests(): CircusBlock | undefined {
  const symbol = Object.getOwnPropertySymbols(globalThis).find(
    ({ description }) => description === 'JEST_STATE_SYMBOL',
  );
  const state: { rootDescribeBlock?: CircusBlock } | undefined = symbol && Reflect.get(globalThis, symbol);
  return state?.rootDescribeBlock;
}

globals.expect.extend({ toLookLike, toMatchPerceptualSnapshot });
// The matchers serve every test file of a worker. What one file has configured is not for the next.
matchers.configurePerceptual({});
if (globals.expect.getState().currentTestName === undefined) {
  globals.afterAll(() => matchers.finishTestFile(globals.expect.getState(), rootOfTests()));
}

/** Sets the options of all matchers, in a setup file. They replace those of an earlier call. */
const configurePerceptual = (options: SnapshotOptions): void => matchers.configurePerceptual(options);

export = { configurePerceptual };
