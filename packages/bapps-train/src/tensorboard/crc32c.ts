/**
 * @module
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), and the masked one that TFRecord files store: rotated right by 15 bits, plus a
 * constant (tensorflow/core/lib/hash/crc32c.h).
 */
import { uint32At } from '../typed-reads.js';

/** The polynomial 0x1EDC6F41 with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc >>> 0;
});

/** @returns an unsigned number of 32 bits */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ uint32At(TABLE, (crc ^ byte) & 0xff);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The checksum as records store it. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
