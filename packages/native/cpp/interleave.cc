// What is left of the input gradient of a convolution with a stride, as an operation of TensorFlow. Its
// phases are the channels of one convolution of stride 1; here they come to their places in the image.
//
//   LpipsInterleave              y[b, i, j] = x[b, q, r, m, n],  i + p = q s + m,  j + p = r s + n
//
// x is float32 [batch, rows, columns, s s channels], with the channels of phase (m, n) from (m s + n)
// channels on, and y is float32 [batch, height, width, channels]. Pixels that x does not reach are 0.
#include <algorithm>
#include <cstdint>

#include "operation.h"
#include "rows.h"

namespace {

using namespace lpips;

struct Interleave {
  const int64_t stride, padding, height, width;

  explicit Interleave(Attributes& attributes)
      : stride(attributes.integer("stride")),
        padding(attributes.integer("padding")),
        height(attributes.integer("height")),
        width(attributes.integer("width")) {}
};

void runInterleave(const Interleave& to, Call& call) {
  const Shape x(call.input(0));
  const int64_t stride = to.stride, padding = to.padding, height = to.height, width = to.width;
  if (!call.require(stride > 0 && padding >= 0 && height >= 0 && width >= 0,
                    "stride must be positive, and padding, height and width must not be negative")) {
    return;
  }
  if (!call.require(x.axes() == 4 && x[3] % (stride * stride) == 0,
                    "x must have four axes and the channels of all phases")) {
    return;
  }
  const int64_t channels = x[3] / (stride * stride), run = stride * channels;
  float* y = call.output(0, {x[0], height, width, channels});
  if (!y || x[0] * height * width * channels == 0) return;
  const float* from = values(call.input(0));
  const int64_t reached = std::clamp<int64_t>(x[2] * stride - padding, 0, width); // pixels of a line
  divide(x[0] * height, width * channels, [=](int64_t first, int64_t last, int64_t) {
    for (int64_t line = first; line < last; line++) {
      float *out = y + line * width * channels, *end = out + width * channels;
      const int64_t row = line % height + padding;
      if (row < x[1] * stride) {
        // All phases of this row: x has those of a pixel side by side, `run` numbers every x[3].
        const float* phases = from + (line / height * x[1] + row / stride) * x[2] * x[3] + row % stride * run;
        for (int64_t column = padding; column < padding + reached;) {
          const int64_t phase = column % stride;
          const int64_t count = std::min(stride - phase, padding + reached - column);
          out = std::copy_n(phases + column / stride * x[3] + phase * channels, count * channels, out);
          column += count;
        }
      }
      std::fill(out, end, 0.0f);
    }
  });
}

__attribute__((constructor)) void addInterleave() {
  add<Interleave, &runInterleave>({"LpipsInterleave",
                                   {"x: float"},
                                   {"y: float"},
                                   {"stride: int", "padding: int", "height: int", "width: int"}});
}

} // namespace
