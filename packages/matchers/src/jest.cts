/**
 * @module
 * Registers the matchers with jest: `lpips-matchers/jest` among `setupFilesAfterEnv`, or imported in a test. It is
 * CommonJS, which jest loads with and without `--experimental-vm-modules`. It needs ES modules, which jest cannot load
 * without that flag or a transform. So Node's own `require` loads them outside the sandbox that jest makes for each test
 * file: once for each worker, and with one set of typed arrays, on which TensorFlow.js relies.
 */
import globals = require('@jest/globals');
import vm = require('node:vm');

import type { LookMatchers } from './matcher-types.js' with { 'resolution-mode': 'import' };

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
const { toLookLike, toMatchPerceptualSnapshot }: JestMatchers = requireOutside('./jest-matchers.js');

globals.expect.extend({ toLookLike, toMatchPerceptualSnapshot });
