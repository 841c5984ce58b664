import { describe, expect, it } from 'vitest';
import { isTruncated } from '../../src/images/truncated.js';

const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));

const chunk = (type: string, data: readonly number[]) =>
  [[0, 0, 0, data.length], ascii(type), data, [1, 2, 3, 4]].flat();
const PNG = [
  [0x89],
  ascii('PNG\r\n\u001a\n'),
  chunk('IHDR', [0, 0, 0, 1]),
  chunk('IDAT', [9, 8, 7]),
  chunk('IEND', []),
].flat();

const segment = (marker: number, data: readonly number[]) => [0xff, marker, 0, 2 + data.length, ...data];
/** A thumbnail that ends in a segment, a scan with a stuffed 0xff and a restart, a second scan, the end. */
const JPEG = [
  [0xff, 0xd8],
  segment(0xe1, [0xff, 0xd8, 0xff, 0xd9]),
  segment(0xda, [1]),
  [5, 0xff, 0, 6, 0xff, 0xd3, 7],
  segment(0xda, [2]),
  [8, 9],
  [0xff, 0xd9],
].flat();

const WEBP = [ascii('RIFF'), [12, 0, 0, 0], ascii('WEBP'), ascii('VP8 '), [0, 0, 0, 0]].flat();

describe.each([
  ['PNG', PNG],
  ['JPEG', JPEG],
  ['WebP', WEBP],
])('isTruncated of a %s', (_, whole) => {
  it('takes the whole file, also with something behind it', () => {
    expect(isTruncated(Uint8Array.from(whole))).toBe(false);
    expect(isTruncated(Uint8Array.from([...whole, 1, 2, 3, 4]))).toBe(false);
  });

  it('finds every place at which it is cut', () => {
    for (let length = 12; length < whole.length; length++) {
      expect(isTruncated(Uint8Array.from(whole.slice(0, length))), `${length} bytes`).toBe(true);
    }
  });
});

describe('isTruncated of other bytes', () => {
  it.each(['%PDF-1.7 and more', 'GIF89a, whatever follows', ''])('leaves %j to the browser', (text) => {
    expect(isTruncated(Uint8Array.from(ascii(text)))).toBe(false);
  });
});
