// A stand-in for TensorFlow that runs our operations under the sanitizers. TensorFlow's own library is not
// compiled for them.
#ifndef LPIPS_TEST_FAKE_TENSORFLOW_H_
#define LPIPS_TEST_FAKE_TENSORFLOW_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tensorflow/c/tf_status.h"

namespace fake {

struct Tensor {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// Numbers and lists of numbers by name. Whole numbers are given as floats too.
using Attributes = std::map<std::string, std::vector<float>>;

struct Result {
  TF_Code code;
  std::string message;
  std::vector<Tensor> outputs;
  int allocations;  // of outputs and scratch memory
  int64_t newCalls; // calls of operator new in this thread while the operation computed
};

// Whether an operation of this name was registered.
bool isRegistered(const std::string& name);

// Runs an operation. The allocation of index `failingAllocation` fails, and none where it is negative.
Result run(const std::string& name, const Attributes& attributes, const std::vector<Tensor>& inputs,
           int failingAllocation = -1);

} // namespace fake

#endif
