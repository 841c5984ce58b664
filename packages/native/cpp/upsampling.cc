// Upsampling to a whole multiple of the size by repeating pixels, and its gradient, as operations of
// TensorFlow. TensorFlow's own compute the place of every pixel as a float, and its gradient runs on one thread.
//
//   LpipsUpsample                y[i, j] = x[⌊i / down⌋, ⌊j / across⌋]
//   LpipsUpsampleGrad            dx[i, j] = Σ dy over the down · across pixels that repeat it
//
// Tensors are float32 [batch, height, width, channels].
#include <algorithm>
#include <cstdint>

#include "operation.h"
#include "rows.h"

namespace {

using namespace lpips;

struct Factors {
  const int64_t down, across;

  explicit Factors(Attributes& attributes)
      : down(attributes.integer("down")), across(attributes.integer("across")) {}
};

WIDEST void repeatPixels(const float* x, float* y, int64_t width, int64_t channels, int64_t across) {
  for (int64_t column = 0; column < width; column++, x += channels) {
    for (int64_t k = 0; k < across; k++, y += channels) {
      for (int64_t c = 0; c < channels; c++) y[c] = x[c];
    }
  }
}

// dx += the sums of a line of dy.
WIDEST void sumPixels(const float* dy, float* dx, int64_t width, int64_t channels, int64_t across) {
  for (int64_t column = 0; column < width; column++, dx += channels) {
    for (int64_t k = 0; k < across; k++, dy += channels) {
      for (int64_t c = 0; c < channels; c++) dx[c] += dy[c];
    }
  }
}

bool areImages(Call& call, const Shape& shape, const Factors& factors) {
  return call.require(shape.axes() == 4, "images must have four axes") &&
         call.require(factors.down > 0 && factors.across > 0, "down and across must be positive");
}

void runUpsample(const Factors& factors, Call& call) {
  const Shape from(call.input(0));
  if (!areImages(call, from, factors)) return;
  const auto [down, across] = factors;
  const float* x = values(call.input(0));
  float* y = call.output(0, {from[0], from[1] * down, from[2] * across, from[3]});
  if (!y) return;
  const int64_t width = from[2], channels = from[3], line = width * across * channels;
  divide(from[0] * from[1], line * down, [=, down = down, across = across](int64_t first, int64_t last, int64_t) {
    for (int64_t row = first; row < last; row++) {
      float* to = y + row * down * line;
      repeatPixels(x + row * width * channels, to, width, channels, across);
      for (int64_t k = 1; k < down; k++) std::copy_n(to, line, to + k * line);
    }
  });
}

void runUpsampleGrad(const Factors& factors, Call& call) {
  const Shape from(call.input(0));
  if (!areImages(call, from, factors)) return;
  const auto [down, across] = factors;
  const bool fits = from[1] % down == 0 && from[2] % across == 0;
  if (!call.require(fits, "dy must hold whole pixels of dx")) return;
  const int64_t height = from[1] / down, width = from[2] / across, channels = from[3];
  const float* dy = values(call.input(0));
  float* dx = call.output(0, {from[0], height, width, channels});
  if (!dx) return;
  const int64_t line = from[2] * channels;
  divide(from[0] * height, line * down, [=, down = down, across = across](int64_t first, int64_t last, int64_t) {
    for (int64_t row = first; row < last; row++) {
      float* to = dx + row * width * channels;
      std::fill_n(to, width * channels, 0.0f);
      for (int64_t k = 0; k < down; k++) sumPixels(dy + (row * down + k) * line, to, width, channels, across);
    }
  });
}

__attribute__((constructor)) void addUpsampling() {
  const std::vector<const char*> factors = {"down: int", "across: int"};
  add<Factors, &runUpsample>({"LpipsUpsample", {"x: float"}, {"y: float"}, factors});
  add<Factors, &runUpsampleGrad>({"LpipsUpsampleGrad", {"dy: float"}, {"dx: float"}, factors});
}

} // namespace
