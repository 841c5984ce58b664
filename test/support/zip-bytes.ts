/**
 * @module
 * Zip archives as PyTorch's writer lays them out: stored entries, sizes in a descriptor after the data and in the
 * central directory, data aligned to 64 bytes by an extra field `FB`. And the archives that it never writes.
 */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  name: string;
  data: Uint8Array;
  /** Compresses the entry, which PyTorch never does. */
  isDeflated?: boolean;
  /** Claims this size instead of the true one. */
  claimedBytes?: number;
  /** Claims this checksum instead of the true one. */
  claimedCrc?: number;
}

const ALIGNMENT = 64;
const ALL_ONES = 0xffffffff;

/** @param zip64 sizes and offsets in the 64-bit records, as for archives above 4 GB */
export function zipOf(entries: readonly ZipEntry[], { zip64 = false } = {}): Uint8Array {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  const push = (buffer: Buffer) => {
    parts.push(buffer);
    offset += buffer.length;
  };
  for (const { name, data, isDeflated = false, claimedBytes, claimedCrc } of entries) {
    const stored = isDeflated ? deflateRawSync(data) : Buffer.from(data);
    const compressed = claimedBytes === undefined || isDeflated ? stored.length : claimedBytes;
    const uncompressed = claimedBytes ?? data.length;
    const crc = claimedCrc ?? crc32(data);
    const method = isDeflated ? 8 : 0;
    const padding = (ALIGNMENT - ((offset + 30 + name.length + 4) % ALIGNMENT)) % ALIGNMENT;
    const start = offset;
    const extra = Buffer.concat([Buffer.from('FB'), uint16(padding), Buffer.alloc(padding, 'Z')]);
    push(
      Buffer.concat([
        Buffer.from('PK\x03\x04'),
        ...[0, 0x0808, method, 0, 0].map(uint16),
        ...[0, 0, 0].map(uint32),
        uint16(name.length),
        uint16(extra.length),
        Buffer.from(name),
        extra,
      ]),
    );
    push(stored);
    push(Buffer.concat([Buffer.from('PK\x07\x08'), ...[crc, compressed, uncompressed].map(uint32)]));
    const large = zip64
      ? Buffer.concat([uint16(1), uint16(24), ...[uncompressed, compressed, start].map(uint64)])
      : Buffer.alloc(0);
    central.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02'),
        ...[0, 0, 0x0808, method, 0, 0].map(uint16),
        ...(zip64 ? [crc, ALL_ONES, ALL_ONES] : [crc, compressed, uncompressed]).map(uint32),
        ...[name.length, large.length, 0, 0, 0].map(uint16),
        uint32(0),
        uint32(zip64 ? ALL_ONES : start),
        Buffer.from(name),
        large,
      ]),
    );
  }
  const directory = offset;
  for (const record of central) push(record);
  const directoryBytes = offset - directory;
  const end = offset;
  if (zip64) {
    const counts = [entries.length, entries.length, directoryBytes, directory].map(uint64);
    push(
      Buffer.concat([
        Buffer.from('PK\x06\x06'),
        uint64(44),
        ...[45, 45].map(uint16),
        ...[0, 0].map(uint32),
        ...counts,
      ]),
    );
    push(Buffer.concat([Buffer.from('PK\x06\x07'), uint32(0), uint64(end), uint32(1)]));
  }
  const [count, size, start] = zip64
    ? [0xffff, ALL_ONES, ALL_ONES]
    : [entries.length, directoryBytes, directory];
  push(
    Buffer.concat([
      Buffer.from('PK\x05\x06'),
      ...[0, 0, count, count].map(uint16),
      uint32(size),
      uint32(start),
      uint16(0),
    ]),
  );
  return new Uint8Array(Buffer.concat(parts));
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function uint64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}
