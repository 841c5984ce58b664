/**
 * @module
 * A terminal that remembers, and images to compare.
 */
import { PassThrough } from 'node:stream';
import type { Terminal } from 'lpips-node/command-line';
import sharp from 'sharp';

/** What a command line did. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A terminal that remembers; `watched` has bars, which go to `bars`. */
export function testTerminal({ watched = false } = {}): {
  terminal: Terminal;
  outcome: () => { out: string; error: string };
  bars: () => string;
} {
  let [out, error, bars] = ['', '', ''];
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  stream.on('data', (chunk: Buffer) => {
    bars += chunk.toString();
  });
  return {
    terminal: {
      out: (text) => {
        out += text;
      },
      error: (text) => {
        error += text;
      },
      bars: watched ? stream : undefined,
      letSignalsKill: async () => undefined,
    },
    outcome: () => ({ out, error }),
    bars: () => bars,
  };
}

/** A PNG of seeded noise over a ramp, or of the ramp alone with `noise` 0. */
export function noisyPng(
  path: string,
  {
    width = 32,
    height = 24,
    noise = 0,
    seed = 1,
  }: { width?: number; height?: number; noise?: number; seed?: number } = {},
): Promise<unknown> {
  let state = seed;
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const ramp = 40 + ((i / 3) % width) * (150 / width) + (i % 3) * 20;
    pixels[i] = Math.min(Math.max(ramp + (state / 2 ** 31 - 1) * noise, 0), 255);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}
