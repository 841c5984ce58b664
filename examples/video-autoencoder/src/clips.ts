/**
 * @module
 * Clips as from a camera that pans across a photograph: a window moves by a constant fraction of a pixel from frame to
 * frame. The motion is simple, so small clips suffice.
 */
import { createHash } from 'node:crypto';
import { type Tensor5D, tensor5d } from '@tensorflow/tfjs';
import { readPhotographs } from 'bapps-train';
import { photographOf } from 'example-harness/photographs';
import { FRAMES, SIDE } from 'example-harness/video-autoencoder';
import { at } from 'lpips-core';
import { readImage } from 'lpips-node';
import { between, choose, type Random, type RgbPixels, seededRandom } from 'lpips-pictures';

/** The window moves by at most this many pixels of the photograph between two frames. */
const SPEED = 6;
/** A pixel of a frame is at most this many pixels of the photograph wide. */
const ZOOM = 4;

/** Of the examples' photographs; the last one is kept out of training. */
const OWN = ['canyon', 'alps', 'boats'];
/** Share of a print's width and height that the frame around the picture may take on each side. */
const FRAME_OF_PRINT = 0.18;

/** Photographs to pan across; those of `held` train nothing. */
export interface Scenes {
  readonly train: readonly RgbPixels[];
  readonly held: readonly RgbPixels[];
  /** sha256 over all pixels */
  readonly digest: string;
}

/**
 * Photographs of a folder, of which the last is kept out, or three that come with the examples.
 *
 * @throws LpipsError for a folder that does not exist or holds no photographs
 */
export async function scenesOf(folder: string | undefined): Promise<Scenes> {
  const photographs =
    folder === undefined
      ? await Promise.all(OWN.map((id) => readWhole(photographOf(id).file)))
      : (await readPhotographs(folder)).photographs;
  const held = photographs.slice(-1);
  const hash = createHash('sha256');
  for (const { data } of photographs) hash.update(data);
  const train = photographs.length > 1 ? photographs.slice(0, -1) : held;
  return { train, held, digest: hash.digest('hex') };
}

async function readWhole(path: string): Promise<RgbPixels> {
  const tensor = await readImage(path);
  const [, height, width] = tensor.shape;
  const values = await tensor.data();
  tensor.dispose();
  return { width, height, data: Uint8Array.from(values, (value) => Math.round((value + 1) * 127.5)) };
}

/** Seeded clips, float32 `[count, frames, 32, 32, 3]` in [-1, 1]; the caller disposes. */
export function drawClips(photographs: readonly RgbPixels[], seed: number, count: number): Tensor5D {
  const random = seededRandom(seed);
  const clips = Array.from({ length: count }, () => pan(choose(random, photographs), random));
  const values = new Float32Array(count * FRAMES * SIDE * SIDE * 3);
  for (const [index, clip] of clips.entries()) values.set(clip, index * clip.length);
  return tensor5d(values, [count, FRAMES, SIDE, SIDE, 3]);
}

/** One clip; the whole path of the window lies in the picture. */
function pan({ width, height, data }: RgbPixels, random: Random): Float32Array {
  const zoom = Math.min(ZOOM, (Math.min(width, height) * (1 - 2 * FRAME_OF_PRINT)) / (2 * SIDE));
  const path = (FRAMES - 1) * SPEED;
  const start = (size: number) => {
    const margin = FRAME_OF_PRINT * size;
    const last = size - margin - zoom * SIDE - path;
    return between(random, Math.min(margin + path, last), last);
  };
  const [left, top] = [start(width), start(height)];
  const [dx, dy] = [between(random, -SPEED, SPEED), between(random, -SPEED, SPEED)];
  const clip = new Float32Array(FRAMES * SIDE * SIDE * 3);
  let to = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const row = Math.round(top + frame * dy + zoom * y);
        const column = Math.round(left + frame * dx + zoom * x);
        const from = 3 * (row * width + column);
        for (let c = 0; c < 3; c++) clip[to++] = at(data, from + c) / 127.5 - 1;
      }
    }
  }
  return clip;
}
