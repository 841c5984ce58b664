// Brings the phases of an image to their places, see interleave.cc.
#ifndef LPIPS_INTERLEAVE_H_
#define LPIPS_INTERLEAVE_H_

#include <algorithm>
#include <cstdint>

#include "operation.h"
#include "rows.h"

namespace lpips {

struct Interleaving {
  const int64_t stride, padding, height, width;

  explicit Interleaving(Attributes& attributes)
      : stride(attributes.integer("stride")),
        padding(attributes.integer("padding")),
        height(attributes.integer("height")),
        width(attributes.integer("width")) {}

  bool isKnown() const { return stride > 0 && padding >= 0 && height >= 0 && width >= 0; }
};

constexpr char kNoInterleaving[] =
    "stride must be positive, and padding, height and width must not be negative";

// y [batch, height, width, channels] of x [batch, rows, columns, s s channels], neither of them empty.
inline void interleave(const Interleaving& to, const Shape& x, const float* from, float* y) {
  const int64_t stride = to.stride, padding = to.padding, height = to.height, width = to.width;
  const int64_t channels = x[3] / (stride * stride), run = stride * channels;
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

} // namespace lpips

#endif
