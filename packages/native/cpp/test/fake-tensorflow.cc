#include "fake-tensorflow.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"

// Memory comes from malloc here, so that every call of operator new is one of the operation. clang's
// ThreadSanitizer has an operator new of its own; under it no calls are counted.
namespace {
thread_local int64_t newCalls = 0;
}

#if defined(__clang__)
#if __has_feature(thread_sanitizer)
#define LPIPS_TEST_KEEPS_OPERATOR_NEW
#endif
#endif

#ifndef LPIPS_TEST_KEEPS_OPERATOR_NEW
void* operator new(size_t size) {
  newCalls++;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
#endif

// A TF_Status, whose own name is an alias in some versions of TensorFlow.
struct Status {
  TF_Code code = TF_OK;
  char message[256] = {};

  static Status& of(TF_Status* status) { return *reinterpret_cast<Status*>(status); }
};

struct TF_Tensor {
  float* values;
  int handles; // TF_DeleteTensor takes one
  int axes;
  int64_t sides[16];
  int64_t count() const {
    int64_t count = 1;
    for (int axis = 0; axis < axes; axis++) count *= sides[axis];
    return count;
  }
};

struct TF_OpKernelConstruction {
  const fake::Attributes* attributes;
  Status fault;
};

constexpr int kMostOutputs = 64;

struct TF_OpKernelContext {
  const std::vector<fake::Tensor>* inputs;
  int failingAllocation, allocations;
  TF_Tensor* outputs[kMostOutputs];
  Status fault;
};

struct TF_OpDefinitionBuilder {};

struct TF_KernelBuilder {
  void* (*make)(TF_OpKernelConstruction*);
  void (*run)(void*, TF_OpKernelContext*);
  void (*destroy)(void*);
};

namespace {

std::map<std::string, TF_KernelBuilder>& kernels() {
  static auto* kernels = new std::map<std::string, TF_KernelBuilder>;
  return *kernels;
}

// NaN wherever nothing was written shows up in a result. Memory ends where the tensor ends, so that
// AddressSanitizer sees each access behind it.
TF_Tensor* newTensor(const int64_t* sides, int axes) {
  auto* tensor = static_cast<TF_Tensor*>(std::malloc(sizeof(TF_Tensor)));
  tensor->handles = 1;
  tensor->axes = axes;
  std::copy_n(sides, axes, tensor->sides);
  void* memory = nullptr;
  if (posix_memalign(&memory, 64, sizeof(float) * tensor->count() + (tensor->count() == 0))) std::abort();
  tensor->values = static_cast<float*>(memory);
  for (int64_t i = 0; i < tensor->count(); i++) tensor->values[i] = NAN;
  return tensor;
}

const std::vector<float>* find(TF_OpKernelConstruction* construction, const char* name, TF_Status* status) {
  const auto found = construction->attributes->find(name);
  if (found != construction->attributes->end()) return &found->second;
  TF_SetStatus(status, TF_INVALID_ARGUMENT, "an attribute is missing");
  return nullptr;
}

bool fails(TF_OpKernelContext* context, TF_Status* status) {
  if (context->allocations++ != context->failingAllocation) return false;
  TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "OOM");
  return true;
}

} // namespace

extern "C" {

TF_Status* TF_NewStatus() { return reinterpret_cast<TF_Status*>(new (std::malloc(sizeof(Status))) Status); }
void TF_DeleteStatus(TF_Status* status) { std::free(status); }
void TF_SetStatus(TF_Status* status, TF_Code code, const char* message) {
  Status& to = Status::of(status);
  to.code = code;
  std::snprintf(to.message, sizeof(to.message), "%s", message);
}
TF_Code TF_GetCode(const TF_Status* status) { return reinterpret_cast<const Status*>(status)->code; }

int TF_NumDims(const TF_Tensor* tensor) { return tensor->axes; }
int64_t TF_Dim(const TF_Tensor* tensor, int axis) { return tensor->sides[axis]; }
int64_t TF_TensorElementCount(const TF_Tensor* tensor) { return tensor->count(); }
void* TF_TensorData(const TF_Tensor* tensor) { return tensor->values; }
void TF_DeleteTensor(TF_Tensor* tensor) {
  if (--tensor->handles > 0) return;
  std::free(tensor->values);
  std::free(tensor);
}

void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction* construction, const char* name,
                                          float* value, TF_Status* status) {
  if (const auto* found = find(construction, name, status)) *value = found->at(0);
}
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction* construction, const char* name,
                                          int64_t* value, TF_Status* status) {
  if (const auto* found = find(construction, name, status)) *value = static_cast<int64_t>(found->at(0));
}
void TF_OpKernelConstruction_GetAttrFloatList(TF_OpKernelConstruction* construction, const char* name,
                                              float* values, int count, TF_Status* status) {
  if (const auto* found = find(construction, name, status)) {
    for (int i = 0; i < count; i++) values[i] = found->at(i);
  }
}
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction* construction, TF_Status* status) {
  construction->fault = Status::of(status);
}

