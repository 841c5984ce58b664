// The steps of the equation, pooling, upsampling and resizing.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests.h"

namespace tests {

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
    // Both sides from their activations, beside unit normalisation and a head of their own.
    const Tensor other = noise(shape, 5.1);
    Tensor both = x;
    both.shape[0] *= 2;
    both.values.insert(both.values.end(), other.values.begin(), other.values.end());
    const Tensor v = only("LpipsUnitNormalize", epsilons, {other});
    const Tensor means = only("LpipsMeanHead", {}, {u, v, weights});
    const Tensor nothing = {{0}, {}};
    const Tensor mean = only("LpipsMeanUnitDifference", epsilons, {both, weights, nothing});
    const std::string of = "a difference of the activations x=" + textOf(shape);
    if (rows > 0) checkClose(mean, {means.values.begin(), means.values.end()}, of);
    const Tensor added = only("LpipsMeanUnitDifference", epsilons, {both, weights, perImage});
    for (int64_t i = 0; i < (rows > 0 ? shape[0] : 0); i++) {
      check(added.values[i] == perImage.values[i] + mean.values[i], of + ", added to something");
    }
    const Tensor du = only("LpipsMeanHeadGrad", {}, {perImage, u, v, weights});
    const Tensor df = only("LpipsUnitNormalizeGrad", epsilons, {du, u, normal.outputs.at(1)});
    // Through the relu that made x, with what comes from above or nothing.
    const Tensor above = noise(shape, 6.2);
    for (const bool hasAbove : {false, true}) {
      std::vector<double> masked(df.values.size());
      for (size_t i = 0; i < masked.size(); i++) {
        if (x.values[i] > 0) masked[i] = df.values[i] + (hasAbove ? above.values[i] : 0);
      }
      Attributes attributes = epsilons;
      attributes["side"] = {0};
      const Tensor got = only("LpipsMeanUnitDifferenceGrad", attributes,
                              {perImage, both, weights, hasAbove ? above : nothing});
      checkClose(got, masked, of + ", its gradient");
    }
    const Tensor images = noise({shape[0], shape[1], shape[2], 3}, 3.3);
    const Attributes scaling = {{"shift", {.1f, .2f, .3f}}, {"scale", {.4f, .5f, .6f}}};
    const Tensor scaled = only("LpipsScale", scaling, {images});
    Tensor spoilt = images;
    if (!spoilt.values.empty()) spoilt.values.back() = INFINITY;
    const Result stacked = fake::run("LpipsStackPair", scaling, {spoilt, images});
    check(stacked.code == TF_OK && stacked.newCalls == 0, "LpipsStackPair");
    const Tensor &pair = stacked.outputs.at(0), &marks = stacked.outputs.at(1);
    for (size_t i = 0; i < scaled.values.size(); i++) {
      const bool isSpoilt = i + 1 == scaled.values.size();
      check(isSpoilt ? std::isinf(pair.values[i]) : pair.values[i] == scaled.values[i], "LpipsStackPair: x");
      check(pair.values[scaled.values.size() + i] == scaled.values[i], "LpipsStackPair: y");
    }
    const Tensor guarded = only("LpipsGuardedScale", {{"scale", {.4f, .5f, .6f}}}, {images, marks});
    const Tensor divided = only("LpipsScale", {{"shift", {0, 0, 0}}, {"scale", {.4f, .5f, .6f}}}, {images});
    const Tensor noMarks = {{shape[0]}, std::vector<float>(shape[0])};
    const Tensor spread = only("LpipsGuardedScale", {{"scale", {.4f, .5f, .6f}}}, {spoilt, noMarks});
    for (size_t i = 0; i < divided.values.size(); i++) {
      const bool isMarked = static_cast<int64_t>(i) / (3 * pixels) == shape[0] - 1;
      for (const float value : {guarded.values[i], spread.values[i]}) {
        check(isMarked ? std::isnan(value) : value == divided.values[i], "LpipsGuardedScale");
      }
    }
    const Tensor propagated = only("LpipsPropagateNaN", {}, {perImage, spoilt});
    for (int64_t i = 0; i < shape[0]; i++) {
      const bool isMarked = pixels > 0 && i == shape[0] - 1;
      check(std::isnan(propagated.values[i]) == isMarked, "LpipsPropagateNaN");
      check(std::isnan(marks.values[i]) == isMarked, "LpipsStackPair: marks");
    }
  }
}

