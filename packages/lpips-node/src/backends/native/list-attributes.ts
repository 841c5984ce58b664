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

/** C++ source of the function. */
export const LIST_ATTRIBUTES_SOURCE = `
#undef TFE_OpSetAttrString
#include <vector>
#include "tensorflow/c/eager/c_api.h"

extern "C" void ${FUNCTION}(TFE_Op* op, const char* name, const void* value, size_t length) {
  const char* text = static_cast<const char*>(value);
  const char kind = length > 0 ? text[0] : 0;
  if (kind == '\\x1e') {
    std::vector<TF_DataType> types;
    for (size_t i = 1; i < length; i++) types.push_back(static_cast<TF_DataType>(text[i]));
    TFE_OpSetAttrTypeList(op, name, types.data(), static_cast<int>(types.size()));
  } else if (kind == '\\x1f') {
    std::vector<const void*> starts;
    std::vector<size_t> lengths;
    for (size_t i = 0; i < length; i++) {
      if (text[i] != '\\x1f') {
        lengths.back()++;
      } else {
        starts.push_back(text + i + 1);
        lengths.push_back(0);
      }
    }
    TFE_OpSetAttrStringList(op, name, starts.data(), lengths.data(), static_cast<int>(starts.size()));
  } else {
    TFE_OpSetAttrString(op, name, value, length);
  }
}
`;
