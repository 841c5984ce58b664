// Convolutions and their gradients, on shapes that leave panels, groups and tiles partly empty.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../products.h"
#include "tests.h"

namespace tests {
namespace {

struct Case {
  std::vector<int64_t> x, filter;
  int64_t stride, padding;
};

const std::vector<Case> kCases = {
    {{2, 7, 9, 3}, {3, 3, 3, 8}, 1, 1},        {{1, 70, 65, 3}, {11, 11, 3, 64}, 4, 2},
    {{13, 15, 13, 3}, {11, 11, 3, 16}, 4, 2},  {{2, 9, 8, 64}, {5, 5, 64, 96}, 1, 2},
    {{4, 7, 7, 64}, {5, 5, 64, 40}, 1, 2},     {{25, 7, 6, 24}, {5, 5, 24, 33}, 1, 2},
    {{4, 3, 3, 256}, {3, 3, 256, 32}, 1, 1},   {{1, 3, 3, 256}, {3, 3, 256, 64}, 1, 1},
    {{5, 1, 2, 8}, {3, 3, 8, 32}, 1, 1},       {{2, 15, 15, 64}, {3, 3, 64, 48}, 1, 2},
    {{1, 11, 9, 20}, {1, 1, 20, 1}, 1, 0},     {{3, 31, 31, 3}, {3, 3, 3, 64}, 2, 0},
    {{2, 8, 8, 16}, {3, 3, 16, 32}, 1, 0},     {{1, 4, 4, 16}, {3, 3, 16, 96}, 1, 1},
    {{3, 31, 18, 48}, {3, 3, 48, 32}, 1, 1},   {{1, 5, 40, 16}, {3, 3, 16, 32}, 1, 1},
    {{1, 1, 1, 16}, {3, 3, 16, 32}, 1, 1},     {{0, 6, 6, 16}, {3, 3, 16, 32}, 1, 1},
    {{2, 7, 6, 32}, {5, 5, 32, 32}, 1, 2},     {{3, 31, 8, 16}, {5, 5, 16, 64}, 1, 2},
    {{1, 4, 13, 16}, {5, 5, 16, 32}, 1, 2},    {{60, 3, 3, 64}, {3, 3, 64, 20}, 1, 1},
    {{3, 9, 8, 130}, {3, 3, 130, 33}, 2, 1},   {{2, 9, 6, 32}, {3, 3, 32, 16}, 1, 1},
    {{3, 14, 13, 144}, {3, 3, 144, 80}, 1, 1}, {{9, 16, 14, 16}, {3, 3, 16, 48}, 1, 2},
    {{2, 8, 9, 32}, {5, 5, 32, 48}, 1, 2},
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
  return (c.filter[0] == 3 || c.filter[0] == 5) && c.stride == 1 && c.padding == c.filter[0] / 2 &&
         c.filter[2] % 16 == 0 && c.filter[3] % 16 == 0;
}

Attributes attributesOf(const Case& c) {
  return {{"stride", {static_cast<float>(c.stride)}}, {"padding", {static_cast<float>(c.padding)}}};
}

void testConstantFilters() {
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
                    {{"kernel_height", {kernel}},
                     {"kernel_width", {kernel}},
                     {"stride_down", {stride}},
                     {"stride_across", {stride}},
                     {"top", {padding}},
                     {"left", {padding}}},
                    {x, dy}),
               dw, "LpipsFilterGrad" + what);
    if (c.stride == 1) {
      checkClose(only("LpipsDirectInputGrad", {{"padding", {padding}}}, {dy, filter}), dx,
                 "LpipsDirectInputGrad" + what);
    }
    checkClose(only("LpipsStridedInputGrad",
                    {{"stride", {stride}}, {"padding", {padding}}, {"height", {c.x[1]}}, {"width", {c.x[2]}}},
                    {dy, filter}),
               dx, "LpipsStridedInputGrad" + what);
    if (!isForWinograd(c)) continue;
    checkClose(only("LpipsWinogradInputGrad", {{"padding", {padding}}}, {dy, filter}), dx,
               "LpipsWinogradInputGrad" + what);
  }
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

} // namespace

void testConvolutions() {
  testNarrowProduct<1, lpips::kLanes>();
  testNarrowProduct<6, lpips::kLanes>();
  testNarrowProduct<1, lpips::kPanel>();
  testNarrowProduct<6, lpips::kPanel>();
  testConstantFilters();
  testVariableFilters();
}

} // namespace tests
