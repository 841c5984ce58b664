// What our convolutions have in common: their operations of TensorFlow. A filter is packed, that is, brought
// into the order in which an algorithm reads it. One that never changes is packed once; its owner keeps the
// packed filter as a tensor and gives it to every call. One that changes is packed by every call.
//
//   …Pack             a filter as the algorithm reads it
//   …, …BiasRelu      x * filter and relu(x * filter + bias) with a packed filter
//   …Fused            f(x * filter + bias) with a filter that changes; the bias may be empty
//   …FusedSums        the same, and x * filter + bias, from which the gradient of a swish follows
#ifndef LPIPS_CONVOLUTION_H_
#define LPIPS_CONVOLUTION_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "activation.h"
#include "operation.h"
#include "products.h"
#include "rows.h"
#include "threads.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips {

// A filter [kernel, kernel, in, out].
struct FilterShape {
  int64_t kernel, in, out;

  // Whether a tensor is one, square and not empty.
  static bool isOf(const Shape& shape) {
    return shape.axes() == 4 && shape[0] == shape[1] && shape[0] > 0 && shape[2] > 0 && shape[3] > 0;
  }
  explicit FilterShape(const Shape& shape) : kernel(shape[0]), in(shape[2]), out(shape[3]) {}
};

// x [batch, height, width, in] with `padding` zeros on each side of an image.
struct Geometry : FilterShape {
  Geometry(const Shape& x, const Shape& filter, int64_t stride, int64_t padding)
      : FilterShape(filter), batch(x[0]), height(x[1]), width(x[2]), stride(stride), padding(padding) {}

  int64_t batch, height, width, stride, padding;
  int64_t outHeight = (height + 2 * padding - kernel) / stride + 1;
  int64_t outWidth = (width + 2 * padding - kernel) / stride + 1;
};

// What becomes of the sums of a convolution: y = f(sums + bias). An algorithm writes the sums to where they
// are kept, and passes through them once more where `needsPass`.
struct Epilogue {
  const float* bias = nullptr; // may be null
  Activation activation = {};
  float* sums = nullptr; // takes sums + bias where it is not null

  const float* biasAt(int64_t channel) const { return bias ? bias + channel : nullptr; }
  float* kept(float* y) const { return sums ? sums : y; }
  bool needsPass() const { return sums || (activation.function != Function::linear && !isRelu()); }
  // A relu alone is taken with the bias, as the larger of the sum and this.
  float least() const { return isRelu() && !sums ? 0 : -INFINITY; }
  // Finishes `size` numbers of each of `rows` rows of y, whose sums lie in the first cache. The first row's
  // begin at `offset`, and rows are `rowOfY` numbers apart.
  void pass(float* y, int64_t offset, int64_t rows, int64_t rowOfY, int64_t size) const {
    if (size == rowOfY) size *= rows, rows = 1;
    for (; rows > 0; rows--, offset += rowOfY) activate(activation, kept(y) + offset, y + offset, size);
  }

 private:
  bool isRelu() const { return activation.function == Function::relu; }
};

// An Algorithm has
//
//   bool takes(filter shape)                       whether it knows such a filter
//   bool fits(geometry)                            whether it knows such a convolution
//   int64_t packedSize(filter shape)               how many numbers a packed filter holds
//   void pack(filter shape, filter, packed)        packs a filter into memory aligned to 64 bytes
//   void convolve(call, geometry, x, packed, epilogue, y)
template <typename Algorithm>
void packFilter(const NoAttributes&, Call& call) {
  const Shape sides(call.input(0));
  if (!call.require(FilterShape::isOf(sides), "filter must be square and not empty")) return;
  const FilterShape shape(sides);
  if (!call.require(Algorithm::takes(shape), "the algorithm does not know such a filter")) return;
  float* packed = call.output(0, {Algorithm::packedSize(shape)});
  if (packed) Algorithm::pack(shape, values(call.input(0)), packed);
}

struct StrideAndPadding {
  const int64_t stride, padding;

  StrideAndPadding(int64_t stride, int64_t padding) : stride(stride), padding(padding) {}
  explicit StrideAndPadding(Attributes& attributes)
      : stride(attributes.integer("stride")), padding(attributes.integer("padding")) {}
};

// Whether the algorithm knows the convolution of x with a filter; if not, the call fails.
template <typename Algorithm>
bool knows(Call& call, const Shape& x, const Shape& filter, const StrideAndPadding& steps) {
  const bool fits = x.axes() == 4 && FilterShape::isOf(filter) && filter[2] == x[3] && steps.stride > 0 &&
                    steps.padding >= 0 && steps.padding < filter[0] && std::min(x[1], x[2]) > 0 &&
                    std::min(x[1], x[2]) + 2 * steps.padding >= filter[0];
  if (!call.require(fits, "filter must be square, have the channels of x and fit into the padded image")) {
    return false;
  }
  const Geometry geometry(x, filter, steps.stride, steps.padding);
  return call.require(Algorithm::takes(geometry) && Algorithm::fits(geometry),
                      "the algorithm does not know such a convolution");
}