int TF_NumOutputs(TF_OpKernelContext*) { return kMostOutputs; }
int TF_NumInputs(TF_OpKernelContext* context) { return static_cast<int>(context->inputs->size()); }
void TF_GetInput(TF_OpKernelContext* context, int index, TF_Tensor** tensor, TF_Status*) {
  const fake::Tensor& input = (*context->inputs)[index];
  *tensor = newTensor(input.shape.data(), static_cast<int>(input.shape.size()));
  if (!input.values.empty()) {
    std::memcpy((*tensor)->values, input.values.data(), sizeof(float) * input.values.size());
  }
}
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext* context, int index, TF_DataType, const int64_t* sides,
                             int axes, size_t, TF_Status* status) {
  if (fails(context, status)) return nullptr;
  TF_Tensor* tensor = newTensor(sides, axes);
  tensor->handles = 2; // the operation's and the context's
  return context->outputs[index] = tensor;
}
TF_Tensor* TF_AllocateTemp(TF_OpKernelContext* context, TF_DataType, const int64_t* sides, int axes,
                           TF_AllocatorAttributes*, TF_Status* status) {
  return fails(context, status) ? nullptr : newTensor(sides, axes);
}
void TF_OpKernelContext_Failure(TF_OpKernelContext* context, TF_Status* status) {
  context->fault = Status::of(status);
}

TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char*) {
  static TF_OpDefinitionBuilder builder;
  return &builder;
}
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder*,
                                                     void (*)(TF_ShapeInferenceContext*, TF_Status*)) {}
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext*, TF_Status*) {}
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder*, TF_Status*) {}
TF_KernelBuilder* TF_NewKernelBuilder(const char*, const char*, void* (*make)(TF_OpKernelConstruction*),
                                      void (*run)(void*, TF_OpKernelContext*), void (*destroy)(void*)) {
  return new TF_KernelBuilder{make, run, destroy};
}
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder* builder, TF_Status*) {
  kernels()[name] = *builder;
  delete builder;
}

} // extern "C"

namespace fake {

bool isRegistered(const std::string& name) { return kernels().count(name) > 0; }

Result run(const std::string& name, const Attributes& attributes, const std::vector<Tensor>& inputs,
           int failingAllocation) {
  const TF_KernelBuilder& builder = kernels().at(name);
  TF_OpKernelConstruction construction = {&attributes, {}};
  void* kernel = builder.make(&construction);
  if (construction.fault.code != TF_OK) {
    builder.destroy(kernel);
    return {construction.fault.code, construction.fault.message, {}, 0, 0};
  }
  TF_OpKernelContext context = {&inputs, failingAllocation, 0, {}, {}};
  const int64_t newCallsBefore = newCalls;
  builder.run(kernel, &context);
  const int64_t newCallsDuring = newCalls - newCallsBefore;
  builder.destroy(kernel);
  Result result = {context.fault.code, context.fault.message, {}, context.allocations, newCallsDuring};
  for (TF_Tensor* output : context.outputs) {
    if (!output) continue; // a call that fails may have made later ones only
    result.outputs.push_back(
        {{output->sides, output->sides + output->axes}, {output->values, output->values + output->count()}});
    TF_DeleteTensor(output);
  }
  return result;
}

} // namespace fake
