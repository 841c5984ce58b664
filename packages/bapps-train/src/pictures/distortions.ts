/**
 * @module
 * The distortions with the JPEG encoder of sharp.
 */
import { jpeg } from './codecs.js';
import { type Distortion, distortionTable } from './distortion-table.js';

export const DISTORTIONS: readonly Distortion[] = distortionTable(jpeg);
