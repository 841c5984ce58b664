/**
 * @module
 * Lists as attributes of an operation, which tfjs-node's binding cannot set: it knows lists of numbers alone, while a
 * fused convolution names its steps in a list of strings and the types of its arguments in a list of types. The binding
 * is compiled with one function more, through which its strings pass: those that begin with a control character are
 * lists.
 */

const STRINGS = '\x1f';
const TYPES = '\x1e';
const FUNCTION = 'set_string_or_list';

/** A list of strings, none empty, as the compiled binding takes it. */
export function stringList(values: readonly string[]): string {
  return STRINGS + values.join(STRINGS);
}

/** A list of TensorFlow's data types, by number. */
export function typeList(types: readonly number[]): string {
  return TYPES + String.fromCharCode(...types);
}

/** What makes the compiler send the binding's strings through the function. */
export const LIST_ATTRIBUTES_DEFINE = `-DTFE_OpSetAttrString=${FUNCTION}`;
