// Max pooling without padding, and its gradient, as operations of TensorFlow. TensorFlow's own gradient
// divides the work only by images, so that a single image runs on a single thread.
//
//   LpipsMaxPool                 the largest number of each window. With `ceil` a last window may reach
//   beyond
//                                the edge, and has the numbers inside
//   LpipsMaxPoolGrad             dy to the first maximum of each window in reading order
//
// Tensors are float32 [batch, height, width, channels]. x and y of the gradient may hold more images than dy,
// whose first one is theirs at `first`.
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

// The pixels of a window in one image, those beyond the edge left out.
struct Window {
  int64_t top, left, bottom, right;

  Window(int64_t row, int64_t column, int64_t side, int64_t stride, Image in)
      : top(row * stride),
        left(column * stride),
        bottom(std::min(in.height, top + side)),
        right(std::min(in.width, left + side)) {}
};

// Channels whose maxima stay in registers.
constexpr int64_t kAtOnce = 32;

// The largest numbers of the windows of one row, in one image.
WIDEST void maxPool(const float* x, float* y, Image in, int64_t columns, int64_t side, int64_t stride,
                    int64_t row) {
  const int64_t channels = in.channels;
  for (int64_t column = 0; column < columns; column++, y += channels) {
    const Window window(row, column, side, stride, in);
    for (int64_t c = 0; c < channels; c += kAtOnce) {
      const int64_t size = std::min(kAtOnce, channels - c);
      float largest[kAtOnce];
      std::copy_n(x + (window.top * in.width + window.left) * channels + c, size, largest);
      for (int64_t a = window.top; a < window.bottom; a++) {
        for (int64_t b = window.left; b < window.right; b++) {
          const float* pixel = x + (a * in.width + b) * channels + c;
          if (size == kAtOnce) {
            for (int64_t i = 0; i < kAtOnce; i++) largest[i] = pixel[i] > largest[i] ? pixel[i] : largest[i];
          } else {
            for (int64_t i = 0; i < size; i++) largest[i] = pixel[i] > largest[i] ? pixel[i] : largest[i];
          }
        }
      }
      std::copy_n(largest, size, y + c);
    }
  }
}

// The gradient of the windows in rows `first` to `last` − 1 of one image. `left` is memory for one number per
// channel.
void maxPoolGrad(const float* x, const float* y, const float* dy, float* dx, Image in, Image out,
                 int64_t side, int64_t stride, int64_t first, int64_t last, float* left) {
  const int64_t channels = in.channels;
  for (int64_t row = first; row < last; row++) {
    for (int64_t column = 0; column < out.width; column++) {
      const Window window(row, column, side, stride, in);
      const int64_t ofWindow = (row * out.width + column) * channels;
      std::copy_n(dy + ofWindow, channels, left);
      for (int64_t a = window.top; a < window.bottom; a++) {
        for (int64_t b = window.left; b < window.right; b++) {
          const int64_t pixel = (a * in.width + b) * channels;
          handToMaxima(x + pixel, y + ofWindow, left, dx + pixel, channels);
        }
      }
    }
  }
}

struct Windows {
  const int64_t side, stride, ceil;

  explicit Windows(Attributes& attributes)
      : side(attributes.integer("side")),
        stride(attributes.integer("stride")),
        ceil(attributes.integer("ceil")) {}

  // How many windows a side of an image has. With `ceil`, each begins inside it.
  int64_t countIn(int64_t length) const {
    const int64_t spare = length - side + (ceil ? stride - 1 : 0);
    if (spare < 0) return 0;
    const int64_t count = spare / stride + 1;
    return (count - 1) * stride < length ? count : count - 1;
  }
};

void runMaxPool(const Windows& windows, Call& call) {
  const TF_Tensor* x = call.input(0);
  const Shape shape(x);
  const auto [side, stride, ceil] = windows;
  if (!call.require(shape.axes() == 4, "x must have four axes")) return;
  if (!call.require(stride > 0 && side > 0, "windows and strides must be positive")) return;
  const Image in = {shape[1], shape[2], shape[3]};
  const Shape to = {shape[0], windows.countIn(in.height), windows.countIn(in.width), in.channels};
  float* y = call.output(0, to);
  if (!y || shape.count() == 0 || to.count() == 0) return;
  const int64_t rows = to[1], columns = to[2], size = columns * in.channels;
  divide(to[0] * rows, size * side * side,
         [=, side = side, stride = stride](int64_t first, int64_t last, int64_t) {
           for (int64_t row = first; row < last; row++) {
             maxPool(values(x) + row / rows * in.height * in.width * in.channels, y + row * size, in, columns,
                     side, stride, row % rows);
           }
         });
}

struct WindowsOfPart {
  const int64_t side, stride, first;

  explicit WindowsOfPart(Attributes& attributes)
      : side(attributes.integer("side")),
        stride(attributes.integer("stride")),
        first(attributes.integer("first")) {}
};

void runMaxPoolGrad(const WindowsOfPart& attributes, Call& call) {
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
  const bool fits =
      side > 0 && stride > 0 && (out.height - 1) * stride < in.height && (out.width - 1) * stride < in.width;
  if (!call.require(fits, "every window must begin inside the image")) return;
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
  add<Windows, &runMaxPool>(
      {"LpipsMaxPool", {"x: float"}, {"y: float"}, {"side: int", "stride: int", "ceil: int"}});
  add<WindowsOfPart, &runMaxPoolGrad>({"LpipsMaxPoolGrad",
                                       {"x: float", "y: float", "dy: float"},
                                       {"dx: float"},
                                       {"side: int", "stride: int", "first: int = 0"}});
}

} // namespace