namespace {

void testPoolingInside() {
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
    const Attributes inside = {
        {"side", {static_cast<float>(side)}}, {"stride", {static_cast<float>(stride)}}, {"ceil", {0}}};
    const Tensor pooled = only("LpipsMaxPool", inside, {x});
    check(pooled.shape == y.shape && pooled.values == y.values, "LpipsMaxPool");
    Tensor dy = y;
    std::fill(dy.values.begin(), dy.values.end(), 1.0f);
    const Attributes window = {
        {"side", {static_cast<float>(side)}}, {"stride", {static_cast<float>(stride)}}, {"first", {0}}};
    const Tensor dx = only("LpipsMaxPoolGrad", window, {x, y, dy});
    double sum = 0;
    for (const float value : dx.values) sum += value;
    check(sum == static_cast<double>(dy.values.size()), "LpipsMaxPoolGrad gives each dy to one pixel");
    // Of two images in the middle, as of all.
    Attributes ofPart = window;
    ofPart["first"] = {2};
    const auto perImage = static_cast<int64_t>(dy.values.size()) / shape[0];
    const Tensor two = {{2, height, width, shape[3]}, {dy.values.begin(), dy.values.begin() + 2 * perImage}};
    const auto begin = dx.values.begin() + 2 * (shape[1] * shape[2] * shape[3]);
    checkClose(only("LpipsMaxPoolGrad", ofPart, {x, y, two}),
               {begin, begin + 2 * (shape[1] * shape[2] * shape[3])}, "LpipsMaxPoolGrad of two images");
  }
}

// Last windows over the edge, beside images of numbers ≥ 0 that are continued with zeros.
void testPoolingOverTheEdge() {
  struct Case {
    int64_t height, width, channels, side, stride, downward, rightward; // rows and columns of zeros
  };
  for (const auto& [height, width, channels, side, stride, downward, rightward] : std::vector<Case>{
           {8, 7, 5, 3, 2, 1, 0}, {6, 5, 40, 2, 2, 0, 1}, {4, 9, 33, 3, 2, 1, 0}, {5, 5, 3, 1, 3, 0, 0}}) {
    Tensor x = noise({2, height, width, channels}, 8.8);
    for (float& value : x.values) value = std::max(0.0f, value);
    Tensor continued = {{2, height + downward, width + rightward, channels}, {}};
    for (int64_t row = 0; row < 2 * (height + downward); row++) {
      const int64_t line = row / (height + downward) * height + row % (height + downward);
      const bool isInside = row % (height + downward) < height;
      for (int64_t i = 0; i < (width + rightward) * channels; i++) {
        continued.values.push_back(isInside && i < width * channels ? x.values[line * width * channels + i]
                                                                    : 0);
      }
    }
    Attributes window = {
        {"side", {static_cast<float>(side)}}, {"stride", {static_cast<float>(stride)}}, {"ceil", {0}}};
    const Tensor expected = only("LpipsMaxPool", window, {continued});
    window["ceil"] = {1};
    const Tensor y = only("LpipsMaxPool", window, {x});
    check(y.shape == expected.shape && y.values == expected.values, "LpipsMaxPool over the edge");
    window["first"] = {0};
    const Tensor dy = noise(y.shape, 9.9), dx = only("LpipsMaxPoolGrad", window, {x, y, dy}),
                 whole = only("LpipsMaxPoolGrad", window, {continued, y, dy});
    for (size_t i = 0; i < dx.values.size(); i++) {
      const auto at = static_cast<int64_t>(i), line = at / (width * channels);
      const int64_t row = line / height * (height + downward) + line % height;
      check(dx.values[i] == whole.values[row * (width + rightward) * channels + at % (width * channels)],
            "LpipsMaxPoolGrad over the edge");
    }
  }
}

} // namespace

void testPooling() {
  testPoolingInside();
  testPoolingOverTheEdge();
}

