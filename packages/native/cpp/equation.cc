// The per-pixel steps of the LPIPS equation as operations of TensorFlow, each in one pass over its inputs.
// Composed of TensorFlow's own they take four to ten, which on small images is a fifth of the time of a
// gradient.
//
//   LpipsUnitNormalize           u = x / (r + ε), r = ‖x‖ over channels
//   LpipsUnitNormalizeGrad       dx = (dy − u Σ(dy u) (r + ε)/r) / (r + ε), 0 where r = 0
//   LpipsHead                    Σ_c w_c (u − v)_c²
//   LpipsHeadGrad                du = 2 w (u − v) dy
//   LpipsMeanHead                1/(H W) Σ_hw of it, one number for each image
//   LpipsMeanHeadGrad            du = 2 w (u − v) dy / (H W)
//   LpipsScale                   (x − shift) / scale of three channels
//   LpipsHandOnNaN               value + 0 Σ x, NaN for an image x with a pixel that is not finite
//   LpipsMaxPoolGrad             dy to the first maximum of each window in reading order; no padding
//
// Tensors are float32 [batch, height, width, channels]. lpips-core has the derivations, beside its forward
// passes.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "operation.h"

namespace {

using namespace lpips;

// Sums run in so many lanes: they fill the registers, and the error of a sum grows with its length over them.
constexpr int64_t kLanes = 16;
// Fewer numbers than this are not worth a thread.
constexpr int64_t kPerThread = 1 << 16;

// work(first, last) over `rows` rows of `size` numbers each, divided between threads.
template <typename Work>
void divide(int64_t rows, int64_t size, const Work& work) {
  auto& threads = Threads::ofProcess();
  const int64_t parts = threads.countFor(std::min(rows, rows * size / kPerThread));
  threads.run(parts, [&](int64_t part, int64_t) { work(rows * part / parts, rows * (part + 1) / parts); });
}

// Σ a_c b_c
inline __attribute__((always_inline)) float dot(const float* a, const float* b, int64_t size) {
  float lanes[kLanes] = {};
  int64_t c = 0;
  for (; c + kLanes <= size; c += kLanes) {
    for (int64_t lane = 0; lane < kLanes; lane++) lanes[lane] += a[c + lane] * b[c + lane];
  }
  float sum = 0;
  for (; c < size; c++) sum += a[c] * b[c];
  for (const float lane : lanes) sum += lane;
  return sum;
}

WIDEST void unitNormalize(const float* x, float* u, float* r, int64_t rows, int64_t size, float epsilon) {
  for (int64_t row = 0; row < rows; row++, x += size, u += size) {
    r[row] = std::sqrt(dot(x, x, size));
    const float length = r[row] + epsilon;
    for (int64_t c = 0; c < size; c++) u[c] = x[c] / length;
  }
}

WIDEST void unitNormalizeGrad(const float* dy, const float* u, const float* r, float* dx, int64_t rows,
                              int64_t size, float epsilon, float leastNorm) {
  for (int64_t row = 0; row < rows; row++, dy += size, u += size, dx += size) {
    const float length = r[row] + epsilon;
    const float along = dot(dy, u, size) * (length / std::max(r[row], leastNorm));
    const float scale = r[row] > 0 ? 1 / length : 0;
    for (int64_t c = 0; c < size; c++) dx[c] = (dy[c] - u[c] * along) * scale;
  }
}

WIDEST void head(const float* u, const float* v, const float* weights, float* y, int64_t rows, int64_t size) {
  for (int64_t row = 0; row < rows; row++, u += size, v += size) {
    float lanes[kLanes] = {};
    int64_t c = 0;
    for (; c + kLanes <= size; c += kLanes) {
      for (int64_t lane = 0; lane < kLanes; lane++) {
        const float difference = u[c + lane] - v[c + lane];
        lanes[lane] += weights[c + lane] * (difference * difference);
      }
    }
    float sum = 0;
    for (; c < size; c++) sum += weights[c] * ((u[c] - v[c]) * (u[c] - v[c]));
    for (const float lane : lanes) sum += lane;
    y[row] = sum;
  }
}

WIDEST void headGrad(const float* dy, const float* u, const float* v, const float* weights, float* du,
                     int64_t rows, int64_t size) {
  for (int64_t row = 0; row < rows; row++, u += size, v += size, du += size) {
    const float slope = 2 * dy[row];
    for (int64_t c = 0; c < size; c++) du[c] = (u[c] - v[c]) * (weights[c] * slope);
  }
}

// What is left of dy goes to the pixels of one place of the window that equal its maximum.
WIDEST void handToMaxima(const float* x, const float* y, float* left, float* dx, int64_t size) {
  for (int64_t c = 0; c < size; c++) {
    const float taken = x[c] == y[c] ? left[c] : 0;
    dx[c] += taken;
    left[c] -= taken;
  }
}

// Pixels of three channels that are scaled at once: whole registers of any width.
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
WIDEST float nothingOf(const float* x, int64_t size) {
  float lanes[kLanes] = {};
  int64_t c = 0;
  for (; c + kLanes <= size; c += kLanes) {
    for (int64_t lane = 0; lane < kLanes; lane++) lanes[lane] += 0 * x[c + lane];
  }
  float sum = 0;
  for (; c < size; c++) sum += 0 * x[c];
  for (const float lane : lanes) sum += lane;
  return sum;
}

struct Image {
  int64_t height, width, channels;
};

// Rows `first` … `last` of the windows of one image.
void maxPoolGrad(const float* x, const float* y, const float* dy, float* dx, Image in, Image out,
                 int64_t side, int64_t stride, int64_t first, int64_t last) {
  const int64_t channels = in.channels;
  std::vector<float> left(channels);
  for (int64_t row = first; row < last; row++) {
    for (int64_t column = 0; column < out.width; column++) {
      const int64_t window = (row * out.width + column) * channels;
      std::copy_n(dy + window, channels, left.data());
      for (int64_t a = 0; a < side; a++) {
        for (int64_t b = 0; b < side; b++) {
          const int64_t pixel = ((row * stride + a) * in.width + column * stride + b) * channels;
          handToMaxima(x + pixel, y + window, left.data(), dx + pixel, channels);
        }
      }
    }
  }
}

// The attributes of all operations; each has some of them.
struct Attributes {
  float epsilon = 0, leastNorm = 0;
  int64_t side = 0, stride = 0;
  float shift[3] = {}, scale[3] = {};

