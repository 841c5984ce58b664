// The per-pixel steps of the LPIPS equation as operations of TensorFlow. Each takes one pass over its inputs.
// Composed of TensorFlow's own operations a step takes four to ten passes, which on small images is a fifth
// of the time of a gradient.
//
//   LpipsUnitNormalize           u = x / (r + ε), r = ‖x‖ over channels
//   LpipsUnitNormalizeGrad       dx = (dy − u Σ(dy u) (r + ε)/r) / (r + ε), 0 where r = 0
//   LpipsHead                    Σ_c w_c (u − v)_c²
//   LpipsHeadGrad                du = 2 w (u − v) dy
//   LpipsMeanHead                1/(H W) Σ_hw Σ_c w_c (u − v)_c², one number for each image
//   LpipsMeanHeadGrad            du = 2 w (u − v) dy / (H W)
//   LpipsScale                   (x − shift) / scale of three channels
//   LpipsStackPair               the same of images and then of as many references, and a mark for each pair:
//                                0, or NaN if a number of either is not finite
//   LpipsGuardedScale            dy / scale, NaN for an image whose mark is NaN or whose dy is not finite
//   LpipsPropagateNaN            value + 0 Σ x: NaN for an image x with a number that is not finite
//
// Tensors are float32 [batch, height, width, channels]. lpips-core has the derivations, beside its forward
// passes.
#include <algorithm>
#include <cstdint>

#include "equation-rows.h"
#include "operation.h"
#include "rows.h"

namespace {

using namespace lpips;
using namespace lpips::equation;

// Numbers that are scaled at once: whole pixels of three channels that fill whole registers of any width.
constexpr int64_t kScaled = 3 * 16;

WIDEST void scale(const float* x, float* y, int64_t size, const float* shift, const float* divisor) {
  float shifts[kScaled], divisors[kScaled];
  for (int64_t lane = 0; lane < kScaled; lane++) {
    shifts[lane] = shift[lane % 3];
    divisors[lane] = divisor[lane % 3];
  }
  for (; size >= kScaled; size -= kScaled, x += kScaled, y += kScaled) {
    for (int64_t lane = 0; lane < kScaled; lane++) y[lane] = (x[lane] - shifts[lane]) / divisors[lane];
  }
  for (int64_t lane = 0; lane < size; lane++) y[lane] = (x[lane] - shifts[lane]) / divisors[lane];
}

// 0, or NaN where a number is not finite.
WIDEST float zeroOrNaN(const float* x, int64_t size) {
  float lanes[kLanes] = {};
  int64_t c = 0;
  for (; c + kLanes <= size; c += kLanes) {
    for (int64_t lane = 0; lane < kLanes; lane++) lanes[lane] += 0 * x[c + lane];
  }
  float sum = sumOf(lanes);
  for (; c < size; c++) sum += 0 * x[c];
  return sum;
}

void runUnitNormalize(const Epsilon& attributes, Call& call) {
  const TF_Tensor* x = call.input(0);
  Shape shape(x);
  if (!call.require(shape.axes() == 4, "x must have four axes")) return;
  const int64_t size = shape[3], rows = shape[0] * shape[1] * shape[2];
  float* u = call.output(0, shape);
  shape[3] = 1;
  float* r = call.output(1, shape);
  if (!call.isFine()) return;
  divide(rows, size, [=](int64_t first, int64_t last, int64_t) {
    unitNormalize(values(x) + first * size, u + first * size, r + first, last - first, size,
                  attributes.epsilon);
  });
}

void runUnitNormalizeGrad(const EpsilonAndLeastNorm& attributes, Call& call) {
  const TF_Tensor *dy = call.input(0), *u = call.input(1), *r = call.input(2);
  const Shape shape(u);
  if (!call.require(shape.axes() == 4, "u must have four axes")) return;
  if (!call.require(Shape(dy) == shape, "dy must have the shape of u")) return;
  const int64_t size = shape[3], rows = shape[0] * shape[1] * shape[2];
  if (!call.require(TF_TensorElementCount(r) == rows, "r must hold one norm for each pixel")) return;
  float* dx = call.output(0, shape);
  if (!dx) return;
  divide(rows, size, [=](int64_t first, int64_t last, int64_t) {
    unitNormalizeGrad(values(dy) + first * size, values(u) + first * size, values(r) + first,
                      dx + first * size, last - first, size, attributes.epsilon, attributes.leastNorm);
  });
}

// u and v [batch, height, width, channels], where v may have a batch of 1, and one weight for each channel:
// the inputs that the four operations of a head share, from input `first` on.
struct Comparison {
  const TF_Tensor *u, *v, *weights;
  const Shape shape; // of u
  const int64_t channels = shape[3], pixels = shape[1] * shape[2], rows = shape[0] * pixels;

