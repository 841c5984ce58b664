import '../../src/index.js';
import { ready, setBackend } from '@tensorflow/tfjs';
import { beforeAll, describe } from 'vitest';
import { fusedConv2dTests } from '../../../../test/support/fused-conv2d-tests.js';

describe('fusedConv2d on WASM', () => {
  beforeAll(async () => {
    await setBackend('wasm');
    await ready();
  });
  fusedConv2dTests();
});