  explicit Attributes(TF_OpKernelConstruction* construction) {
    TF_Status* status = TF_NewStatus(); // an attribute that the operation lacks stays as it is
    TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &epsilon, status);
    TF_OpKernelConstruction_GetAttrFloat(construction, "least_norm", &leastNorm, status);
    TF_OpKernelConstruction_GetAttrInt64(construction, "side", &side, status);
    TF_OpKernelConstruction_GetAttrInt64(construction, "stride", &stride, status);
    TF_OpKernelConstruction_GetAttrFloatList(construction, "shift", shift, 3, status);
    TF_OpKernelConstruction_GetAttrFloatList(construction, "scale", scale, 3, status);
    TF_DeleteStatus(status);
  }
};

void runUnitNormalize(void* kernel, TF_OpKernelContext* context) {
  const auto* attributes = static_cast<Attributes*>(kernel);
  Call call(context);
  const TF_Tensor* x = call.input(0);
  if (!call.isFine() || !call.require(TF_NumDims(x) == 4, "x is not of rank 4")) return;
  auto shape = shapeOf(x);
  const int64_t size = shape[3], rows = shape[0] * shape[1] * shape[2];
  float* u = call.output(0, shape);
  shape[3] = 1;
  float* r = call.output(1, shape);
  if (!call.isFine()) return;
  divide(rows, size, [=](int64_t first, int64_t last) {
    unitNormalize(values(x) + first * size, u + first * size, r + first, last - first, size,
                  attributes->epsilon);
  });
}

void runUnitNormalizeGrad(void* kernel, TF_OpKernelContext* context) {
  const auto* attributes = static_cast<Attributes*>(kernel);
  Call call(context);
  const TF_Tensor *dy = call.input(0), *u = call.input(1), *r = call.input(2);
  if (!call.isFine() || !call.require(TF_NumDims(u) == 4 && shapeOf(dy) == shapeOf(u), "dy is not as u"))
    return;
  const auto shape = shapeOf(u);
  const int64_t size = shape[3], rows = shape[0] * shape[1] * shape[2];
  if (!call.require(TF_TensorElementCount(r) == rows, "r is not one norm for each pixel")) return;
  float* dx = call.output(0, shape);
  if (!call.isFine()) return;
  divide(rows, size, [=](int64_t first, int64_t last) {
    unitNormalizeGrad(values(dy) + first * size, values(u) + first * size, values(r) + first,
                      dx + first * size, last - first, size, attributes->epsilon, attributes->leastNorm);
  });
}

// work(first, last, row of v) over rows of u, where v has as many or, with a batch of 1, those of one image.
template <typename Work>
void divideBeside(int64_t rows, int64_t rowsOfV, int64_t size, const Work& work) {
  divide(rows, size, [=](int64_t first, int64_t last) {
    while (first < last) {
      const int64_t rowOfV = first % rowsOfV;
      const int64_t next = std::min(last, first + rowsOfV - rowOfV);
      work(first, next, rowOfV);
      first = next;
    }
  });
}

