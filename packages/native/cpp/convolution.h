// What our convolutions have in common: their operations of TensorFlow. A filter that never changes is packed
// once, that is, brought into the order in which an algorithm reads it; its owner keeps the packed filter as
// a tensor and gives it to every call.
#ifndef LPIPS_CONVOLUTION_H_
#define LPIPS_CONVOLUTION_H_

#include <algorithm>
#include <cstdint>

#include "operation.h"
#include "products.h"
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

// An Algorithm has
//
//   bool takes(filter shape)                       whether it knows such a filter
//   bool fits(geometry)                            whether it knows such a convolution
//   int64_t packedSize(filter shape)               how many numbers a packed filter holds
//   void pack(filter shape, filter, packed)        packs a filter into memory aligned to 64 bytes
//   void convolve(call, geometry, x, packed, bias, y)
//                                                  y = x * filter, or relu(x * filter + bias) if there is one
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

  explicit StrideAndPadding(Attributes& attributes)
      : stride(attributes.integer("stride")), padding(attributes.integer("padding")) {}
};

// The inputs are x, the filter (for its shape), the packed filter, and the bias where the operation has one.
template <typename Algorithm, bool hasBias>
void convolve(const StrideAndPadding& attributes, Call& call) {
  const TF_Tensor *x = call.input(0), *packed = call.input(2), *bias = hasBias ? call.input(3) : nullptr;
  const Shape from(x), sides(call.input(1));
  const auto [stride, padding] = attributes;
  const bool fits = from.axes() == 4 && FilterShape::isOf(sides) && sides[2] == from[3] && stride > 0 &&
                    padding >= 0 && padding < sides[0] && std::min(from[1], from[2]) > 0 &&
                    std::min(from[1], from[2]) + 2 * padding >= sides[0];
  if (!call.require(fits, "filter must be square, have the channels of x and fit into the padded image")) {
    return;
  }
  const Geometry geometry(from, sides, stride, padding);
  if (!call.require(Algorithm::fits(geometry), "the algorithm does not know such a convolution")) return;
  const bool isPacked = TF_TensorElementCount(packed) == Algorithm::packedSize(geometry) &&
                        reinterpret_cast<uintptr_t>(values(packed)) % sizeof(Line) == 0;
  if (!call.require(isPacked, "packed must be the filter as the algorithm packs it")) return;
  if (!call.require(!bias || TF_TensorElementCount(bias) == geometry.out,
                    "bias must hold one number for each channel")) {
    return;
  }
  float* y = call.output(0, {geometry.batch, geometry.outHeight, geometry.outWidth, geometry.out});
  if (!y || TF_TensorElementCount(x) == 0) return;
  Algorithm::convolve(call, geometry, values(x), values(packed), bias ? values(bias) : nullptr, y);
}

struct ConvolutionNames {
  const char *pack, *plain, *withBiasAndRelu;
};

// Registers an algorithm's three operations, where the processor can multiply for it.
template <typename Algorithm>
void addConvolution(const ConvolutionNames& names) {
  __builtin_cpu_init();
  if (Products::ofProcessor().mostRows == 0) return;
  add<NoAttributes, &packFilter<Algorithm>>({names.pack, {"filter: float"}, {"packed: float"}, {}});
  add<StrideAndPadding, &convolve<Algorithm, false>>({names.plain,
                                                      {"x: float", "filter: float", "packed: float"},
                                                      {"y: float"},
                                                      {"stride: int", "padding: int"}});
  add<StrideAndPadding, &convolve<Algorithm, true>>(
      {names.withBiasAndRelu,
       {"x: float", "filter: float", "packed: float", "bias: float"},
       {"y: float"},
       {"stride: int", "padding: int"}});
}

} // namespace lpips

#endif
#endif
