// What our convolutions have in common: their operations of TensorFlow, and a filter that never changes and
// is brought into an algorithm's order once.
#ifndef LPIPS_CONVOLUTION_H_
#define LPIPS_CONVOLUTION_H_

#include <cstdint>
#include <mutex>
#include <vector>

#include "operation.h"
#include "products.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips {

// x [batch, height, width, in], the filter [kernel, kernel, in, out], `padding` zeros on each side of an
// image.
struct Geometry {
  int64_t batch, height, width, in, kernel, out, stride, padding;
  int64_t outHeight = (height + 2 * padding - kernel) / stride + 1;
  int64_t outWidth = (width + 2 * padding - kernel) / stride + 1;
};

// An operation with the attributes stride, padding and digest. TensorFlow keeps one kernel for each set of
// attributes; with the filter's digest among them, each filter has its own. An Algorithm has
//
//   bool fits(geometry)                                          whether it knows such a convolution
//   std::vector<Line> pack(geometry, filter)                     the filter in its order
//   void convolve(call, geometry, x, packed filter, bias, y)     y = x * filter, or relu(x * filter + bias)
//   if there is one
template <typename Algorithm>
class Convolution {
 public:
  explicit Convolution(TF_OpKernelConstruction* construction) {
    TF_Status* status = TF_NewStatus();
    TF_OpKernelConstruction_GetAttrInt64(construction, "stride", &stride_, status);
    TF_OpKernelConstruction_GetAttrInt64(construction, "padding", &padding_, status);
    TF_DeleteStatus(status);
  }

  void run(Call& call, const TF_Tensor* x, const TF_Tensor* filter, const TF_Tensor* bias) {
    const auto from = shapeOf(x), sides = shapeOf(filter);
    const bool fits = from.size() == 4 && sides.size() == 4 && sides[0] == sides[1] && sides[2] == from[3] &&
                      sides[2] > 0 && sides[3] > 0 && stride_ > 0 && padding_ >= 0 && padding_ < sides[0] &&
                      std::min(from[1], from[2]) + 2 * padding_ >= sides[0];
    if (!call.require(fits, "x and the filter do not fit")) return;
    const Geometry geometry = {from[0], from[1], from[2], from[3], sides[0], sides[3], stride_, padding_};
    if (!call.require(Algorithm::fits(geometry), "the algorithm does not know such a convolution")) return;
    if (!call.require(!bias || TF_TensorElementCount(bias) == geometry.out,
                      "the bias is not one for each channel"))
      return;
    std::call_once(once_, [&] {
      shape_ = sides;
      packed_ = Algorithm::pack(geometry, values(filter));
    });
    if (!call.require(shape_ == sides, "another filter has the same digest")) return;
    float* y = call.output(0, {geometry.batch, geometry.outHeight, geometry.outWidth, geometry.out});
    if (!call.isFine() || TF_TensorElementCount(x) == 0) return;
    Algorithm::convolve(call, geometry, values(x), packed_[0].lanes, bias ? values(bias) : nullptr, y);
  }

 private:
  int64_t stride_ = 0, padding_ = 0;
  std::once_flag once_;
  std::vector<int64_t> shape_;
  std::vector<Line> packed_;
};

template <typename Algorithm, bool hasBias>
void runConvolution(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *x = call.input(0), *filter = call.input(1), *bias = hasBias ? call.input(2) : nullptr;
  if (call.isFine()) static_cast<Convolution<Algorithm>*>(kernel)->run(call, x, filter, bias);
}

// Registers an algorithm's two operations, where the processor can multiply for it.
template <typename Algorithm>
void addConvolution(const char* name, const char* nameWithBiasAndRelu) {
  __builtin_cpu_init();
  if (Products::ofProcessor().mostRows == 0) return;
  std::vector<const char*> inputs = {"x: float", "filter: float"};
  const std::vector<const char*> attributes = {"digest: string", "stride: int", "padding: int"};
  add<Convolution<Algorithm>>({name, &runConvolution<Algorithm, false>, inputs, {"y: float"}, attributes});
  inputs.push_back("bias: float");
  add<Convolution<Algorithm>>(
      {nameWithBiasAndRelu, &runConvolution<Algorithm, true>, inputs, {"y: float"}, attributes});
}

} // namespace lpips

#endif
#endif
