// What tfjs-node's binding cannot ask TensorFlow for. The binding makes its operations through this function
// instead (the compiler sees -DTFE_NewOp=new_op_or_command), and some names are commands.
//
//   LpipsForgetKernels          TensorFlow keeps every kernel that an operation has made, one for each set of
//                               attributes, and a kernel keeps what it has made of a constant filter. This
//                               drops all kernels of the context. src/kernels/constant-filter.ts runs it.
//
// The others are for functions, which src/capture/binding-commands.ts makes of captured steps:
//   LpipsDefinition:OPERATION   the OpDef of an operation, as a vector of int32: the number of its bytes, and
//                               the bytes
//   LpipsAddFunction:HEX        adds a function, whose FunctionDef is written in hexadecimal digits
//   LpipsRemoveFunction:NAME    removes it, with its kernels
//   LpipsCallFunction:NAME      runs it
#include <cstdlib>
#include <cstring>
#include <string>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

namespace {

TFE_Op* definition(TFE_Context* context, const char* name, TF_Status* status) {
  TF_Graph* graph = TF_NewGraph();
  TF_Buffer* bytes = TF_NewBuffer();
  TF_GraphGetOpDef(graph, name, bytes, status);
  TFE_Op* op = TF_GetCode(status) == TF_OK ? TFE_NewOp(context, "Const", status) : nullptr;
  if (op) {
    const int64_t count = 1 + (static_cast<int64_t>(bytes->length) + 3) / 4;
    TF_Tensor* tensor = TF_AllocateTensor(TF_INT32, &count, 1, sizeof(int32_t) * static_cast<size_t>(count));
    auto* numbers = static_cast<int32_t*>(TF_TensorData(tensor));
    numbers[count - 1] = 0; // of which the bytes may fill a part
    numbers[0] = static_cast<int32_t>(bytes->length);
    std::memcpy(numbers + 1, bytes->data, bytes->length);
    TFE_OpSetAttrType(op, "dtype", TF_INT32);
    TFE_OpSetAttrTensor(op, "value", tensor, status);
    TF_DeleteTensor(tensor);
  }
  TF_DeleteBuffer(bytes);
  TF_DeleteGraph(graph);
  return op;
}

void addFunction(TFE_Context* context, const char* digits, TF_Status* status) {
  std::string bytes(std::strlen(digits) / 2, '\0');
  for (size_t i = 0; i < bytes.size(); i++) {
    const char pair[] = {digits[2 * i], digits[2 * i + 1], '\0'};
    bytes[i] = static_cast<char>(std::strtoul(pair, nullptr, 16));
  }
  TFE_ContextAddFunctionDef(context, bytes.data(), bytes.size(), status);
}

TFE_Op* callFunction(TFE_Context* context, const char* name, TF_Status* status) {
  // ConfigProto { graph_options { rewrite_options { disable_meta_optimizer: true } } }: TensorFlow would put
  // other operations in the place of those of the function, and their results would have other bits.
  static const char kNoRewriting[] = {0x52, 5, 0x52, 3, '\x98', 1, 1};
  TFE_Op* op = TFE_NewOp(context, name, status);
  if (op) TFE_OpSetAttrString(op, "config_proto", kNoRewriting, sizeof(kNoRewriting));
  return op;
}

// What stands behind `command` in `name`, or null where it is another command.
const char* argumentOf(const char* name, const char* command) {
  const size_t length = std::strlen(command);
  return std::strncmp(name, command, length) == 0 ? name + length : nullptr;
}

} // namespace

extern "C" TFE_Op* new_op_or_command(TFE_Context* context, const char* name, TF_Status* status) {
  if (std::strncmp(name, "Lpips", 5) != 0) return TFE_NewOp(context, name, status);
  if (const char* function = argumentOf(name, "LpipsCallFunction:")) {
    return callFunction(context, function, status);
  }
  if (const char* operation = argumentOf(name, "LpipsDefinition:")) {
    return definition(context, operation, status);
  }
  if (std::strcmp(name, "LpipsForgetKernels") == 0) {
    TFE_ContextClearCaches(context);
  } else if (const char* digits = argumentOf(name, "LpipsAddFunction:")) {
    addFunction(context, digits, status);
  } else if (const char* function = argumentOf(name, "LpipsRemoveFunction:")) {
    TFE_ContextRemoveFunction(context, function, status);
  } else {
    return TFE_NewOp(context, name, status);
  }
  return TF_GetCode(status) == TF_OK ? TFE_NewOp(context, "NoOp", status) : nullptr;
}
