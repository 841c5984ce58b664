/**
 * @module
 * The pixels of an image of a data set as its file stores them, and the faults of such files.
 */

/** The side of the largest image. A file of a few bytes may claim any size, and decoders allocate what it claims. */
const MOST_SIDE = 4096;

/** Pixels as they are stored: no orientation is applied, and no profile. */
export interface StoredPatch {
  readonly width: number;
  readonly height: number;
  /** RGB, and 4 where a value follows that is dropped. */
  readonly channels: 3 | 4;
  /** `[height, width, channels]` */
  readonly levels: Uint8Array;
}

/** The message of an error, and that without the name of the function. */
type Said = readonly [message: string, plainMessage: string];

/** What another thread is told of a fault. */
export interface FaultParts {
  readonly path: string;
  readonly requirement: string;
  readonly got: string;
  readonly advice: string;
  /** The whole message, where a decoder has said it. */
  readonly said?: Said | undefined;
}

/** A fault of an image file, in the parts of an error message: a thread cannot pass on an error of its own class. */
export class PatchFault extends Error implements FaultParts {
  constructor(
    readonly path: string,
    readonly requirement: string,
    readonly got: string,
    readonly advice = '',
    readonly said?: Said,
  ) {
    super(`${path}: ${got}`);
  }

  /** What of it is passed on. */
  get parts(): FaultParts {
    const { path, requirement, got, advice, said } = this;
    return { path, requirement, got, advice, said };
  }
}

/** @throws PatchFault if an image is larger than 4096x4096 */
export function checkSides(path: string, { width, height }: { width: number; height: number }): void {
  if (Math.max(width, height) <= MOST_SIDE) return;
  const requirement = `an image of at most ${MOST_SIDE}x${MOST_SIDE}`;
  throw new PatchFault(path, requirement, `${width}x${height}`, 'Scale it, and its partners alike.');
}

/** The fault of a file that is none of the images that were expected. */
export function noSuchImage(path: string, expected: string, bytes: Uint8Array): PatchFault {
  const got = bytes.length === 0 ? 'an empty file' : 'a damaged, truncated or other file';
  return new PatchFault(path, expected, got, 'Copy it again, or make it again.');
}
