/**
 * @module
 * Attributes of an operation that are lists. tfjs-node's binding can set lists of numbers only, but a fused
 * convolution takes the names of its steps as a list of strings and the types of its arguments as a list of types. So
 * the binding is compiled with a function of ours in the place of the one that sets a string
 * (cpp/list-attributes.cc): it takes a string that begins with a control character for a list.
 */

const STRINGS = '\x1f';
const TYPES = '\x1e';
const FUNCTION = 'set_string_or_list';

/** A list of strings, none of them empty, as the compiled binding takes it. */
export function stringList(values: readonly string[]): string {
  return STRINGS + values.join(STRINGS);
}

/** A list of TensorFlow's data types, by number. */
export function typeList(types: readonly number[]): string {
  return TYPES + String.fromCharCode(...types);
}

/** What `stringList` and `typeList` wrote, or undefined for any other string. */
export function listIn(
  text: string,
): { readonly strings: readonly string[] } | { readonly types: readonly number[] } | undefined {
  if (text.startsWith(STRINGS)) return { strings: text.split(STRINGS).slice(1) };
  if (text.startsWith(TYPES)) return { types: Array.from(text.slice(1), (type) => type.charCodeAt(0)) };
  return undefined;
}

/** The compiler's flag that puts our function in the place of TensorFlow's. */
export const LIST_ATTRIBUTES_DEFINE = `-DTFE_OpSetAttrString=${FUNCTION}`;
