/**
 * @module
 * The table of distortions, with the JPEG encoder of sharp.
 */
import { type Distortion, distortionTable } from '../distortions/distortion-table.js';
import { jpeg } from './codecs.js';

/** See `distortionTable`. */
export const DISTORTIONS: readonly Distortion[] = distortionTable(jpeg);
