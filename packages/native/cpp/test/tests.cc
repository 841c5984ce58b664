#include "tests.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace tests {

// By how much float sums of up to 2304 products differ from double, relative to all of the result.
constexpr double kSumError = 2e-6;

void check(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

std::string textOf(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t side : shape) text += (text.empty() ? "" : ",") + std::to_string(side);
  return "[" + text + "]";
}

Tensor noise(const std::vector<int64_t>& shape, double seed) {
  int64_t count = 1;
  for (const int64_t side : shape) count *= side;
  Tensor tensor = {shape, std::vector<float>(count)};
  for (int64_t i = 0; i < count; i++) {
    tensor.values[i] = static_cast<float>(std::fmod(std::sin((i + 1) * seed) * 1e4, 1));
  }
  return tensor;
}

Tensor only(const std::string& name, const Attributes& attributes, const std::vector<Tensor>& inputs) {
  Result result = fake::run(name, attributes, inputs);
  check(result.code == TF_OK, name + " fails: " + result.message);
  check(result.newCalls == 0, name + " calls operator new");
  return result.outputs.at(0);
}

void checkClose(const Tensor& got, const std::vector<double>& expected, const std::string& what) {
  check(got.values.size() == expected.size(), what + " has another size");
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); i++) {
    difference += std::pow(got.values[i] - expected[i], 2);
    norm += std::pow(expected[i], 2);
  }
  check(std::sqrt(difference) <= kSumError * std::sqrt(norm), what + " differs from the plain sums");
}

} // namespace tests
