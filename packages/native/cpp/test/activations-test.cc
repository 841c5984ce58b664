// Activations, biases and their gradients.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests.h"

namespace tests {
namespace {

// f and f' in double, by the number of the activation, for a leaky relu of slope 0.2.
double activationOf(int activation, double x) {
  switch (activation) {
    case 1:
      return std::max(x, 0.0);
    case 2:
      return std::min(std::max(x, 0.0), 6.0);
    case 3:
      return x / (1 + std::exp(-x));
    case 4:
      return x > 0 ? x : std::expm1(x);
    case 5:
      return x > 0 ? x : 0.2f * x;
    case 6:
      return 1 / (1 + std::exp(-x));
    case 7:
      return std::tanh(x);
    default:
      return x;
  }
}

} // namespace

void testActivations() {
  const double step = 1e-5;
  for (const auto& shape :
       std::vector<std::vector<int64_t>>{{6, 4}, {5, 3}, {2, 33, 31, 3}, {7, 100, 96}, {0, 4}}) {
    const int64_t channels = shape.back();
    Tensor x = noise(shape, 1.3);
    for (float& value : x.values) value *= 9;
    const Tensor dy = noise(shape, 2.1), bias = noise({channels}, 0.7);
    for (int activation = 0; activation < 8; activation++) {
      const Attributes attributes = {{"activation", {static_cast<float>(activation)}}, {"alpha", {0.2f}}};
      const std::string what = "activation " + std::to_string(activation) + " of " + textOf(shape);
      std::vector<double> y, biased, dx, sums(channels);
      for (size_t i = 0; i < x.values.size(); i++) {
        const double at = x.values[i];
        y.push_back(activationOf(activation, at));
        biased.push_back(activationOf(activation, at + bias.values[i % channels]));
        const double rise = activationOf(activation, at + step) - activationOf(activation, at - step);
        dx.push_back(dy.values[i] * rise / (2 * step));
        sums[i % channels] += dx.back();
      }
      const Tensor got = only("LpipsActivation", attributes, {x});
      checkClose(got, y, what);
      checkClose(only("LpipsBiasActivation", attributes, {x, bias}), biased, what + " with a bias");
      const Tensor& value = activation == 3 ? x : got;
      checkClose(only("LpipsActivationGrad", attributes, {dy, value}), dx, "the gradient of " + what);
      const Result both = fake::run("LpipsActivationBiasGrad", attributes, {dy, value});
      check(both.code == TF_OK && both.newCalls == 0, what + ": " + both.message);
      checkClose(both.outputs.at(0), dx, "the gradient of " + what);
      checkClose(both.outputs.at(1), sums, "the bias of " + what);
    }
    std::vector<double> sums(channels);
    for (size_t i = 0; i < dy.values.size(); i++) sums[i % channels] += dy.values[i];
    checkClose(only("LpipsBiasGrad", {}, {dy}), sums, "LpipsBiasGrad of " + textOf(shape));
  }
}

} // namespace tests
