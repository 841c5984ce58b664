/**
 * Filters that do not fit the memory.
 */
import { expect, it } from 'vitest';
import { packFilter, tapsInOrder } from '../../src/convolutions/packed-filter.js';
import { Pool } from '../../src/pool/pool.js';

it('leaves no block behind where the packed filter fits and the filter beside it does not', () => {
  const own = new Pool(1);
  const taps = tapsInOrder({ rows: 3, columns: 3, in: 64, out: 64 });
  const filter = new Float32Array(3 * 3 * 64 * 64); // 147,456 bytes; packed 262,144
  const full = own.memory.allocate(2 ** 30 - 300_000);
  expect(full).toBeDefined();
  const before = own.memory.bytesUsed;
  expect(packFilter(own, filter, taps, 'winograd2x2')).toBeUndefined();
  expect(own.memory.bytesUsed).toBe(before);
  own.stop();
});
