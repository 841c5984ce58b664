/**
 * @module
 * Cases where the measures contradict each other: two distortions of a photograph, of which PSNR prefers one and LPIPS
 * the other. With these strengths that holds for each photograph of the page.
 */
import type { Strengths } from '../worker/distort.js';

/** Two distorted copies. */
export interface Contradiction {
  readonly id: string;
  readonly name: string;
  /** The copy that PSNR prefers, then the copy that LPIPS prefers. */
  readonly copies: readonly [Copy, Copy];
}

/** One of them. */
interface Copy {
  readonly name: string;
  readonly strengths: Strengths;
}

export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    id: 'shift-blur',
    name: 'Moved, or blurred?',
    copies: [
      { name: 'Blurred', strengths: { blur: 1.5 } },
      { name: 'Moved by two pixels', strengths: { shift: 2 } },
    ],
  },
  {
    id: 'warp-mosaic',
    name: 'Warped, or in blocks?',
    copies: [
      { name: 'In blocks', strengths: { mosaic: 4 } },
      { name: 'Gently warped', strengths: { warp: 3 } },
    ],
  },
  {
    id: 'rotation-jpeg',
    name: 'Turned, or a poor JPEG?',
    copies: [
      { name: 'A poor JPEG', strengths: { jpeg: 92 } },
      { name: 'Turned by one degree', strengths: { rotation: 1 } },
    ],
  },
  {
    id: 'gamma-noise',
    name: 'Brighter, or noisy?',
    copies: [
      { name: 'Noisy', strengths: { noise: 0.06 } },
      { name: 'Brighter', strengths: { gamma: 0.4 } },
    ],
  },
];
