// A step of each optimiser.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests.h"

namespace tests {
namespace {

// A step of one number in double: w the value, g the gradient, s the states, c the coefficients.
using Rule = void (*)(double& w, double g, double* s, const std::vector<float>& c);

double average(const float* c, double old, double x) { return c[0] * old + (c[2] * x + c[1] * old); }

void sgd(double& w, double g, double*, const std::vector<float>& c) { w += c[0] * g; }
void momentum(double& w, double g, double* s, const std::vector<float>& c) {
  s[0] = c[0] * s[0] + g;
  w += c[1] * s[0];
}
void nesterov(double& w, double g, double* s, const std::vector<float>& c) {
  s[0] = c[0] * s[0] + g;
  w += c[1] * (g + c[0] * s[0]);
}
void rmsprop(double& w, double g, double* s, const std::vector<float>& c) {
  s[0] = average(&c[0], s[0], g * g);
  s[1] = c[3] * s[1] + c[4] * g / std::sqrt(s[0] + c[5]);
  w -= s[1];
}
void centeredRmsprop(double& w, double g, double* s, const std::vector<float>& c) {
  s[0] = average(&c[0], s[0], g * g);
  s[2] = average(&c[0], s[2], g);
  s[1] = c[3] * s[1] + c[4] * g / std::sqrt(std::max<double>(s[0] - s[2] * s[2], c[6]) + c[5]);
  w -= s[1];
}
void adam(double& w, double g, double* s, const std::vector<float>& c) {
  s[0] = average(&c[0], s[0], g);
  s[1] = average(&c[3], s[1], g * g);
  w = c[6] * w - c[7] * s[0] / (std::sqrt(s[1]) * c[8] + c[9]);
}

struct Optimizer {
  std::string name;
  Rule rule;
  int states;
  std::vector<float> coefficients;
};

const std::vector<Optimizer> kOptimizers = {
    {"LpipsSgd", sgd, 0, {-0.1f}},
    {"LpipsMomentum", momentum, 1, {0.9f, -0.1f}},
    {"LpipsNesterov", nesterov, 1, {0.9f, -0.1f}},
    {"LpipsRmsprop", rmsprop, 2, {0.9f, 1e-8f, 0.1f, 0.5f, 0.1f, 1e-7f}},
    {"LpipsCenteredRmsprop", centeredRmsprop, 3, {0.9f, 1e-8f, 0.1f, 0.5f, 0.1f, 1e-7f, 0.01f}},
    {"LpipsAdam", adam, 2, {0.9f, 1e-8f, 0.1f, 0.999f, 1e-8f, 0.001f, 0.99f, 0.1f, 2, 1e-7f}},
};

// The inputs of a step for variables of these shapes. States are positive, as squares are.
std::vector<Tensor> inputsOf(const Optimizer& optimizer, const std::vector<std::vector<int64_t>>& shapes) {
  std::vector<Tensor> inputs = {
      {{static_cast<int64_t>(optimizer.coefficients.size())}, optimizer.coefficients}};
  for (int list = 0; list < 2 + optimizer.states; list++) {
    for (const auto& shape : shapes) {
      inputs.push_back(noise(shape, 1.1 + static_cast<double>(inputs.size())));
      if (list < 2) continue;
      for (float& value : inputs.back().values) value = std::abs(value);
    }
  }
  return inputs;
}

} // namespace

std::vector<Tensor> inputsOfAdam(const std::vector<std::vector<int64_t>>& shapes) {
  return inputsOf(kOptimizers.back(), shapes);
}

void testOptimizers() {
  const std::vector<std::vector<int64_t>> shapes = {{1}, {3, 5}, {}, {90, 1001}, {0, 4}, {300, 1000}, {33}};
  for (const Optimizer& optimizer : kOptimizers) {
    const std::vector<Tensor> inputs = inputsOf(optimizer, shapes);
    const Result result = fake::run(optimizer.name, {}, inputs);
    check(result.code == TF_OK, optimizer.name + " fails: " + result.message);
    check(result.newCalls == 0, optimizer.name + " calls operator new");
    check(result.outputs.size() == shapes.size() * (1 + optimizer.states),
          optimizer.name + " has all outputs");
    for (size_t i = 0; i < shapes.size(); i++) {
      std::vector<std::vector<double>> expected(1 + optimizer.states);
      for (size_t k = 0; k < inputs[1 + i].values.size(); k++) {
        const auto input = [&](int list) -> double { return inputs[1 + list * shapes.size() + i].values[k]; };
        double w = input(0), states[3] = {};
        for (int state = 0; state < optimizer.states; state++) states[state] = input(2 + state);
        optimizer.rule(w, input(1), states, optimizer.coefficients);
        expected[0].push_back(w);
        for (int state = 0; state < optimizer.states; state++) expected[1 + state].push_back(states[state]);
      }
      for (size_t list = 0; list < expected.size(); list++) {
        checkClose(result.outputs[list * shapes.size() + i], expected[list], optimizer.name);
      }
    }
  }
}

} // namespace tests