  Comparison(const Call& call, int first)
      : u(call.input(first)), v(call.input(first + 1)), weights(call.input(first + 2)), shape(u) {}

  bool isValid(Call& call) const {
    const Shape other(v);
    const bool isAlike = shape.axes() == 4 && other.axes() == 4 && (other[0] == shape[0] || other[0] == 1) &&
                         other[1] == shape[1] && other[2] == shape[2] && other[3] == shape[3];
    return call.require(isAlike, "v must have the shape of u or of one of its images") &&
           call.require(TF_TensorElementCount(weights) == channels,
                        "weights must hold one number for each channel");
  }
  bool isEmpty() const { return shape.count() == 0; }

  // y = Σ_c w_c (u − v)_c² of every pixel of u.
  void weigh(float* y) const {
    divideBeside([=](int64_t first, int64_t last, int64_t rowOfV) {
      head(values(u) + first * channels, values(v) + rowOfV * channels, values(weights), y + first,
           last - first, channels);
    });
  }
  // Its gradient, from one dy for every pixel.
  void weighGrad(const float* dy, float* du) const {
    divideBeside([=](int64_t first, int64_t last, int64_t rowOfV) {
      headGrad(dy + first, values(u) + first * channels, values(v) + rowOfV * channels, values(weights),
               du + first * channels, last - first, channels);
    });
  }

 private:
  // Calls work(first, last, row of v) for rows of u and as many rows of v.
  template <typename Work>
  void divideBeside(const Work& work) const {
    const int64_t rowsOfV = TF_TensorElementCount(v) / channels;
    divide(rows, channels, [=](int64_t first, int64_t last, int64_t) {
      while (first < last) {
        const int64_t rowOfV = first % rowsOfV;
        const int64_t next = std::min(last, first + rowsOfV - rowOfV);
        work(first, next, rowOfV);
        first = next;
      }
    });
  }
};

void runHead(const NoAttributes&, Call& call) {
  const Comparison comparison(call, 0);
  if (!comparison.isValid(call)) return;
  Shape shape = comparison.shape;
  shape[3] = 1;
  float* y = call.output(0, shape);
  if (y && !comparison.isEmpty()) comparison.weigh(y);
}

void runHeadGrad(const NoAttributes&, Call& call) {
  const TF_Tensor* dy = call.input(0);
  const Comparison comparison(call, 1);
  if (!comparison.isValid(call)) return;
  if (!call.require(TF_TensorElementCount(dy) == comparison.rows, "dy must hold one number for each pixel"))
    return;
  float* du = call.output(0, comparison.shape);
  if (du && !comparison.isEmpty()) comparison.weighGrad(values(dy), du);
}

void runMeanHead(const NoAttributes&, Call& call) {
  const Comparison comparison(call, 0);
  if (!comparison.isValid(call)) return;
  const int64_t batch = comparison.shape[0], pixels = comparison.pixels;
  float* y = call.output(0, {batch});
  if (!y || comparison.isEmpty()) return;
  // Pixels are summed after all of them are known, so that the sum does not depend on the number of threads.
  float* ofPixel = call.scratch(comparison.rows);
  if (!ofPixel) return;
  comparison.weigh(ofPixel);
  for (int64_t image = 0; image < batch; image++) {
    y[image] = meanOf(ofPixel + image * pixels, pixels);
  }
}

void runMeanHeadGrad(const NoAttributes&, Call& call) {
  const TF_Tensor* dy = call.input(0);
  const Comparison comparison(call, 1);
  if (!comparison.isValid(call)) return;
  const int64_t batch = comparison.shape[0], pixels = comparison.pixels;
  if (!call.require(TF_TensorElementCount(dy) == batch, "dy must hold one number for each image")) return;
  float* du = call.output(0, comparison.shape);
  if (!du || comparison.isEmpty()) return;
  float* ofPixel = call.scratch(comparison.rows);
  if (!ofPixel) return;
  for (int64_t image = 0; image < batch; image++) {
    std::fill_n(ofPixel + image * pixels, pixels, values(dy)[image] / static_cast<float>(pixels));
  }
  comparison.weighGrad(ofPixel, du);
}

struct Scale {
  float scale[3];