// The inputs are x, the filter (for its shape), the packed filter, and the bias where the operation has one.
template <typename Algorithm, bool hasBias>
void convolve(const StrideAndPadding& attributes, Call& call) {
  const TF_Tensor *x = call.input(0), *packed = call.input(2), *bias = hasBias ? call.input(3) : nullptr;
  const Shape from(x), sides(call.input(1));
  if (!knows<Algorithm>(call, from, sides, attributes)) return;
  const Geometry geometry(from, sides, attributes.stride, attributes.padding);
  const bool isPacked = TF_TensorElementCount(packed) == Algorithm::packedSize(geometry) &&
                        reinterpret_cast<uintptr_t>(values(packed)) % sizeof(Line) == 0;
  if (!call.require(isPacked, "packed must be the filter as the algorithm packs it")) return;
  if (!call.require(!bias || TF_TensorElementCount(bias) == geometry.out,
                    "bias must hold one number for each channel")) {
    return;
  }
  float* y = call.output(0, {geometry.batch, geometry.outHeight, geometry.outWidth, geometry.out});
  if (!y || TF_TensorElementCount(x) == 0) return;
  Epilogue epilogue;
  if (bias) epilogue = {values(bias), Activation(Function::relu), nullptr};
  Algorithm::convolve(call, geometry, values(x), values(packed), epilogue, y);
}

struct FusedConvolution {
  const StrideAndPadding steps;
  const Activation activation;

  explicit FusedConvolution(Attributes& attributes) : steps(attributes), activation(attributes) {}
};

// The inputs are x, the filter and the bias, which may be empty.
template <typename Algorithm, bool keepsSums>
void convolveFused(const FusedConvolution& attributes, Call& call) {
  const Shape from(call.input(0)), sides(call.input(1));
  if (!knows<Algorithm>(call, from, sides, attributes.steps)) return;
  const Geometry geometry(from, sides, attributes.steps.stride, attributes.steps.padding);
  const int64_t biases = TF_TensorElementCount(call.input(2));
  if (!call.require(biases == 0 || biases == geometry.out, "bias must hold one number for each channel") ||
      !call.require(attributes.activation.isKnown(), kNoActivation)) {
    return;
  }
  const Shape to = {geometry.batch, geometry.outHeight, geometry.outWidth, geometry.out};
  Epilogue epilogue = {biases ? values(call.input(2)) : nullptr, attributes.activation, nullptr};
  float* y = call.output(0, to);
  if (keepsSums) epilogue.sums = call.output(1, to);
  float* packed = call.scratch(Algorithm::packedSize(geometry));
  if (!call.isFine() || from.count() == 0) return;
  Algorithm::pack(geometry, values(call.input(1)), packed);
  Algorithm::convolve(call, geometry, values(call.input(0)), packed, epilogue, y);
}

// [kernel, kernel, in, out] → [kernel, kernel, out, in], turned around.
inline void turnAround(const FilterShape& filter, const float* from, float* to) {
  const int64_t taps = filter.kernel * filter.kernel, size = filter.in * filter.out;
  divide(taps, size, [=](int64_t first, int64_t last, int64_t) {
    for (int64_t tap = first; tap < last; tap++) {
      const float* of = from + (taps - 1 - tap) * size;
      for (int64_t o = 0; o < filter.out; o++) {
        for (int64_t i = 0; i < filter.in; i++) to[tap * size + o * filter.in + i] = of[i * filter.out + o];
      }
    }
  });
}

struct Padding {
  const int64_t padding; // of the convolution whose gradient it is

  explicit Padding(Attributes& attributes) : padding(attributes.integer("padding")) {}
};

// dx = dy ∗ᵀ filter for stride 1, the convolution of dy with the filter turned around. The inputs are dy and
// the filter.
template <typename Algorithm>
void inputGradient(const Padding& attributes, Call& call) {
  const Shape dy(call.input(0)), sides(call.input(1));
  if (!call.require(FilterShape::isOf(sides), "filter must be square and not empty")) return;
  const FilterShape filter(sides);
  const Shape turned = {filter.kernel, filter.kernel, filter.out, filter.in};
  const StrideAndPadding steps(1, filter.kernel - 1 - attributes.padding);
  if (!knows<Algorithm>(call, dy, turned, steps)) return;
  const Geometry geometry(dy, turned, steps.stride, steps.padding);
  float* dx = call.output(0, {geometry.batch, geometry.outHeight, geometry.outWidth, geometry.out});
  float* around = call.scratch(sides.count());
  float* packed = call.scratch(Algorithm::packedSize(geometry));
  if (!call.isFine() || dy.count() == 0) return;
  turnAround(filter, values(call.input(1)), around);
  Algorithm::pack(geometry, around, packed);
  Algorithm::convolve(call, geometry, values(call.input(0)), packed, Epilogue(), dx);
}

// Registers an algorithm's operations, where the processor can multiply for it.
template <typename Algorithm>
void addConvolution(const std::string& name) {
  __builtin_cpu_init();
  if (Products::ofProcessor().mostRows == 0) return;
  const std::vector<const char*> steps = {"stride: int", "padding: int"};
  const std::vector<const char*> fused = {"stride: int", "padding: int", "activation: int", "alpha: float"};
  const std::vector<const char*> packed = {"x: float", "filter: float", "packed: float"};
  const std::vector<const char*> plain = {"x: float", "filter: float", "bias: float"};
  const auto named = [&](const char* suffix) { return name + suffix; };
  add<NoAttributes, &packFilter<Algorithm>>(
      {named("Pack").c_str(), {"filter: float"}, {"packed: float"}, {}});
  add<StrideAndPadding, &convolve<Algorithm, false>>({name.c_str(), packed, {"y: float"}, steps});
  add<StrideAndPadding, &convolve<Algorithm, true>>(
      {named("BiasRelu").c_str(),
       {"x: float", "filter: float", "packed: float", "bias: float"},
       {"y: float"},
       steps});
  add<FusedConvolution, &convolveFused<Algorithm, false>>(
      {named("Fused").c_str(), plain, {"y: float"}, fused});
  add<FusedConvolution, &convolveFused<Algorithm, true>>(
      {named("FusedSums").c_str(), plain, {"y: float", "sums: float"}, fused});
}

} // namespace lpips

#endif
#endif