void testInterleave() {
  struct Case {
    std::vector<int64_t> x;
    int64_t stride, padding, height, width;
  };
  const std::vector<Case> cases = {{{2, 5, 6, 48}, 4, 2, 17, 20}, {{1, 57, 57, 48}, 4, 2, 224, 224},
                                   {{3, 2, 3, 20}, 2, 1, 2, 9},   {{1, 1, 1, 9}, 3, 0, 5, 1},
                                   {{2, 3, 3, 8}, 2, 7, 4, 4},    {{1, 2, 2, 7}, 1, 0, 2, 2},
                                   {{0, 2, 2, 4}, 2, 0, 4, 4}};
  for (const auto& [shape, stride, padding, height, width] : cases) {
    const Tensor x = noise(shape, 3.1);
    const int64_t channels = shape[3] / (stride * stride);
    std::vector<double> y(shape[0] * height * width * channels);
    for (int64_t at = 0; at < static_cast<int64_t>(y.size()); at++) {
      const int64_t pixel = at / channels, i = pixel / width % height + padding, j = pixel % width + padding;
      if (i / stride >= shape[1] || j / stride >= shape[2]) continue;
      const int64_t phase = i % stride * stride + j % stride, image = pixel / width / height;
      const int64_t from = (image * shape[1] + i / stride) * shape[2] + j / stride;
      y[at] = x.values[from * shape[3] + phase * channels + at % channels];
    }
    const auto number = [](int64_t value) { return std::vector<float>{static_cast<float>(value)}; };
    const Attributes attributes = {{"stride", number(stride)},
                                   {"padding", number(padding)},
                                   {"height", number(height)},
                                   {"width", number(width)}};
    checkClose(only("LpipsInterleave", attributes, {x}), y, "LpipsInterleave of x=" + textOf(shape));
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

// By the places of bilinear-gradient.cc in double, of sides whose scale is exact in float.
void testBilinearGradient() {
  struct Case {
    std::vector<int64_t> dy;
    int64_t height, width, placing;
  };
  const std::vector<Case> cases = {{{3, 34, 30, 40}, 17, 15, 0}, {{2, 8, 4, 3}, 16, 16, 0},
                                   {{2, 9, 5, 7}, 5, 3, 1},      {{1, 1, 1, 5}, 4, 2, 1},
                                   {{2, 34, 60, 9}, 17, 15, 2},  {{1, 4, 8, 3}, 1, 1, 2}};
  for (const auto& [shape, height, width, placing] : cases) {
    const Tensor dy = noise(shape, 2.3);
    const int64_t outHeight = shape[1], outWidth = shape[2], channels = shape[3];
    std::vector<double> dx(shape[0] * height * width * channels);
    const auto place = [placing = placing](int64_t at, int64_t size, int64_t out) {
      const double whole = size, all = out;
      if (placing == 2) return (at + 0.5) * whole / all - 0.5;
      return placing == 1 && out > 1 ? at * (whole - 1) / (all - 1) : at * whole / all;
    };
    for (size_t i = 0; i < dy.values.size(); i++) {
      const int64_t pixel = i / channels, image = pixel / outWidth / outHeight;
      const double down = place(pixel / outWidth % outHeight, height, outHeight),
                   across = place(pixel % outWidth, width, outWidth);
      for (const auto& [row, ofRow] : {std::pair(std::floor(down), 1 - down + std::floor(down)),
                                       std::pair(std::floor(down) + 1, down - std::floor(down))}) {
        for (const auto& [column, share] : {std::pair(std::floor(across), 1 - across + std::floor(across)),
                                            std::pair(std::floor(across) + 1, across - std::floor(across))}) {
          const int64_t toRow = std::clamp<int64_t>(row, 0, height - 1),
                        toColumn = std::clamp<int64_t>(column, 0, width - 1);
          dx[((image * height + toRow) * width + toColumn) * channels + i % channels] +=
              ofRow * share * dy.values[i];
        }
      }
    }
    const Attributes attributes = {{"height", {static_cast<float>(height)}},
                                   {"width", {static_cast<float>(width)}},
                                   {"placing", {static_cast<float>(placing)}}};
    checkClose(only("LpipsResizeBilinearGrad", attributes, {dy}), dx,
               "LpipsResizeBilinearGrad " + textOf(shape));
  }
}

} // namespace tests