bool checkHead(Call& call, const TF_Tensor* u, const TF_Tensor* v, const TF_Tensor* weights) {
  const auto one = shapeOf(u), other = shapeOf(v);
  const bool isAlike =
      one.size() == 4 && other.size() == 4 && std::equal(one.begin() + 1, one.end(), other.begin() + 1);
  return call.require(isAlike && (other[0] == one[0] || other[0] == 1),
                      "v is neither as u nor one image of it") &&
         call.require(TF_TensorElementCount(weights) == one[3], "weights are not one for each channel");
}

// Σ_c w_c (u − v)_c² of every pixel of u.
void headOfPixels(const TF_Tensor* u, const TF_Tensor* v, const TF_Tensor* weights, float* y) {
  const int64_t size = TF_Dim(u, 3);
  divideBeside(TF_TensorElementCount(u) / size, TF_TensorElementCount(v) / size, size,
               [=](int64_t first, int64_t last, int64_t rowOfV) {
                 head(values(u) + first * size, values(v) + rowOfV * size, values(weights), y + first,
                      last - first, size);
               });
}

// Its gradient, from one dy for every pixel.
void headGradOfPixels(const float* dy, const TF_Tensor* u, const TF_Tensor* v, const TF_Tensor* weights,
                      float* du) {
  const int64_t size = TF_Dim(u, 3);
  divideBeside(TF_TensorElementCount(u) / size, TF_TensorElementCount(v) / size, size,
               [=](int64_t first, int64_t last, int64_t rowOfV) {
                 headGrad(dy + first, values(u) + first * size, values(v) + rowOfV * size, values(weights),
                          du + first * size, last - first, size);
               });
}

void runHead(void*, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *u = call.input(0), *v = call.input(1), *weights = call.input(2);
  if (!call.isFine() || !checkHead(call, u, v, weights)) return;
  auto shape = shapeOf(u);
  shape[3] = 1;
  float* y = call.output(0, shape);
  if (!call.isFine() || TF_TensorElementCount(u) == 0) return;
  headOfPixels(u, v, weights, y);
}

void runHeadGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *dy = call.input(0), *u = call.input(1), *v = call.input(2), *weights = call.input(3);
  if (!call.isFine() || !checkHead(call, u, v, weights)) return;
  const auto shape = shapeOf(u);
  const int64_t rows = shape[0] * shape[1] * shape[2];
  if (!call.require(TF_TensorElementCount(dy) == rows, "dy is not one for each pixel")) return;
  float* du = call.output(0, shape);
  if (!call.isFine() || TF_TensorElementCount(u) == 0) return;
  headGradOfPixels(values(dy), u, v, weights, du);
}

void runMeanHead(void*, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *u = call.input(0), *v = call.input(1), *weights = call.input(2);
  if (!call.isFine() || !checkHead(call, u, v, weights)) return;
  const auto shape = shapeOf(u);
  const int64_t batch = shape[0], pixels = shape[1] * shape[2];
  float* y = call.output(0, {batch});
  if (!call.isFine() || TF_TensorElementCount(u) == 0) return;
  std::vector<float> ofPixel(batch * pixels); // so that the result does not depend on the number of threads
  headOfPixels(u, v, weights, ofPixel.data());
  for (int64_t image = 0; image < batch; image++) {
    double sum = 0;
    for (int64_t pixel = 0; pixel < pixels; pixel++) sum += ofPixel[image * pixels + pixel];
    y[image] = static_cast<float>(sum / pixels);
  }
}

void runMeanHeadGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *dy = call.input(0), *u = call.input(1), *v = call.input(2), *weights = call.input(3);
  if (!call.isFine() || !checkHead(call, u, v, weights)) return;
  const auto shape = shapeOf(u);
  const int64_t batch = shape[0], pixels = shape[1] * shape[2];
  if (!call.require(TF_TensorElementCount(dy) == batch, "dy is not one for each image")) return;
  float* du = call.output(0, shape);
  if (!call.isFine() || TF_TensorElementCount(u) == 0) return;
  std::vector<float> ofPixel(batch * pixels);
  for (int64_t image = 0; image < batch; image++) {
    std::fill_n(ofPixel.begin() + image * pixels, pixels, values(dy)[image] / static_cast<float>(pixels));
  }
  headGradOfPixels(ofPixel.data(), u, v, weights, du);
}

void runScale(void* kernel, TF_OpKernelContext* context) {
  const auto* attributes = static_cast<Attributes*>(kernel);
  Call call(context);
  const TF_Tensor* x = call.input(0);
  if (!call.isFine() || !call.require(TF_NumDims(x) == 4 && TF_Dim(x, 3) == 3, "x has not three channels"))
    return;
  float* y = call.output(0, shapeOf(x));
  if (!call.isFine()) return;
  divide(TF_TensorElementCount(x) / 3, 3, [=](int64_t first, int64_t last) {
    scale(values(x) + 3 * first, y + 3 * first, 3 * (last - first), attributes->shift, attributes->scale);
  });
}

