/**
 * @module
 * The checked read of one item, where the index cannot be known to be right.
 */

/** @throws RangeError if there is no item of that index */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}
