/**
 * @module
 * The kernels' own memory, which all threads share. TensorFlow.js keeps tensors in the memory of its backend, which no
 * other thread can see, so the kernels copy what they compute with. A gap between blocks is used again; the memory as a
 * whole only grows, up to a limit.
 */
import { FIRST_FREE } from './control-block.js';

const PAGE = 65_536;
/** Blocks begin at a line of the cache, and end with so many spare bytes that reading 28 bytes beyond is harmless. */
const ALIGNMENT = 64;
const SLACK = 64;

/** Bytes that the memory can have at most, 1 GiB. Convolutions are cut so that they take a small part of it. */
const MOST_BYTES = 2 ** 30;

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** Shared memory with an allocator. */
export class OwnMemory {
  readonly memory: WebAssembly.Memory;
  /** Everything as float32. The view is another one after the memory has grown. */
  floats: Float32Array<ArrayBuffer>;
  /** Everything as int32. */
  ints: Int32Array<ArrayBuffer>;
  readonly #used: Block[] = []; // in the order of their addresses

  /** @throws RangeError if the system does not give the address space */
  constructor() {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_BYTES / PAGE, shared: true });
    this.floats = new Float32Array(this.#buffer());
    this.ints = new Int32Array(this.#buffer());
  }

  /** Bytes that blocks take at present. */
  get bytesUsed(): number {
    return this.#used.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Address of a new block of at least `bytes`, which are not cleared; undefined if it does not fit. */
  allocate(bytes: number): number | undefined {
    const size = Math.ceil((bytes + SLACK) / ALIGNMENT) * ALIGNMENT;
    let address = FIRST_FREE;
    let index = 0;
    for (const block of this.#used) {
      if (block.address - address >= size) break;
      address = block.address + block.bytes;
      index++;
    }
    if (!this.#reach(address + size)) return undefined;
    this.#used.splice(index, 0, { address, bytes: size });
    return address;
  }

  /** Gives a block back. */
  free(address: number): void {
    const index = this.#used.findIndex((block) => block.address === address);
    if (index >= 0) this.#used.splice(index, 1);
  }

  /**
   * Calls `work` with the addresses of new blocks of so many bytes, and gives the blocks back afterwards.
   *
   * @returns false if they do not fit, else what `work` returns
   */
  borrow(sizes: readonly number[], work: (...addresses: number[]) => boolean): boolean {
    const addresses: number[] = [];
    try {
      for (const bytes of sizes) {
        const address = this.allocate(bytes);
        if (address === undefined) return false;
        addresses.push(address);
      }
      return work(...addresses);
    } finally {
      for (const address of addresses) this.free(address);
    }
  }

  /** The `size` numbers from an address on, until the memory grows. */
  view(address: number, size: number): Float32Array<ArrayBuffer> {
    const first = address / Float32Array.BYTES_PER_ELEMENT;
    return this.floats.subarray(first, first + size);
  }

  #reach(end: number): boolean {
    const missing = Math.ceil((end - this.floats.byteLength) / PAGE);
    if (missing <= 0) return true;
    if (end > MOST_BYTES) return false;
    try {
      this.memory.grow(missing);
    } catch {
      return false;
    }
    this.floats = new Float32Array(this.#buffer());
    this.ints = new Int32Array(this.#buffer());
    return true;
  }

  /** TypeScript's types of views ask for unshared memory, although the engine does not. */
  #buffer(): ArrayBuffer {
    return this.memory.buffer as unknown as ArrayBuffer;
  }
}