void runHandOnNaN(void*, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *value = call.input(0), *x = call.input(1);
  if (!call.isFine() || !call.require(TF_NumDims(value) > 0 && TF_NumDims(x) > 0, "there is no batch"))
    return;
  const auto shape = shapeOf(value);
  const int64_t batch = shape[0], images = TF_Dim(x, 0);
  if (!call.require(images == batch || images == 1, "images are neither one for each value nor one")) return;
  float* y = call.output(0, shape);
  if (!call.isFine() || batch == 0) return;
  const int64_t size = TF_TensorElementCount(value) / batch, pixels = TF_TensorElementCount(x) / images;
  float nothing = 0;
  for (int64_t image = 0; image < batch; image++) {
    if (image < images) nothing = nothingOf(values(x) + image * pixels, pixels);
    for (int64_t i = image * size; i < (image + 1) * size; i++) y[i] = values(value)[i] + nothing;
  }
}

void runMaxPoolGrad(void* kernel, TF_OpKernelContext* context) {
  const auto* attributes = static_cast<Attributes*>(kernel);
  const int64_t side = attributes->side, stride = attributes->stride;
  Call call(context);
  const TF_Tensor *x = call.input(0), *y = call.input(1), *dy = call.input(2);
  if (!call.isFine()) return;
  const auto from = shapeOf(x), to = shapeOf(y);
  const bool isImages = from.size() == 4 && to.size() == 4 && shapeOf(dy) == to;
  if (!call.require(isImages && from[0] == to[0] && from[3] == to[3], "x, y and dy do not fit")) return;
  const Image in = {from[1], from[2], from[3]}, out = {to[1], to[2], to[3]};
  const bool fits = side > 0 && stride > 0 && (out.height - 1) * stride + side <= in.height &&
                    (out.width - 1) * stride + side <= in.width;
  if (!call.require(fits, "a window hangs over the edge")) return;
  float* dx = call.output(0, from);
  if (!call.isFine()) return;
  // Windows that do not overlap let each row of them be a thread's; those that do, each image.
  const int64_t perImage = side <= stride ? out.height : 1;
  const int64_t rows = out.height / std::max<int64_t>(1, perImage);
  const int64_t pixels = in.height * in.width * in.channels, windows = out.height * out.width * out.channels;
  std::memset(dx, 0, sizeof(float) * from[0] * pixels);
  if (windows == 0) return;
  divide(from[0] * perImage, pixels / perImage, [=](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; part++) {
      const int64_t image = part / perImage, row = part % perImage * rows;
      maxPoolGrad(values(x) + image * pixels, values(y) + image * windows, values(dy) + image * windows,
                  dx + image * pixels, in, out, side, stride, row, row + rows);
    }
  });
}

__attribute__((constructor)) void addOperations() {
  add<Attributes>(
      {"LpipsUnitNormalize", &runUnitNormalize, {"x: float"}, {"u: float", "r: float"}, {"epsilon: float"}});
  add<Attributes>({"LpipsUnitNormalizeGrad",
                   &runUnitNormalizeGrad,
                   {"dy: float", "u: float", "r: float"},
                   {"dx: float"},
                   {"epsilon: float", "least_norm: float"}});
  add<Attributes>({"LpipsHead", &runHead, {"u: float", "v: float", "weights: float"}, {"y: float"}, {}});
  add<Attributes>({"LpipsHeadGrad",
                   &runHeadGrad,
                   {"dy: float", "u: float", "v: float", "weights: float"},
                   {"du: float"},
                   {}});
  add<Attributes>(
      {"LpipsMeanHead", &runMeanHead, {"u: float", "v: float", "weights: float"}, {"y: float"}, {}});
  add<Attributes>({"LpipsMeanHeadGrad",
                   &runMeanHeadGrad,
                   {"dy: float", "u: float", "v: float", "weights: float"},
                   {"du: float"},
                   {}});
  add<Attributes>(
      {"LpipsScale", &runScale, {"x: float"}, {"y: float"}, {"shift: list(float)", "scale: list(float)"}});
  add<Attributes>({"LpipsHandOnNaN", &runHandOnNaN, {"value: float", "x: float"}, {"y: float"}, {}});
  add<Attributes>({"LpipsMaxPoolGrad",
                   &runMaxPoolGrad,
                   {"x: float", "y: float", "dy: float"},
                   {"dx: float"},
                   {"side: int", "stride: int"}});
}

} // namespace
