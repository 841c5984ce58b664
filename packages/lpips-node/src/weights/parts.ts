/**
 * @module
 * Which part of a net a weight belongs to, by its state-dict name.
 */

/** Whether a weight belongs to a backbone; a classifier behind it is not loaded. */
export function isBackboneWeight(name: string): boolean {
  return name.startsWith('features.');
}

/** Whether a weight is a head. */
export function isHead(name: string): boolean {
  return /^lin\d+\./.test(name);
}
