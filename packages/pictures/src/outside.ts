/**
 * @module
 * The checked read of a typed array in a loop over all samples: `data[index] ?? outside()`. In such loops it costs
 * nothing, whereas a function that reads for its callers makes them up to twice as slow.
 */

/** @throws RangeError always: the index of a read lies outside its array */
export function outside(): never {
  throw new RangeError('a read outside an array');
}
