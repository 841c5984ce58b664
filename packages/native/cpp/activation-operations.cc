// Activations, biases and their gradients as operations of TensorFlow. Each takes one pass over its inputs.
// Composed of TensorFlow's own, a swish takes two passes forward and eight in its gradient.
//
//   LpipsActivation              y = f(x)
//   LpipsBiasActivation          y = f(x + bias)
//   LpipsActivationGrad          dx = dy f'(x)
//   LpipsActivationBiasGrad      the same, and its sum over all axes but the last
//   LpipsBiasGrad                the sum of dy over all axes but the last
#include <algorithm>
#include <cstdint>

#include "activation.h"
#include "rows.h"

namespace lpips {
namespace {

// Numbers of a piece that a thread takes through all steps while it lies in the first cache.
constexpr int64_t kPiece = 2048;

// Rows of few channels do not fill the registers. So rows are treated in groups that are at least this wide.
constexpr int64_t kWide = 64;

// Rows of `channels` numbers, and groups of them.
struct Rows {
  const int64_t rows, channels;
  const int64_t inGroup = std::max<int64_t>(1, kWide / std::max<int64_t>(1, channels));
  const int64_t width = inGroup * channels;
  // Rows of a piece: whole groups.
  const int64_t inPiece = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, width)) * inGroup;

  explicit Rows(const Shape& shape)
      : rows(shape.count() / std::max<int64_t>(1, shape[shape.axes() - 1])),
        channels(shape[shape.axes() - 1]) {}

  int64_t parts() const { return partsOf(rows, channels); }

  // Calls work(offset, size, part) for every piece, a part of the rows on each thread.
  template <typename Work>
  void eachPiece(const Work& work) const {
    divide(rows, channels, [&](int64_t first, int64_t last, int64_t part) {
      for (int64_t row = first; row < last; row += inPiece) {
        work(row * channels, std::min(inPiece, last - row) * channels, part);
      }
    });
  }
};

// y = x + bias for numbers that begin with a group of rows; `bias` is as wide as a group.
WIDEST void addBias(const float* x, const float* bias, float* y, int64_t size, int64_t width) {
  for (; size > 0; size -= width, x += width, y += width) {
    for (int64_t i = 0; i < std::min(size, width); i++) y[i] = x[i] + bias[i];
  }
}

// sums += x, group by group. The piece is summed first: the error of a float's sum grows with its length.
WIDEST void addGroups(const float* x, int64_t size, int64_t width, float* ofPiece, float* sums) {
  std::fill_n(ofPiece, width, 0.0f);
  for (; size > 0; size -= width, x += width) {
    for (int64_t i = 0; i < std::min(size, width); i++) ofPiece[i] += x[i];
  }
  for (int64_t i = 0; i < width; i++) sums[i] += ofPiece[i];
}

// The sums over rows of several threads.
class BiasSums {
 public:
  BiasSums(Call& call, const Rows& rows)
      : rows_(rows),
        parts_(rows.parts()),
        memory_(call.scratch(std::max<int64_t>(1, parts_ * 2 * rows.width))) {
    if (memory_) std::fill_n(memory_, parts_ * 2 * rows.width, 0.0f);
  }

  void add(const float* x, int64_t size, int64_t part) const {
    float* sums = memory_ + part * 2 * rows_.width;
    addGroups(x, size, rows_.width, sums + rows_.width, sums);
  }

  void writeTo(float* bias) const {
    std::fill_n(bias, rows_.channels, 0.0f);
    for (int64_t part = 0; part < parts_; part++) {
      const float* sums = memory_ + part * 2 * rows_.width;
      for (int64_t i = 0; i < rows_.width; i++) bias[i % rows_.channels] += sums[i];
    }
  }

 private:
  const Rows rows_;
  const int64_t parts_;
  float* const memory_;
};

bool hasChannels(Call& call, const Shape& shape) {
  return call.require(shape.axes() > 0, "a tensor of channels must have an axis");
}

