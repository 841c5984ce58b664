/**
 * @module
 * Which of the examples' photographs the page shows, and how large. The scale of known changes is measured on these.
 */
import { COLOUR_PHOTOGRAPHS, type Photograph, photographOf } from 'example-harness/photographs';

/** Height and width in pixels, without the margin. */
export const SIDE = 320;

export const SAMPLES: readonly Photograph[] = [
  ...COLOUR_PHOTOGRAPHS,
  ...['alps', 'boats', 'acanthus'].map(photographOf),
];
