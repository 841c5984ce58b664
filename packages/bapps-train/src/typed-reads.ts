/**
 * @module
 * The checked read of a number in an inner loop, once for each kind of array. One function for all kinds, such as
 * `at` of lpips-core, is several times slower there: the engine has to look the kind up at every read. The innermost
 * loops bind the function to a local constant (`const at = float32At`), since an import is looked up at every call.
 */

/** @throws RangeError if there is no item of that index */
export function float32At(values: Float32Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw missing(index, values.length);
  return value;
}

/** @throws RangeError if there is no item of that index */
export function float64At(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw missing(index, values.length);
  return value;
}

/** @throws RangeError if there is no item of that index */
export function int32At(values: Int32Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw missing(index, values.length);
  return value;
}

/** @throws RangeError if there is no item of that index */
export function uint32At(values: Uint32Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw missing(index, values.length);
  return value;
}

/** @throws RangeError if there is no item of that index */
export function uint16At(values: Uint16Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw missing(index, values.length);
  return value;
}

/** @throws RangeError if there is no item of that index */
export function byteAt(values: Uint8Array, index: number): number {
  const value = values[index];
  if (value === undefined) throw missing(index, values.length);
  return value;
}

function missing(index: number, length: number): RangeError {
  return new RangeError(`no item ${index} of ${length}`);
}
