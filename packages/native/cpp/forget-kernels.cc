// TensorFlow keeps every kernel that an operation has made, one for each set of attributes, and a kernel
// keeps what it has made of a constant filter. tfjs-node's binding cannot drop kernels. The binding makes its
// operations through this function instead (the compiler sees -DTFE_NewOp=new_op_or_forget_kernels): the
// operation "LpipsForgetKernels" drops all kernels of the context and does nothing else.
// src/kernels/constant-filter.ts runs it.
#include <cstring>

#include "tensorflow/c/eager/c_api.h"

extern "C" TFE_Op* new_op_or_forget_kernels(TFE_Context* context, const char* name, TF_Status* status) {
  if (std::strcmp(name, "LpipsForgetKernels") != 0) return TFE_NewOp(context, name, status);
  TFE_ContextClearCaches(context);
  return TFE_NewOp(context, "NoOp", status);
}
