/**
 * @module
 * An item of a list that must be there.
 */

/** @throws RangeError where there is none */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}
