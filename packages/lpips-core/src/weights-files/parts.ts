/**
 * @module
 * Which part of a net a weight belongs to, by its state-dict name.
 */
import { checkText } from '../check-options.js';

/**
 * Whether a weight belongs to a backbone; a classifier behind it is not loaded.
 *
 * @throws LpipsError unless `name` is a string
 */
export function isBackboneWeight(name: string): boolean {
  checkText('isBackboneWeight', 'name', name);
  return name.startsWith('features.');
}

/**
 * Whether a weight is a head.
 *
 * @throws LpipsError unless `name` is a string
 */
export function isHead(name: string): boolean {
  checkText('isHead', 'name', name);
  return /^lin\d+\./.test(name);
}
