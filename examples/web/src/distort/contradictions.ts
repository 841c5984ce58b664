/**
 * @module
 * Cases where the measures contradict each other: two ways to spoil a photograph, of which PSNR prefers the one and
 * LPIPS the other. Two kinds of strengths are taken so that PSNR sees little in what people find worse.
 */
import type { Strengths } from '../worker/distort.js';

/** Two spoilt copies. */
export interface Contradiction {
  readonly id: string;
  readonly name: string;
  /** What PSNR prefers, then what LPIPS prefers. */
  readonly copies: readonly [Copy, Copy];
}

/** One of them. */
export interface Copy {
  readonly name: string;
  readonly strengths: Strengths;
}

export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    id: 'shift-blur',
    name: 'Moved, or blurred?',
    copies: [
      { name: 'Blurred', strengths: { blur: 1.5 } },
      { name: 'Moved by 2 pixels', strengths: { shift: 2 } },
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
    id: 'contrast-jpeg',
    name: 'Pale, or a poor JPEG?',
    copies: [
      { name: 'A poor JPEG', strengths: { jpeg: 95 } },
      { name: 'Less contrast', strengths: { contrast: 0.4 } },
    ],
  },
];
