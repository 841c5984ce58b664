// What our operations of TensorFlow have in common: a call with its tensors and faults, attributes, and the
// registration. TensorFlow calls an operation through a C interface, which no exception may cross. So a call
// takes its memory from TensorFlow, in `output` and `scratch`, and a failed allocation fails the call.
#ifndef LPIPS_OPERATION_H_
#define LPIPS_OPERATION_H_

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <new>
#include <vector>

#include "keep-memory.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// One build runs on every processor: functions marked so are compiled several times, and the processor's
// widest registers decide which of them runs. The decision is made before ThreadSanitizer has started.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__)
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDEST
#endif

namespace lpips {

// The sides of a tensor, the outermost first.
class Shape {
 public:
  static constexpr int kMostAxes = 8; // TensorFlow.js knows six

  Shape(std::initializer_list<int64_t> sides) {
    for (const int64_t side : sides) sides_[axes_++] = side;
  }
  // The tensor has at most kMostAxes axes.
  explicit Shape(const TF_Tensor* tensor) : axes_(TF_NumDims(tensor)) {
    for (int axis = 0; axis < axes_; axis++) sides_[axis] = TF_Dim(tensor, axis);
  }

  int axes() const { return axes_; }
  const int64_t* sides() const { return sides_; }
  int64_t operator[](int axis) const { return sides_[axis]; }
  int64_t& operator[](int axis) { return sides_[axis]; }
  int64_t count() const {
    int64_t count = 1;
    for (int axis = 0; axis < axes_; axis++) count *= sides_[axis];
    return count;
  }
  bool operator==(const Shape& other) const {
    return axes_ == other.axes_ && std::equal(sides_, sides_ + axes_, other.sides_);
  }

 private:
  int axes_ = 0;
  int64_t sides_[kMostAxes] = {};
};

inline const float* values(const TF_Tensor* tensor) {
  return static_cast<const float*>(TF_TensorData(tensor));
}

// One call of an operation: its inputs and outputs, and its first fault.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {
    const int inputs = TF_NumInputs(context);
    mostTensors_ = inputs + TF_NumOutputs(context) + kMostScratch;
    tensor_ = static_cast<TF_Tensor**>(std::malloc(sizeof(TF_Tensor*) * static_cast<size_t>(mostTensors_)));
    if (!tensor_) TF_SetStatus(status_, TF_RESOURCE_EXHAUSTED, "cannot allocate the tensors of a call");
    for (int index = 0; index < inputs && isFine(); index++) {
      TF_Tensor* tensor = nullptr;
      TF_GetInput(context_, index, &tensor, status_);
      if (!keep(tensor)) return;
      require(TF_NumDims(tensor) <= Shape::kMostAxes, "a tensor must have at most 8 axes");
    }
  }
  ~Call() {
    if (!isFine()) TF_OpKernelContext_Failure(context_, status_);
    for (int index = 0; index < tensors_; index++) TF_DeleteTensor(tensor_[index]);
    std::free(tensor_);
    TF_DeleteStatus(status_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool isFine() const { return TF_GetCode(status_) == TF_OK; }

  int inputs() const { return TF_NumInputs(context_); }
  const TF_Tensor* input(int index) const { return tensor_[index]; }

  // Memory for an output, null where the call fails for want of it.
  float* output(int index, const Shape& shape) {
    TF_Tensor* tensor = isFine()
                            ? TF_AllocateOutput(context_, index, TF_FLOAT, shape.sides(), shape.axes(),
                                                sizeof(float) * static_cast<size_t>(shape.count()), status_)
                            : nullptr;
    return allocated(tensor, shape.count(), "a result");
  }

  // Memory until the call ends, aligned to 64 bytes, null where the call fails for want of it.
  float* scratch(int64_t count) {
    TF_AllocatorAttributes attributes = {TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 0};
    TF_Tensor* tensor =
        isFine() ? TF_AllocateTemp(context_, TF_FLOAT, &count, 1, &attributes, status_) : nullptr;
    return allocated(tensor, count, "intermediate results");
  }

  // Whether `holds`; if not, the call fails with the message.
  bool require(bool holds, const char* message) {
    if (!holds && isFine()) TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
    return isFine();
  }

 private:
  static constexpr int kMostScratch = 4;

  // Deletes the tensor with the call. Whether there is one.
  bool keep(TF_Tensor* tensor) {
    if (!tensor || !isFine()) return false;
    if (tensors_ == mostTensors_) {
      TF_DeleteTensor(tensor);
      return require(false, "an operation must take at most 4 pieces of scratch memory");
    }
    tensor_[tensors_++] = tensor;
    return true;
  }

  float* allocated(TF_Tensor* tensor, int64_t count, const char* what) {
    countMemory(count * static_cast<int64_t>(sizeof(float)));
    if (keep(tensor)) return static_cast<float*>(TF_TensorData(tensor));
    if (isFine() || TF_GetCode(status_) == TF_RESOURCE_EXHAUSTED) {
      char message[96];
      std::snprintf(message, sizeof(message), "cannot allocate %lld bytes for %s",
                    static_cast<long long>(count) * static_cast<long long>(sizeof(float)), what);
      TF_SetStatus(status_, TF_RESOURCE_EXHAUSTED, message);
    }
    return nullptr;
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  TF_Tensor** tensor_ = nullptr;
  int tensors_ = 0, mostTensors_ = 0;
};

// Reads the attributes of an operation. An attribute that is missing fails the construction of its kernel.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction)
      : construction_(construction), status_(TF_NewStatus()) {}
  ~Attributes() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelConstruction_Failure(construction_, status_);
    TF_DeleteStatus(status_);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  float number(const char* name) {
    float value = 0;
    if (isFine()) TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_);
    return value;
  }
  int64_t integer(const char* name) {
    int64_t value = 0;
    if (isFine()) TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status_);
    return value;
  }
  void numbers(const char* name, float* values, int count) {
    if (isFine()) TF_OpKernelConstruction_GetAttrFloatList(construction_, name, values, count, status_);
  }
  void failForMemory() {
    if (isFine()) TF_SetStatus(status_, TF_RESOURCE_EXHAUSTED, "cannot allocate a kernel");
  }

 private:
  bool isFine() const { return TF_GetCode(status_) == TF_OK; }

  TF_OpKernelConstruction* construction_;
  TF_Status* status_;
};

// The kernel of an operation without attributes.
struct NoAttributes {
  explicit NoAttributes(Attributes&) {}
};

struct Operation {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
};

// Registers an operation. TensorFlow makes one Kernel(Attributes&) for each set of attributes, and runs
// compute(kernel, call) with calls whose inputs are there.
template <typename Kernel, void (*compute)(const Kernel&, Call&)>
void add(const Operation& operation) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, &TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) == TF_OK) {
    const auto make = [](TF_OpKernelConstruction* construction) -> void* {
      Attributes attributes(construction);
      auto* kernel = new (std::nothrow) Kernel(attributes);
      if (!kernel) attributes.failForMemory();
      return kernel;
    };
    const auto run = [](void* kernel, TF_OpKernelContext* context) {
      Call call(context);
      if (call.isFine()) compute(*static_cast<const Kernel*>(kernel), call);
    };
    const auto destroy = [](void* kernel) { delete static_cast<Kernel*>(kernel); };
    TF_KernelBuilder* kernel = TF_NewKernelBuilder(operation.name, "CPU", make, run, destroy);
    TF_RegisterKernelBuilder(operation.name, kernel, status);
  }
  TF_DeleteStatus(status); // Where the operation is missing, its users compose TensorFlow's own.
}

} // namespace lpips

#endif
