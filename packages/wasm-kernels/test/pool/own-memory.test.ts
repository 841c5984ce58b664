/**
 * The allocator of the kernels' own memory.
 */
import { at, mulberry32 } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import { FIRST_FREE } from '../../src/pool/control-block.js';
import { OwnMemory } from '../../src/pool/own-memory.js';

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
/** Products read up to so many bytes beyond a block. */
const READ_BEYOND = 28;
const MIB = 2 ** 20;

function allocated(memory: OwnMemory, bytes: number): number {
  const address = memory.allocate(bytes);
  if (address === undefined) throw new Error(`no room for ${bytes} bytes`);
  return address;
}

describe('OwnMemory', () => {
  it('gives blocks that do not overlap, in 2000 seeded steps of allocating, writing and freeing', () => {
    const memory = new OwnMemory();
    const next = mulberry32(1);
    const blocks: { address: number; size: number; mark: number }[] = [];
    for (let step = 0; step < 2000; step++) {
      if (blocks.length > 0 && next() < 0.45) {
        const [block] = blocks.splice(Math.floor(next() * blocks.length), 1);
        if (!block) throw new Error('no block');
        const floats = memory.floats.subarray(block.address / FLOAT, block.address / FLOAT + block.size);
        expect(floats.every((value) => value === block.mark)).toBe(true);
        memory.free(block.address);
      } else {
        const size = Math.floor(next() ** 4 * 5000);
        const address = allocated(memory, size * FLOAT);
        expect(address % 64).toBe(0);
        expect(address).toBeGreaterThanOrEqual(FIRST_FREE);
        expect(address + size * FLOAT + READ_BEYOND).toBeLessThanOrEqual(memory.floats.byteLength);
        memory.floats.fill(step, address / FLOAT, address / FLOAT + size);
        blocks.push({ address, size, mark: step });
      }
    }
    const used = memory.bytesUsed;
    expect(used).toBeGreaterThanOrEqual(blocks.reduce((sum, { size }) => sum + size * FLOAT, 0));
    for (const { address } of blocks) memory.free(address);
    expect(memory.bytesUsed).toBe(0);
  });

  it('uses the first gap that is large enough, and only that', () => {
    const memory = new OwnMemory();
    const addresses = [1000, 5000, 1000, 3000, 1000].map((bytes) => allocated(memory, bytes));
    memory.free(at(addresses, 1));
    memory.free(at(addresses, 3));
    expect(allocated(memory, 6000)).toBeGreaterThan(at(addresses, 4)); // fits no gap
    expect(allocated(memory, 3000)).toBe(at(addresses, 1));
    expect(allocated(memory, 3000)).toBe(at(addresses, 3)); // what is left of the first gap is too small
    memory.free(at(addresses, 0));
    expect(allocated(memory, 1)).toBe(at(addresses, 0));
  });

  it('does not grow while gaps suffice', () => {
    const memory = new OwnMemory();
    for (let i = 0; i < 1000; i++) memory.free(allocated(memory, 100_000));
    expect(memory.floats.byteLength).toBeLessThan(3 * 65_536);
  });

  it('ignores an address that is not that of a block, or was freed already', () => {
    const memory = new OwnMemory();
    const address = allocated(memory, 100);
    const used = memory.bytesUsed;
    memory.free(address + 4);
    memory.free(0);
    expect(memory.bytesUsed).toBe(used);
    memory.free(address);
    memory.free(address);
    expect(memory.bytesUsed).toBe(0);
  });

  it('renews its views when it grows, and keeps what was written', () => {
    const memory = new OwnMemory();
    const first = allocated(memory, 4 * FLOAT);
    memory.floats.set([1, 2, 3, 4], first / FLOAT);
    const { floats, ints } = memory;
    const large = allocated(memory, MIB);
    expect(memory.floats).not.toBe(floats);
    expect(memory.ints).not.toBe(ints);
    expect(memory.floats.byteLength).toBe(memory.memory.buffer.byteLength);
    expect(memory.ints.byteLength).toBe(memory.memory.buffer.byteLength);
    memory.floats[(large + MIB) / FLOAT - 1] = 5;
    expect([...memory.floats.subarray(first / FLOAT, first / FLOAT + 4)]).toEqual([1, 2, 3, 4]);
    // An older view shows the same memory.
    memory.floats[first / FLOAT] = 6;
    expect(floats[first / FLOAT]).toBe(6);
  });

  it('refuses what exceeds 1 GiB with undefined, and goes on', () => {
    const memory = new OwnMemory();
    expect(memory.allocate(2 ** 30)).toBeUndefined();
    expect(memory.allocate(2 ** 40)).toBeUndefined();
    expect(memory.bytesUsed).toBe(0);
    expect(memory.floats.byteLength).toBe(65_536); // nothing was taken for what was refused
    const large = allocated(memory, 700 * MIB);
    expect(memory.allocate(400 * MIB)).toBeUndefined();
    const rest = allocated(memory, 300 * MIB);
    expect(rest).toBeGreaterThan(large);
    memory.free(large);
    expect(memory.allocate(400 * MIB)).toBe(large);
  });
});