  explicit Scale(Attributes& attributes) { attributes.numbers("scale", scale, 3); }
};

struct ShiftAndScale : Scale {
  float shift[3];

  explicit ShiftAndScale(Attributes& attributes) : Scale(attributes) {
    attributes.numbers("shift", shift, 3);
  }
};

void runScale(const ShiftAndScale& attributes, Call& call) {
  const TF_Tensor* x = call.input(0);
  const Shape shape(x);
  if (!call.require(shape.axes() == 4 && shape[3] == 3, "x must have four axes and three channels")) return;
  float* y = call.output(0, shape);
  if (!y) return;
  divide(shape.count() / 3, 3, [=, &attributes](int64_t first, int64_t last, int64_t) {
    scale(values(x) + 3 * first, y + 3 * first, 3 * (last - first), attributes.shift, attributes.scale);
  });
}

constexpr const char* kNoPixels = "images must have four axes and three channels";

void runStackPair(const ShiftAndScale& attributes, Call& call) {
  const Shape shape(call.input(0));
  if (!call.require(shape.axes() == 4 && shape[3] == 3, kNoPixels)) return;
  if (!call.require(Shape(call.input(1)) == shape, "y must have the shape of x")) return;
  const int64_t batch = shape[0], linesOfImage = shape[1], lines = batch * linesOfImage, size = 3 * shape[2];
  float* both = call.output(0, {2 * batch, shape[1], shape[2], 3});
  float* marks = call.output(1, {batch});
  float* ofLine = call.scratch(2 * lines);
  if (!call.isFine()) return;
  const float *x = values(call.input(0)), *y = values(call.input(1));
  divide(2 * lines, size, [=, &attributes](int64_t first, int64_t last, int64_t) {
    for (int64_t line = first; line < last; line++) {
      float* to = both + line * size;
      scale(line < lines ? x + line * size : y + (line - lines) * size, to, size, attributes.shift,
            attributes.scale);
      ofLine[line] = zeroOrNaN(to, size);
    }
  });
  for (int64_t image = 0; image < batch; image++) {
    marks[image] = zeroOrNaN(ofLine + image * linesOfImage, linesOfImage) +
                   zeroOrNaN(ofLine + lines + image * linesOfImage, linesOfImage);
  }
}

void runGuardedScale(const Scale& attributes, Call& call) {
  const TF_Tensor *dy = call.input(0), *marks = call.input(1);
  const Shape shape(dy);
  if (!call.require(shape.axes() == 4 && shape[3] == 3, kNoPixels)) return;
  if (!call.require(TF_TensorElementCount(marks) == shape[0], "marks must hold one number for each image"))
    return;
  const int64_t linesOfImage = shape[1], lines = shape[0] * linesOfImage, size = 3 * shape[2];
  float* dx = call.output(0, shape);
  float* ofLine = call.scratch(lines);
  if (!call.isFine()) return;
  divide(lines, size, [=](int64_t first, int64_t last, int64_t) {
    for (int64_t line = first; line < last; line++) ofLine[line] = zeroOrNaN(values(dy) + line * size, size);
  });
  for (int64_t image = 0; image < shape[0]; image++) {
    float* ofImage = ofLine + image * linesOfImage;
    std::fill_n(ofImage, linesOfImage, zeroOrNaN(ofImage, linesOfImage) + 0 * values(marks)[image]);
  }
  divide(lines, size, [=, &attributes](int64_t first, int64_t last, int64_t) {
    for (int64_t line = first; line < last; line++) {
      const float shift[3] = {ofLine[line], ofLine[line], ofLine[line]}; // 0 or NaN
      scale(values(dy) + line * size, dx + line * size, size, shift, attributes.scale);
    }
  });
}

WIDEST void addEverywhere(const float* x, float added, float* y, int64_t size) {
  for (int64_t i = 0; i < size; i++) y[i] = x[i] + added;
}

void runPropagateNaN(const NoAttributes&, Call& call) {
  const TF_Tensor *value = call.input(0), *x = call.input(1);
  const Shape shape(value), from(x);
  if (!call.require(shape.axes() > 0 && from.axes() > 0, "value and x must have a batch axis")) return;
  const int64_t batch = shape[0], images = from[0];
  if (!call.require(images == batch || images == 1, "x must hold one image for each value, or one for all"))
    return;
  float* y = call.output(0, shape);
  if (!y || batch == 0) return;
  const int64_t size = shape.count() / batch, pixels = from.count() / images;
  float added = 0;
  for (int64_t image = 0; image < batch; image++) {
    if (image < images) added = zeroOrNaN(values(x) + image * pixels, pixels);
    addEverywhere(values(value) + image * size, added, y + image * size, size);
  }
}

__attribute__((constructor)) void addOperations() {
  add<Epsilon, &runUnitNormalize>(
      {"LpipsUnitNormalize", {"x: float"}, {"u: float", "r: float"}, {"epsilon: float"}});
  add<EpsilonAndLeastNorm, &runUnitNormalizeGrad>({"LpipsUnitNormalizeGrad",
                                                   {"dy: float", "u: float", "r: float"},
                                                   {"dx: float"},
                                                   {"epsilon: float", "least_norm: float"}});
  const std::vector<const char*> compared = {"u: float", "v: float", "weights: float"};
  const std::vector<const char*> backwards = {"dy: float", "u: float", "v: float", "weights: float"};
  add<NoAttributes, &runHead>({"LpipsHead", compared, {"y: float"}, {}});
  add<NoAttributes, &runHeadGrad>({"LpipsHeadGrad", backwards, {"du: float"}, {}});
  add<NoAttributes, &runMeanHead>({"LpipsMeanHead", compared, {"y: float"}, {}});
  add<NoAttributes, &runMeanHeadGrad>({"LpipsMeanHeadGrad", backwards, {"du: float"}, {}});
  add<ShiftAndScale, &runScale>(
      {"LpipsScale", {"x: float"}, {"y: float"}, {"shift: list(float)", "scale: list(float)"}});
  add<ShiftAndScale, &runStackPair>({"LpipsStackPair",
                                     {"x: float", "y: float"},
                                     {"both: float", "marks: float"},
                                     {"shift: list(float)", "scale: list(float)"}});
  add<Scale, &runGuardedScale>(
      {"LpipsGuardedScale", {"dy: float", "marks: float"}, {"dx: float"}, {"scale: list(float)"}});
  add<NoAttributes, &runPropagateNaN>({"LpipsPropagateNaN", {"value: float", "x: float"}, {"y: float"}, {}});
}

} // namespace
