// What our operations of TensorFlow have in common: threads, a call with its tensors and faults, and the
// registration.
#ifndef LPIPS_OPERATION_H_
#define LPIPS_OPERATION_H_

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// One build runs on every processor and takes the widest registers that it finds.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDEST
#endif

namespace lpips {

// Threads that wait for work and share it. A thread made anew for each call would begin on the core of its
// maker, and often not leave it before the call has ended.
class Threads {
 public:
  // Those of this process. They end with it.
  static Threads& ofProcess() {
    static auto* threads = new Threads;
    return *threads;
  }

  // How many take part in so many tasks, the caller among them.
  int64_t countFor(int64_t tasks) const { return std::max<int64_t>(1, std::min(count_, tasks)); }

  // work(task, thread) for every task; whichever thread is free takes the next. thread < countFor(tasks).
  void run(int64_t tasks, const std::function<void(int64_t, int64_t)>& work) {
    Job job = {tasks, countFor(tasks), work};
    if (job.threads == 1) return job.takePart(0);
    std::lock_guard<std::mutex> turn(turn_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = &job;
    }
    wake_.notify_all();
    job.takePart(0);
    std::unique_lock<std::mutex> lock(mutex_);
    job_ = nullptr; // whoever wakes only now is not waited for
    done_.wait(lock, [&] { return job.helpers == 0; });
  }

 private:
  struct Job {
    const int64_t tasks, threads;
    const std::function<void(int64_t, int64_t)>& work;
    std::atomic<int64_t> next{0};
    int64_t helpers = 0;

    void takePart(int64_t thread) {
      for (int64_t task; (task = next++) < tasks;) work(task, thread);
    }
  };

  Threads() {
    for (int64_t thread = 1; thread < count_; thread++)
      std::thread([this, thread] { help(thread); }).detach();
  }

  void help(int64_t thread) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return job_ && thread < job_->threads && job_->next < job_->tasks; });
      Job& job = *job_;
      job.helpers++;
      lock.unlock();
      job.takePart(thread);
      lock.lock();
      if (--job.helpers == 0) done_.notify_one();
    }
  }

  static constexpr int64_t kMost = 16;
  const int64_t count_ = std::clamp<int64_t>(std::thread::hardware_concurrency(), 1, kMost);
  std::mutex turn_;  // held by the caller whose job it is
  std::mutex mutex_; // of what follows
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;
};

// A call of an operation: its inputs and outputs, and the first fault.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    if (!isFine()) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  bool isFine() const { return TF_GetCode(status_) == TF_OK; }
  TF_Tensor* input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    return kept(tensor);
  }
  float* output(int index, const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const int64_t side : shape) count *= side;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(),
                                          static_cast<int>(shape.size()), sizeof(float) * count, status_);
    return kept(tensor) ? static_cast<float*>(TF_TensorData(tensor)) : nullptr;
  }
  // Memory for this call, aligned to 64 bytes.
  float* scratch(int64_t count) {
    TF_AllocatorAttributes attributes = {TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 0};
    TF_Tensor* tensor = TF_AllocateTemp(context_, TF_FLOAT, &count, 1, &attributes, status_);
    return kept(tensor) ? static_cast<float*>(TF_TensorData(tensor)) : nullptr;
  }
  // Whether `holds`; if not, the call fails with the message.
  bool require(bool holds, const char* message) {
    if (!holds && isFine()) TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
    return isFine();
  }

 private:
  TF_Tensor* kept(TF_Tensor* tensor) {
    if (tensor) tensors_.push_back(tensor);
    return isFine() ? tensor : nullptr;
  }
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

inline const float* values(const TF_Tensor* tensor) {
  return static_cast<const float*>(TF_TensorData(tensor));
}

inline std::vector<int64_t> shapeOf(const TF_Tensor* tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor));
  for (size_t axis = 0; axis < shape.size(); axis++) shape[axis] = TF_Dim(tensor, static_cast<int>(axis));
  return shape;
}

struct Operation {
  const char* name;
  void (*run)(void* kernel, TF_OpKernelContext* context);
  std::vector<const char*> inputs, outputs, attributes;
};

// Registers an operation whose kernels, one for each set of attributes, are made as
// Kernel(TF_OpKernelConstruction*).
template <typename Kernel>
void add(const Operation& operation) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(operation.name);
  for (const char* input : operation.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, &TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) == TF_OK) {
    const auto make = [](TF_OpKernelConstruction* construction) -> void* { return new Kernel(construction); };
    const auto destroy = [](void* kernel) { delete static_cast<Kernel*>(kernel); };
    TF_KernelBuilder* kernel = TF_NewKernelBuilder(operation.name, "CPU", make, operation.run, destroy);
    TF_RegisterKernelBuilder(operation.name, kernel, status);
  }
  TF_DeleteStatus(status); // without the operation, its users compose TensorFlow's own
}

} // namespace lpips

#endif