void runActivation(const Activation& activation, Call& call) {
  const Shape shape(call.input(0));
  if (!call.require(activation.isKnown(), kNoActivation)) return;
  const float* x = values(call.input(0));
  float* y = call.output(0, shape);
  if (!y) return;
  const int64_t pieces = (shape.count() + kPiece - 1) / kPiece;
  divide(pieces, kPiece, [&](int64_t first, int64_t last, int64_t) {
    const int64_t from = first * kPiece, to = std::min(last * kPiece, shape.count());
    activate(activation, x + from, y + from, to - from);
  });
}

void runBiasActivation(const Activation& activation, Call& call) {
  const Shape shape(call.input(0));
  if (!call.require(activation.isKnown(), kNoActivation) || !hasChannels(call, shape)) return;
  const Rows rows(shape);
  const bool fits = TF_TensorElementCount(call.input(1)) == rows.channels;
  if (!call.require(fits, "bias must hold one number for each channel")) return;
  const float *x = values(call.input(0)), *bias = values(call.input(1));
  float* y = call.output(0, shape);
  float* biases = call.scratch(std::max<int64_t>(1, rows.width));
  if (!y || !biases) return;
  for (int64_t i = 0; i < rows.width; i++) biases[i] = bias[i % rows.channels];
  rows.eachPiece([&](int64_t offset, int64_t size, int64_t) {
    addBias(x + offset, biases, y + offset, size, rows.width);
    activate(activation, y + offset, y + offset, size);
  });
}

template <bool sumsBias>
void runActivationGrad(const Activation& activation, Call& call) {
  const Shape shape(call.input(0));
  if (!call.require(activation.isKnown(), kNoActivation) || !hasChannels(call, shape)) return;
  if (!call.require(Shape(call.input(1)) == shape, "value must have the shape of dy")) return;
  const float *dy = values(call.input(0)), *value = values(call.input(1));
  const Rows rows(shape);
  float* dx = call.output(0, shape);
  if (!dx) return;
  if constexpr (sumsBias) {
    float* bias = call.output(1, {rows.channels});
    const BiasSums sums(call, rows);
    if (!call.isFine()) return;
    rows.eachPiece([&](int64_t offset, int64_t size, int64_t part) {
      activateGrad(activation, dy + offset, value + offset, dx + offset, size);
      sums.add(dx + offset, size, part);
    });
    sums.writeTo(bias);
  } else {
    rows.eachPiece([&](int64_t offset, int64_t size, int64_t) {
      activateGrad(activation, dy + offset, value + offset, dx + offset, size);
    });
  }
}

void runBiasGrad(const NoAttributes&, Call& call) {
  const Shape shape(call.input(0));
  if (!hasChannels(call, shape)) return;
  const Rows rows(shape);
  const float* dy = values(call.input(0));
  float* bias = call.output(0, {rows.channels});
  const BiasSums sums(call, rows);
  if (!call.isFine()) return;
  rows.eachPiece([&](int64_t offset, int64_t size, int64_t part) { sums.add(dy + offset, size, part); });
  sums.writeTo(bias);
}

__attribute__((constructor)) void addActivations() {
  const std::vector<const char*> attributes = {"activation: int", "alpha: float"};
  add<Activation, &runActivation>({"LpipsActivation", {"x: float"}, {"y: float"}, attributes});
  add<Activation, &runBiasActivation>(
      {"LpipsBiasActivation", {"x: float", "bias: float"}, {"y: float"}, attributes});
  add<Activation, &runActivationGrad<false>>(
      {"LpipsActivationGrad", {"dy: float", "value: float"}, {"dx: float"}, attributes});
  add<Activation, &runActivationGrad<true>>(
      {"LpipsActivationBiasGrad", {"dy: float", "value: float"}, {"dx: float", "bias: float"}, attributes});
  add<NoAttributes, &runBiasGrad>({"LpipsBiasGrad", {"dy: float"}, {"bias: float"}, {}});
}

} // namespace
} // namespace lpips
