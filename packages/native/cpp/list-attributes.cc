// tfjs-node's binding cannot set lists of strings or of types as attributes. Its strings pass through this
// function instead (the compiler sees -DTFE_OpSetAttrString=set_string_or_list): a string that begins with a
// control character is a list. src/kernels/list-attributes.ts writes such strings.
#include <vector>

#include "tensorflow/c/eager/c_api.h"

extern "C" void set_string_or_list(TFE_Op* op, const char* name, const void* value, size_t length) {
  const char* text = static_cast<const char*>(value);
  const char kind = length > 0 ? text[0] : 0;
  if (kind == '\x1e') {
    std::vector<TF_DataType> types;
    for (size_t i = 1; i < length; i++) types.push_back(static_cast<TF_DataType>(text[i]));
    TFE_OpSetAttrTypeList(op, name, types.data(), static_cast<int>(types.size()));
  } else if (kind == '\x1f') {
    std::vector<const void*> starts;
    std::vector<size_t> lengths;
    for (size_t i = 0; i < length; i++) {
      if (text[i] != '\x1f') {
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
