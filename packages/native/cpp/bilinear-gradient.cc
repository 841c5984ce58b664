// The gradient of bilinear resizing, as an operation of TensorFlow. TensorFlow's own runs on one thread.
//
//   LpipsResizeBilinearGrad      dx[h, w] = Σ dy[i, j] times the weight of x[h, w] in y[i, j]
//
// y[i, j] is made of the two rows and the two columns of x beside its place. The place of row i among the
// rows of x, and of columns likewise, is TensorFlow's, in float:
//
//   placing 0                    i · height / outHeight
//   placing 1, aligned corners   i · (height − 1) / (outHeight − 1)
//   placing 2, half pixels       (i + 1/2) · height / outHeight − 1/2
//
// A row of dx is the sum of whole rows of dy first, and goes from column to column only then. One thread
// computes it, so that its bits depend neither on the batch nor on the threads.
//
// Tensors are float32 [batch, height, width, channels].
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>

#include "operation.h"
#include "rows.h"

namespace {

using namespace lpips;

struct Resizing {
  const int64_t height, width; // of the result
  const int64_t placing;

  explicit Resizing(Attributes& attributes)
      : height(attributes.integer("height")),
        width(attributes.integer("width")),
        placing(attributes.integer("placing")) {}
};

// The two places of x between which a place of y lies, and the share of the upper one.
struct Neighbours {
  int64_t lower, upper;
  float share;
};

// Rows or columns of x and y.
class Axis {
 public:
  Axis(int64_t size, int64_t out, int64_t placing)
      : size_(size),
        out_(out),
        shift_(placing == 2 ? 0.5f : 0),
        scale_(placing == 1 && out > 1 ? static_cast<float>(size - 1) / static_cast<float>(out - 1)
                                       : static_cast<float>(size) / static_cast<float>(out)) {}

  Neighbours at(int64_t place) const {
    const float exact = (static_cast<float>(place) + shift_) * scale_ - shift_;
    const auto floor = static_cast<int64_t>(std::floor(exact)), ceiling = floor + (exact > floor);
    const int64_t lower = std::clamp<int64_t>(floor, 0, size_ - 1);
    return {lower, std::clamp<int64_t>(ceiling, lower, size_ - 1), exact - static_cast<float>(floor)};
  }

  // The first place of y whose upper neighbour is `place` or lies above it.
  int64_t firstAbove(int64_t place) const {
    int64_t first = 0, last = out_;
    while (first < last) {
      const int64_t middle = (first + last) / 2;
      if (at(middle).upper < place)
        first = middle + 1;
      else
        last = middle;
    }
    return first;
  }

  // The neighbours of every place, in scratch memory: null where the call fails for want of it. A function
  // that is compiled several times would round differently in each.
  const Neighbours* table(Call& call) const {
    constexpr int64_t kFloats = sizeof(Neighbours) / sizeof(float);
    auto* table = reinterpret_cast<Neighbours*>(call.scratch(out_ * kFloats));
    for (int64_t place = 0; table && place < out_; place++) new (table + place) Neighbours(at(place));
    return table;
  }

 private:
  const int64_t size_, out_;
  const float shift_, scale_;
};

// to += share · from
WIDEST void addLine(const float* from, float share, float* to, int64_t size) {
  for (int64_t i = 0; i < size; i++) to[i] += share * from[i];
}

// A line of dx, which is 0 before, from the sum of lines of dy.
WIDEST void gatherLine(const float* line, const Neighbours* columns, int64_t width, float* dx,
                       int64_t channels) {
  for (int64_t column = 0; column < width; column++, line += channels) {
    const auto [lower, upper, share] = columns[column];
    float *left = dx + lower * channels, *right = dx + upper * channels;
    for (int64_t c = 0; c < channels; c++) {
      const float toRight = share * line[c];
      left[c] += line[c] - toRight;
      right[c] += toRight;
    }
  }
}

bool areImages(Call& call, const Shape& shape, const Resizing& resizing) {
  return call.require(shape.axes() == 4 && shape.count() > 0,
                      "images must have four axes and not be empty") &&
         call.require(resizing.height > 0 && resizing.width > 0, "height and width must be positive") &&
         call.require(resizing.placing >= 0 && resizing.placing <= 2, "placing must be 0, 1 or 2");
}

void runResizeGrad(const Resizing& resizing, Call& call) {
  const Shape from(call.input(0));
  if (!areImages(call, from, resizing)) return;
  const int64_t outHeight = from[1], channels = from[3], height = resizing.height;
  const int64_t lineOfX = resizing.width * channels, lineOfY = from[2] * channels;
  const Axis rows(height, outHeight, resizing.placing);
  const int64_t outWidth = from[2];
  const Neighbours* columns = Axis(resizing.width, outWidth, resizing.placing).table(call);
  const int64_t lines = from[0] * height, size = lineOfX + outHeight * lineOfY / height;
  const float* dy = values(call.input(0));
  float* dx = call.output(0, {from[0], height, resizing.width, channels});
  float* scratch = call.scratch(partsOf(lines, size) * lineOfY);
  if (!call.isFine()) return;
  divide(lines, size, [&](int64_t first, int64_t last, int64_t part) {
    float* line = scratch + part * lineOfY;
    for (int64_t row = first; row < last; row++) {
      const int64_t place = row % height;
      const float* image = dy + row / height * outHeight * lineOfY;
      std::fill_n(line, lineOfY, 0.0f);
      for (int64_t i = rows.firstAbove(place); i < outHeight; i++) {
        const auto [lower, upper, share] = rows.at(i);
        if (lower > place) break;
        const float weight = (lower == place ? 1 - share : 0) + (upper == place ? share : 0);
        addLine(image + i * lineOfY, weight, line, lineOfY);
      }
      float* to = dx + row * lineOfX;
      std::fill_n(to, lineOfX, 0.0f);
      gatherLine(line, columns, outWidth, to, channels);
    }
  });
}

__attribute__((constructor)) void addBilinearGradient() {
  const std::vector<const char*> sizes = {"height: int", "width: int", "placing: int"};
  add<Resizing, &runResizeGrad>({"LpipsResizeBilinearGrad", {"dy: float"}, {"dx: float"}, sizes});
}

} // namespace
