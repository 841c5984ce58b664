// The gradient of max pooling without padding, as an operation of TensorFlow. TensorFlow's own divides
// the work only by images, so that a single image runs on a single thread.
//
//   LpipsMaxPoolGrad             dy to the first maximum of each window in reading order
//
// Tensors are float32 [batch, height, width, channels]. x and y may hold more images than dy, whose first one
// is theirs at `first`.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "operation.h"
#include "rows.h"

namespace {

using namespace lpips;

// Gives what is left of dy to one pixel of a window, in the channels where the pixel is the maximum.
WIDEST void handToMaxima(const float* x, const float* y, float* left, float* dx, int64_t size) {
  for (int64_t c = 0; c < size; c++) {
    const float taken = x[c] == y[c] ? left[c] : 0;
    dx[c] += taken;
    left[c] -= taken;
  }
}

struct Image {
  int64_t height, width, channels;
};

// The gradient of the windows in rows `first` to `last` − 1 of one image. `left` is memory for one number per
// channel.
void maxPoolGrad(const float* x, const float* y, const float* dy, float* dx, Image in, Image out,
                 int64_t side, int64_t stride, int64_t first, int64_t last, float* left) {
  const int64_t channels = in.channels;
  for (int64_t row = first; row < last; row++) {
    for (int64_t column = 0; column < out.width; column++) {
      const int64_t window = (row * out.width + column) * channels;
      std::copy_n(dy + window, channels, left);
      for (int64_t a = 0; a < side; a++) {
        for (int64_t b = 0; b < side; b++) {
          const int64_t pixel = ((row * stride + a) * in.width + column * stride + b) * channels;
          handToMaxima(x + pixel, y + window, left, dx + pixel, channels);
        }
      }
    }
  }
}

struct Windows {
  const int64_t side, stride, first;

  explicit Windows(Attributes& attributes)
      : side(attributes.integer("side")),
        stride(attributes.integer("stride")),
        first(attributes.integer("first")) {}
};

void runMaxPoolGrad(const Windows& attributes, Call& call) {
  const TF_Tensor *x = call.input(0), *y = call.input(1), *dy = call.input(2);
  const auto [side, stride, firstImage] = attributes;
  Shape from(x), to(y);
  const Shape given(dy);
  const bool isImages = from.axes() == 4 && to.axes() == 4 && from[0] == to[0] && from[3] == to[3];
  if (!call.require(isImages, "x and y must have four axes, one batch and one number of channels")) return;
  const bool hasImages = given.axes() == 4 && firstImage >= 0 && firstImage + given[0] <= to[0];
  if (!call.require(hasImages, "x and y must hold the images of dy")) return;
  from[0] = to[0] = given[0];
  if (!call.require(given == to, "dy must have the shape of y")) return;
  const Image in = {from[1], from[2], from[3]}, out = {to[1], to[2], to[3]};
  const bool fits = side > 0 && stride > 0 && (out.height - 1) * stride + side <= in.height &&
                    (out.width - 1) * stride + side <= in.width;
  if (!call.require(fits, "every window must lie inside the image")) return;
  float* dx = call.output(0, from);
  if (!dx) return;
  // A unit of the work is a row of windows where windows do not overlap, and otherwise an image.
  const int64_t perImage = side <= stride ? out.height : 1;
  const int64_t rows = out.height / std::max<int64_t>(1, perImage);
  const int64_t pixels = in.height * in.width * in.channels;
  const int64_t windows = out.height * out.width * out.channels;
  std::memset(dx, 0, sizeof(float) * from.count());
  if (windows == 0) return;
  const int64_t units = from[0] * perImage, size = pixels / perImage;
  float* left = call.scratch(partsOf(units, size) * in.channels);
  if (!left) return;
  const float *ofX = values(x) + firstImage * pixels, *ofY = values(y) + firstImage * windows;
  divide(units, size, [=, stride = stride, side = side](int64_t first, int64_t last, int64_t part) {
    for (int64_t unit = first; unit < last; unit++) {
      const int64_t image = unit / perImage, row = unit % perImage * rows;
      maxPoolGrad(ofX + image * pixels, ofY + image * windows, values(dy) + image * windows,
                  dx + image * pixels, in, out, side, stride, row, row + rows, left + part * in.channels);
    }
  });
}

__attribute__((constructor)) void addPooling() {
  add<Windows, &runMaxPoolGrad>({"LpipsMaxPoolGrad",
                                 {"x: float", "y: float", "dy: float"},
                                 {"dx: float"},
                                 {"side: int", "stride: int", "first: int = 0"}});
}

} // namespace
