// What is left of the input gradient of a convolution with a stride, as an operation of TensorFlow. Its
// phases are the channels of one convolution of stride 1; here they come to their places in the image.
//
//   LpipsInterleave              y[b, i, j] = x[b, q, r, m, n],  i + p = q s + m,  j + p = r s + n
//
// x is float32 [batch, rows, columns, s s channels], with the channels of phase (m, n) from (m s + n)
// channels on, and y is float32 [batch, height, width, channels]. Pixels that x does not reach are 0.
#include "interleave.h"

#include "operation.h"

namespace {

using namespace lpips;

void runInterleave(const Interleaving& to, Call& call) {
  const Shape x(call.input(0));
  const int64_t stride = to.stride;
  if (!call.require(to.isKnown(), kNoInterleaving)) return;
  if (!call.require(x.axes() == 4 && x[3] % (stride * stride) == 0,
                    "x must have four axes and the channels of all phases")) {
    return;
  }
  const Shape sides = {x[0], to.height, to.width, x[3] / (stride * stride)};
  float* y = call.output(0, sides);
  if (y && sides.count() > 0) interleave(to, x, values(call.input(0)), y);
}

__attribute__((constructor)) void addInterleave() {
  add<Interleaving, &runInterleave>({"LpipsInterleave",
                                     {"x: float"},
                                     {"y: float"},
                                     {"stride: int", "padding: int", "height: int", "width: int"}});
}

} // namespace
