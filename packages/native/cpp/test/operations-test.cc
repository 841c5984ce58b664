// Runs our operations on the stand-in for TensorFlow, for the sanitizers: every algorithm on shapes that
// leave panels, groups and tiles partly empty, calls that must fail, calls without memory, and calls from
// several threads at once. Results are compared with plain sums in double.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "../products.h"
#include "../threads.h"
#include "fake-tensorflow.h"

// More threads than a small machine has.
unsigned int std::thread::hardware_concurrency() noexcept { return 6; }

namespace {

using fake::Attributes;
using fake::Result;
using fake::Tensor;

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

// Numbers in (−1, 1) that do not vary smoothly.
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

struct Case {
  std::vector<int64_t> x, filter;
  int64_t stride, padding;
};

const std::vector<Case> kCases = {
    {{2, 7, 9, 3}, {3, 3, 3, 8}, 1, 1},       {{1, 70, 65, 3}, {11, 11, 3, 64}, 4, 2},
    {{13, 15, 13, 3}, {11, 11, 3, 16}, 4, 2}, {{2, 9, 8, 64}, {5, 5, 64, 96}, 1, 2},
    {{4, 7, 7, 64}, {5, 5, 64, 40}, 1, 2},    {{25, 7, 6, 24}, {5, 5, 24, 33}, 1, 2},
    {{4, 3, 3, 256}, {3, 3, 256, 32}, 1, 1},  {{1, 3, 3, 256}, {3, 3, 256, 64}, 1, 1},
    {{5, 1, 2, 8}, {3, 3, 8, 32}, 1, 1},      {{2, 15, 15, 64}, {3, 3, 64, 48}, 1, 2},
    {{1, 11, 9, 20}, {1, 1, 20, 1}, 1, 0},    {{3, 31, 31, 3}, {3, 3, 3, 64}, 2, 0},
    {{2, 8, 8, 16}, {3, 3, 16, 32}, 1, 0},    {{1, 4, 4, 16}, {3, 3, 16, 96}, 1, 1},
    {{3, 31, 18, 48}, {3, 3, 48, 32}, 1, 1},  {{1, 5, 40, 16}, {3, 3, 16, 32}, 1, 1},
    {{1, 1, 1, 16}, {3, 3, 16, 32}, 1, 1},    {{0, 6, 6, 16}, {3, 3, 16, 32}, 1, 1},
};

std::vector<double> convolveExactly(const Tensor& x, const Tensor& filter, int64_t stride, int64_t padding) {
  const int64_t height = x.shape[1], width = x.shape[2], in = x.shape[3];
  const int64_t kernel = filter.shape[0], out = filter.shape[3];
  const int64_t outHeight = (height + 2 * padding - kernel) / stride + 1;
  const int64_t outWidth = (width + 2 * padding - kernel) / stride + 1;
  std::vector<double> y(x.shape[0] * outHeight * outWidth * out);
  for (int64_t pixel = 0; pixel < x.shape[0] * outHeight * outWidth; pixel++) {
    const int64_t image = pixel / outWidth / outHeight;
    for (int64_t tap = 0; tap < kernel * kernel; tap++) {
      const int64_t row = pixel / outWidth % outHeight * stride - padding + tap / kernel;
      const int64_t column = pixel % outWidth * stride - padding + tap % kernel;
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      for (int64_t i = 0; i < in; i++) {
        const double value = x.values[((image * height + row) * width + column) * in + i];
        const float* weights = &filter.values[(tap * in + i) * out];
        for (int64_t o = 0; o < out; o++) y[pixel * out + o] += value * weights[o];
      }
    }
  }
  return y;
}

bool isForWinograd(const Case& c) {
  return c.filter[0] == 3 && c.stride == 1 && c.padding == 1 && c.filter[2] % 16 == 0 &&
         c.filter[3] % 32 == 0;
}

Attributes attributesOf(const Case& c) {
  return {{"stride", {static_cast<float>(c.stride)}}, {"padding", {static_cast<float>(c.padding)}}};
}

void testConvolutions() {
  for (const Case& c : kCases) {
    const Tensor x = noise(c.x, 12.9898), filter = noise(c.filter, 78.233), bias = noise({c.filter[3]}, 1.1);
    std::vector<double> sums = convolveExactly(x, filter, c.stride, c.padding);
    std::vector<double> rectified = sums;
    for (size_t i = 0; i < sums.size(); i++) {
      rectified[i] = std::max(0.0, sums[i] + bias.values[i % bias.values.size()]);
    }
    for (const std::string name : {"LpipsDirect", "LpipsWinograd"}) {
      if (name == "LpipsWinograd" && !isForWinograd(c)) continue;
      const std::string what = name + " x=" + textOf(c.x) + " f=" + textOf(c.filter);
      const Tensor packed = only(name + "Pack", {}, {filter});
      checkClose(only(name, attributesOf(c), {x, filter, packed}), sums, what);
      checkClose(only(name + "BiasRelu", attributesOf(c), {x, filter, packed, bias}), rectified, what);
    }
  }
}

// dx and dw of a convolution in double, from dy.
void differentiateExactly(const Case& c, const Tensor& x, const Tensor& filter, const Tensor& dy,
                          std::vector<double>& dx, std::vector<double>& dw) {
  const int64_t height = c.x[1], width = c.x[2], in = c.x[3], kernel = c.filter[0], out = c.filter[3];
  dx.assign(x.values.size(), 0);
  dw.assign(filter.values.size(), 0);
  for (int64_t pixel = 0; pixel < dy.shape[0] * dy.shape[1] * dy.shape[2]; pixel++) {
    const int64_t image = pixel / dy.shape[2] / dy.shape[1];
    for (int64_t tap = 0; tap < kernel * kernel; tap++) {
      const int64_t row = pixel / dy.shape[2] % dy.shape[1] * c.stride - c.padding + tap / kernel;
      const int64_t column = pixel % dy.shape[2] * c.stride - c.padding + tap % kernel;
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      for (int64_t i = 0; i < in; i++) {
        const int64_t at = ((image * height + row) * width + column) * in + i;
        for (int64_t o = 0; o < out; o++) {
          const double d = dy.values[pixel * out + o];
          dx[at] += d * filter.values[(tap * in + i) * out + o];
          dw[(tap * in + i) * out + o] += d * x.values[at];
        }
      }
    }
  }
}

void testVariableFilters() {
  for (const Case& c : kCases) {
    const float stride = c.stride, padding = c.padding, kernel = c.filter[0];
    const Tensor x = noise(c.x, 12.9898), filter = noise(c.filter, 78.233), bias = noise({c.filter[3]}, 1.1);
    const Tensor none = {{0}, {}};
    const std::vector<double> plain = convolveExactly(x, filter, c.stride, c.padding);
    std::vector<double> sums = plain, y = plain;
    for (size_t i = 0; i < sums.size(); i++) {
      sums[i] += bias.values[i % bias.values.size()];
      y[i] = sums[i] / (1 + std::exp(-sums[i]));
    }
    Attributes swish = attributesOf(c), linear = swish;
    swish["activation"] = {3}, linear["activation"] = {0};
    swish["alpha"] = linear["alpha"] = {0};
    for (const std::string name : {"LpipsDirect", "LpipsWinograd"}) {
      if (name == "LpipsWinograd" && !isForWinograd(c)) continue;
      const std::string what = name + "Fused x=" + textOf(c.x) + " f=" + textOf(c.filter);
      const Result both = fake::run(name + "FusedSums", swish, {x, filter, bias});
      check(both.code == TF_OK && both.newCalls == 0, what + ": " + both.message);
      checkClose(both.outputs.at(0), y, what);
      checkClose(both.outputs.at(1), sums, what + ", the sums");
      checkClose(only(name + "Fused", linear, {x, filter, none}), plain, what + ", without a bias");
    }
    const Tensor dy = noise({c.x[0], (c.x[1] + 2 * c.padding - c.filter[0]) / c.stride + 1,
                             (c.x[2] + 2 * c.padding - c.filter[1]) / c.stride + 1, c.filter[3]},
                            3.7);
    std::vector<double> dx, dw;
    differentiateExactly(c, x, filter, dy, dx, dw);
    const std::string what = " x=" + textOf(c.x) + " f=" + textOf(c.filter);
    checkClose(only("LpipsFilterGrad",
                    {{"kernel_height", {kernel}}, {"kernel_width", {kernel}}, {"stride_down", {stride}},
                     {"stride_across", {stride}}, {"top", {padding}}, {"left", {padding}}},
                    {x, dy}),
               dw, "LpipsFilterGrad" + what);
    if (!isForWinograd(c) || c.filter[3] % 16 != 0 || c.filter[2] % 32 != 0) continue;
    checkClose(only("LpipsWinogradInputGrad", {{"padding", {padding}}}, {dy, filter}), dx,
               "LpipsWinogradInputGrad" + what);
  }
}

// f and f' in double, by the number of the activation, for a leaky relu of slope 0.2.
double activationOf(int activation, double x) {
  switch (activation) {
    case 1: return std::max(x, 0.0);
    case 2: return std::min(std::max(x, 0.0), 6.0);
    case 3: return x / (1 + std::exp(-x));
    case 4: return x > 0 ? x : std::expm1(x);
    case 5: return x > 0 ? x : 0.2f * x;
    case 6: return 1 / (1 + std::exp(-x));
    case 7: return std::tanh(x);
    default: return x;
  }
}

void testActivations() {
  const double step = 1e-5;
  for (const auto& shape : std::vector<std::vector<int64_t>>{{6, 4}, {5, 3}, {2, 33, 31, 3}, {7, 100, 96}, {0, 4}}) {
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

void testEquation() {
  const Attributes epsilons = {{"epsilon", {1e-10f}}, {"least_norm", {1e-30f}}};
  const std::vector<std::vector<int64_t>> shapes = {{1, 1, 1, 1},    {2, 3, 2, 5},   {1, 4, 3, 17},
                                                    {3, 65, 64, 40}, {0, 4, 4, 8},   {2, 0, 3, 8},
                                                    {1, 1, 1, 16},   {2, 31, 31, 48}};
  for (const auto& shape : shapes) {
    const int64_t channels = shape[3], pixels = shape[1] * shape[2], rows = shape[0] * pixels;
    const Tensor x = noise(shape, 1.7), dy = noise(shape, 2.9), weights = noise({1, 1, channels, 1}, 0.3);
    const Tensor perPixel = noise({shape[0], shape[1], shape[2], 1}, 0.9), perImage = noise({shape[0]}, 0.7);
    const Result normal = fake::run("LpipsUnitNormalize", epsilons, {x});
    check(normal.code == TF_OK && normal.newCalls == 0, "LpipsUnitNormalize");
    const Tensor& u = normal.outputs.at(0);
    only("LpipsUnitNormalizeGrad", epsilons, {dy, u, normal.outputs.at(1)});
    for (const int64_t others : {shape[0], int64_t{1}}) {
      const Tensor v = noise({others, shape[1], shape[2], channels}, 5.1);
      std::vector<double> sums(rows), means(shape[0]), slopes(rows * channels);
      for (int64_t i = 0; i < rows * channels; i++) {
        const double difference = u.values[i] - v.values[i % std::max<size_t>(1, v.values.size())];
        const double weight = weights.values[i % channels];
        sums[i / channels] += weight * difference * difference;
        means[i / channels / pixels] += weight * difference * difference / pixels;
        slopes[i] = 2 * weight * difference * perPixel.values[i / channels];
      }
      const std::string what = "a head of u=" + textOf(shape);
      checkClose(only("LpipsHead", {}, {u, v, weights}), sums, what);
      checkClose(only("LpipsHeadGrad", {}, {perPixel, u, v, weights}), slopes, what);
      only("LpipsMeanHeadGrad", {}, {perImage, u, v, weights});
      const Tensor mean = only("LpipsMeanHead", {}, {u, v, weights});
      if (rows > 0) checkClose(mean, means, what);
    }
    const Tensor images = noise({shape[0], shape[1], shape[2], 3}, 3.3);
    only("LpipsScale", {{"shift", {.1f, .2f, .3f}}, {"scale", {.4f, .5f, .6f}}}, {images});
    Tensor spoilt = images;
    if (!spoilt.values.empty()) spoilt.values.back() = INFINITY;
    const Tensor propagated = only("LpipsPropagateNaN", {}, {perImage, spoilt});
    for (int64_t i = 0; i < shape[0]; i++) {
      check(std::isnan(propagated.values[i]) == (pixels > 0 && i == shape[0] - 1), "LpipsPropagateNaN");
    }
  }
}

void testPooling() {
  const std::vector<int64_t> shape = {5, 33, 35, 64};
  const Tensor x = noise(shape, 7.7);
  for (const auto& [side, stride] : std::vector<std::pair<int64_t, int64_t>>{{2, 2}, {3, 2}, {1, 3}}) {
    const int64_t height = (shape[1] - side) / stride + 1, width = (shape[2] - side) / stride + 1;
    Tensor y = {{shape[0], height, width, shape[3]}, {}};
    for (int64_t i = 0; i < shape[0] * height * width * shape[3]; i++) {
      const int64_t channel = i % shape[3], pixel = i / shape[3];
      const int64_t column = pixel % width * stride, row = pixel / width % height * stride;
      float largest = -INFINITY;
      for (int64_t k = 0; k < side * side; k++) {
        const int64_t line = pixel / width / height * shape[1] + row + k / side;
        largest = std::max(largest, x.values[(line * shape[2] + column + k % side) * shape[3] + channel]);
      }
      y.values.push_back(largest);
    }
    Tensor dy = y;
    std::fill(dy.values.begin(), dy.values.end(), 1.0f);
    const Attributes window = {{"side", {static_cast<float>(side)}},
                               {"stride", {static_cast<float>(stride)}}};
    const Tensor dx = only("LpipsMaxPoolGrad", window, {x, y, dy});
    double sum = 0;
    for (const float value : dx.values) sum += value;
    check(sum == static_cast<double>(dy.values.size()), "LpipsMaxPoolGrad gives each dy to one pixel");
  }
}

void testUpsampling() {
  const std::vector<int64_t> shape = {3, 17, 15, 40};
  const Tensor x = noise(shape, 7.7), dy = noise({3, 34, 45, 40}, 2.3);
  std::vector<double> y, dx(x.values.size());
  for (int64_t i = 0; i < static_cast<int64_t>(dy.values.size()); i++) {
    const int64_t pixel = i / 40, row = pixel / 45 / 2, column = pixel % 45 / 3;
    const int64_t from = (row * 15 + column) * 40 + i % 40;
    y.push_back(x.values[from]);
    dx[from] += dy.values[i];
  }
  const Attributes factors = {{"down", {2}}, {"across", {3}}};
  checkClose(only("LpipsUpsample", factors, {x}), y, "LpipsUpsample");
  checkClose(only("LpipsUpsampleGrad", factors, {dy}), dx, "LpipsUpsampleGrad");
}

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

void testRefusals() {
  const Tensor x = noise({1, 6, 6, 16}, 1), filter = noise({3, 3, 16, 32}, 2),
               other = noise({3, 3, 8, 32}, 3);
  const Tensor packed = only("LpipsDirectPack", {}, {filter});
  const Attributes attributes = {{"stride", {1}}, {"padding", {1}}};
  const auto refuses = [](const Result& result, const std::string& message) {
    check(result.code == TF_INVALID_ARGUMENT && result.message.find(message) != std::string::npos,
          "refuses with: " + message + ", not: " + result.message);
    check(result.newCalls == 0, "a refusal calls operator new");
  };
  refuses(fake::run("LpipsDirect", attributes, {x, other, packed}), "filter must be square");
  refuses(fake::run("LpipsDirect", attributes, {x, filter, x}), "packed must be the filter");
  refuses(fake::run("LpipsDirect", {{"stride", {1}}}, {x, filter, packed}), "an attribute is missing");
  refuses(fake::run("LpipsWinograd", {{"stride", {2}}, {"padding", {1}}}, {x, filter, packed}),
          "does not know such a convolution");
  refuses(fake::run("LpipsDirectBiasRelu", attributes, {x, filter, packed, x}),
          "one number for each channel");
  refuses(fake::run("LpipsWinogradPack", {}, {other}), "does not know such a filter");
  const Attributes unknown = {{"activation", {8}}, {"alpha", {0}}}, swish = {{"activation", {3}}, {"alpha", {0}}};
  refuses(fake::run("LpipsActivation", unknown, {x}), "the number of a function");
  refuses(fake::run("LpipsActivationGrad", swish, {x, filter}), "value must have the shape of dy");
  refuses(fake::run("LpipsBiasActivation", swish, {x, x}), "one number for each channel");
  refuses(fake::run("LpipsWinogradInputGrad", {{"padding", {1}}}, {x, filter}), "must be square, have the channels");
  refuses(fake::run("LpipsUpsampleGrad", {{"down", {4}}, {"across", {1}}}, {x}), "whole pixels of dx");
  refuses(fake::run("LpipsHead", {}, {x, filter, x}), "v must have the shape of u");
  refuses(fake::run("LpipsScale", {{"shift", {0, 0, 0}}, {"scale", {1, 1, 1}}}, {x}), "three channels");
  std::vector<Tensor> step = inputsOf(kOptimizers.back(), {{4}, {5}});
  std::swap(step[3], step[4]);
  refuses(fake::run("LpipsAdam", {}, step), "a gradient must have the shape of its variable");
  std::swap(step[3], step[4]);
  std::swap(step[7], step[8]);
  refuses(fake::run("LpipsAdam", {}, step), "a state must have the shape of its variable");
  refuses(fake::run("LpipsSgd", {}, {x, x, x}), "one number for each coefficient");
  refuses(fake::run("LpipsPropagateNaN", {}, {noise({1, 1, 1, 1, 1, 1, 1, 1, 1}, 1), x}), "at most 8 axes");
}

// Every operation, with each of its allocations failing in turn.
void testWithoutMemory() {
  struct Operation {
    std::string name;
    Attributes attributes;
    std::vector<Tensor> inputs;
  };
  const Tensor x = noise({2, 6, 6, 16}, 1), filter = noise({3, 3, 16, 32}, 2), bias = noise({32}, 3);
  const Tensor weights = noise({16}, 4), perImage = noise({2}, 5), perPixel = noise({2, 6, 6, 1}, 6);
  const Attributes one = {{"stride", {1}}, {"padding", {1}}};
  const Attributes activation = {{"activation", {3}}, {"alpha", {0}}};
  Attributes fused = one;
  fused.insert(activation.begin(), activation.end());
  const Attributes kernel = {{"kernel_height", {1}}, {"kernel_width", {1}}, {"stride_down", {1}},
                             {"stride_across", {1}}, {"top", {0}}, {"left", {0}}};
  const Tensor direct = only("LpipsDirectPack", {}, {filter}),
               winograd = only("LpipsWinogradPack", {}, {filter});
  const std::vector<Operation> operations = {
      {"LpipsDirectPack", {}, {filter}},
      {"LpipsDirectBiasRelu", one, {x, filter, direct, bias}},
      {"LpipsWinogradPack", {}, {filter}},
      {"LpipsWinogradBiasRelu", one, {x, filter, winograd, bias}},
      {"LpipsDirectFused", fused, {x, filter, bias}},
      {"LpipsWinogradFusedSums", fused, {x, filter, bias}},
      {"LpipsWinogradInputGrad", {{"padding", {1}}}, {noise({2, 6, 6, 32}, 8), noise({3, 3, 32, 32}, 9)}},
      {"LpipsFilterGrad", kernel, {x, x}},
      {"LpipsActivation", activation, {x}},
      {"LpipsBiasActivation", activation, {x, weights}},
      {"LpipsActivationGrad", activation, {x, x}},
      {"LpipsActivationBiasGrad", activation, {x, x}},
      {"LpipsBiasGrad", {}, {x}},
      {"LpipsUnitNormalize", {{"epsilon", {1e-10f}}}, {x}},
      {"LpipsUnitNormalizeGrad", {{"epsilon", {1e-10f}}, {"least_norm", {1e-30f}}}, {x, x, perPixel}},
      {"LpipsHead", {}, {x, x, weights}},
      {"LpipsHeadGrad", {}, {perPixel, x, x, weights}},
      {"LpipsMeanHead", {}, {x, x, weights}},
      {"LpipsMeanHeadGrad", {}, {perImage, x, x, weights}},
      {"LpipsScale", {{"shift", {0, 0, 0}}, {"scale", {1, 1, 1}}}, {noise({1, 4, 4, 3}, 7)}},
      {"LpipsPropagateNaN", {}, {perImage, x}},
      {"LpipsUpsample", {{"down", {2}}, {"across", {2}}}, {x}},
      {"LpipsUpsampleGrad", {{"down", {2}}, {"across", {2}}}, {x}},
      {"LpipsMaxPoolGrad", {{"side", {1}}, {"stride", {1}}}, {x, x, x}},
      {"LpipsAdam", {}, inputsOf(kOptimizers.back(), {{4}, {5}})},
  };
  for (const auto& [name, attributes, inputs] : operations) {
    const int allocations = fake::run(name, attributes, inputs).allocations;
    check(allocations > 0, name + " allocates nothing");
    for (int failing = 0; failing < allocations; failing++) {
      const Result result = fake::run(name, attributes, inputs, failing);
      check(result.code == TF_RESOURCE_EXHAUSTED, name + " without memory is not RESOURCE_EXHAUSTED");
      check(result.message.find("cannot allocate ") == 0, name + " without memory: " + result.message);
      check(result.newCalls == 0, name + " without memory calls operator new");
    }
  }
}

void testCallsAtOnce() {
  const Tensor x = noise({4, 20, 20, 32}, 1), filter = noise({3, 3, 32, 32}, 2), weights = noise({32}, 3);
  const Tensor packed = only("LpipsWinogradPack", {}, {filter});
  const Attributes attributes = {{"stride", {1}}, {"padding", {1}}};
  const std::vector<float> y = only("LpipsWinograd", attributes, {x, filter, packed}).values;
  const std::vector<float> mean = only("LpipsMeanHead", {}, {x, x, weights}).values;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; caller++) {
    callers.emplace_back([&] {
      for (int i = 0; i < 20; i++) {
        check(only("LpipsWinograd", attributes, {x, filter, packed}).values == y, "calls at once");
        check(only("LpipsMeanHead", {}, {x, x, weights}).values == mean, "calls at once");
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

// The products of a processor without AVX-512, which no operation uses on one that has it.
template <int kRows, int kColumns>
void testNarrowProduct() {
  const int64_t depth = 70;
  const Tensor a = noise({kRows, depth}, 1.3);
  std::vector<lpips::Line> b(depth * kColumns / lpips::kLanes), c(kRows * kColumns / lpips::kLanes);
  const Tensor columns = noise({depth, kColumns}, 2.7);
  float* product = c[0].lanes;
  std::copy(columns.values.begin(), columns.values.end(), b[0].lanes);
  lpips::multiplyNarrow<kRows, kColumns>(a.values.data(), depth, b[0].lanes, depth, product, kColumns, false);
  lpips::multiplyNarrow<kRows, kColumns>(a.values.data(), depth, b[0].lanes, depth, product, kColumns, true);
  std::vector<double> expected(kRows * kColumns);
  for (int64_t i = 0; i < kRows * kColumns; i++) {
    for (int64_t k = 0; k < depth; k++) {
      expected[i] += 2.0 * a.values[i / kColumns * depth + k] * columns.values[k * kColumns + i % kColumns];
    }
  }
  checkClose({{kRows, kColumns}, {product, product + kRows * kColumns}}, expected, "a narrow product");
}

// Every task is done once, by a thread of the number that it is told.
void testThreads() {
  auto& threads = lpips::Threads::ofProcess();
  check(threads.countFor(100) == 6, "there are six threads");
  for (int64_t tasks = 0; tasks < 500; tasks++) {
    std::vector<int> done(tasks), byThread(threads.countFor(tasks));
    threads.run(tasks, [&](int64_t task, int64_t thread) {
      done[task]++;
      byThread[thread]++;
    });
    int sum = 0;
    for (const int count : byThread) sum += count;
    check(sum == tasks && std::count(done.begin(), done.end(), 1) == tasks, "every task is done once");
  }
}

} // namespace

int main() {
  check(fake::isRegistered("LpipsDirect"), "this processor multiplies and adds in one step");
  testThreads();
  testNarrowProduct<1, lpips::kLanes>();
  testNarrowProduct<6, lpips::kLanes>();
  testNarrowProduct<1, lpips::kPanel>();
  testNarrowProduct<6, lpips::kPanel>();
  testConvolutions();
  testVariableFilters();
  testActivations();
  testEquation();
  testPooling();
  testUpsampling();
  testOptimizers();
  testRefusals();
  testWithoutMemory();
  testCallsAtOnce();
  std::puts("all operations ran");
}
