// Activations, biases and their gradients as operations of TensorFlow. Each takes one pass over its inputs.
// Composed of TensorFlow's own, a swish takes two passes forward and eight in its gradient.
//
//   LpipsActivation              y = f(x)
//   LpipsBiasActivation          y = f(x + bias)
//   LpipsActivationGrad          dx = dy f'(x)
//   LpipsActivationBiasGrad      the same, and its sum over all axes but the last
//   LpipsBiasGrad                the sum of dy over all axes but the last
//
//   relu      max(x, 0)                        f' = 1 where y > 0, else 0
//   relu6     min(max(x, 0), 6)                f' = 1 where 0 < y < 6, else 0
//   swish     x σ(x)                           f' = σ(x) (1 + x (1 − σ(x)))
//   elu       x where x > 0, else eˣ − 1       f' = 1 where y > 0, else y + 1
//   leakyRelu x where x > 0, else α x          f' = 1 where y > 0, else α
//   sigmoid   σ(x) = 1 / (1 + e⁻ˣ)             f' = y (1 − y)
//   tanh                                       f' = 1 − y²
//
// A NaN in x gives NaN in y.
#include "activation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "rows.h"

namespace lpips {
namespace {

#define ALWAYS_INLINE __attribute__((always_inline))

// Numbers that are computed at once. Compilers compare no wider registers than these without AVX-512 other than
// number by number.
constexpr int64_t kTogether = 8;
typedef float Floats __attribute__((vector_size(4 * kTogether)));
typedef int32_t Integers __attribute__((vector_size(4 * kTogether)));

ALWAYS_INLINE inline void load(const float* from, Floats& to) { std::memcpy(&to, from, sizeof(to)); }
ALWAYS_INLINE inline void store(const Floats& from, float* to) { std::memcpy(to, &from, sizeof(from)); }

// x becomes eˣ, to 2 units in the last place, as 2ⁿ times a polynomial in the rest (Cephes, expf). Beyond the
// range of float the result stays at its ends.
ALWAYS_INLINE inline void exponentiate(Floats& x) {
  const Floats most = Floats{} + 88.0f, least = Floats{} - 87.0f;
  x = x > most ? most : x; // as written, NaN stays NaN
  x = x < least ? least : x;
  constexpr float kRound = 12582912.0f; // 1.5 · 2²³: what is added to it loses its fraction
  const Floats shifted = x * 1.44269504f + kRound;
  const Floats n = shifted - kRound;
  const Floats r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  Integers power;
  std::memcpy(&power, &shifted, sizeof(power));
  power = (power + 127) << 23; // n stands in the lowest bits
  Floats scale;
  std::memcpy(&scale, &power, sizeof(scale));
  x = p * scale;
}

// x becomes σ(x).
ALWAYS_INLINE inline void sigmoid(Floats& x) {
  x = -x;
  exponentiate(x);
  x = 1.0f / (1.0f + x);
}

// Near 0 by a polynomial (Cephes, tanhf), since the quotient of exponentials loses all digits there.
ALWAYS_INLINE inline void hyperbolicTangent(Floats& x) {
  const Floats square = x * x, border = Floats{} + 0.390625f;
  Floats p = square * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  p = p * square * x + x;
  x = x * 2.0f;
  exponentiate(x);
  x = 1.0f - 2.0f / (x + 1.0f);
  x = square < border ? p : x;
}

// x becomes eˣ − 1, with all digits near 0, where it is at most 0.
ALWAYS_INLINE inline void exponentiateMinusOne(Floats& x) {
  x = x * 0.5f;
  hyperbolicTangent(x);
  x = 2.0f * x / (1.0f - x);
}

template <typename Each>
ALWAYS_INLINE inline void forEach(const float* x, float* y, int64_t size, const Each& each) {
  int64_t i = 0;
  Floats v = {};
  for (; i + kTogether <= size; i += kTogether) {
    load(x + i, v);
    each(v);
    store(v, y + i);
  }
  if (i == size) return;
  std::memcpy(&v, x + i, sizeof(float) * (size - i));
  each(v);
  std::memcpy(y + i, &v, sizeof(float) * (size - i));
}

// `each` turns dy into dx.
template <typename Each>
ALWAYS_INLINE inline void forEach(const float* dy, const float* value, float* dx, int64_t size,
                                  const Each& each) {
  int64_t i = 0;
  Floats d = {}, v = {};
  for (; i + kTogether <= size; i += kTogether) {
    load(dy + i, d);
    load(value + i, v);
    each(d, v);
    store(d, dx + i);
  }
  if (i == size) return;
  std::memcpy(&d, dy + i, sizeof(float) * (size - i));
  std::memcpy(&v, value + i, sizeof(float) * (size - i));
  each(d, v);
  std::memcpy(dx + i, &d, sizeof(float) * (size - i));
}

} // namespace

// Comparisons are written so that NaN stays NaN.
WIDEST void activate(const Activation& activation, const float* x, float* y, int64_t size) {
  const Floats zero = {}, six = zero + 6.0f, alpha = zero + activation.alpha;
  switch (activation.function) {
    case Function::relu:
      return forEach(x, y, size, [&](Floats& x) ALWAYS_INLINE { x = x < zero ? zero : x; });
    case Function::relu6:
      return forEach(x, y, size, [&](Floats& x) ALWAYS_INLINE {
        x = x < zero ? zero : x;
        x = x > six ? six : x;
      });
    case Function::swish:
      return forEach(x, y, size, [](Floats& x) ALWAYS_INLINE {
        Floats s = x;
        sigmoid(s);
        x = x * s;
      });
    case Function::elu:
      return forEach(x, y, size, [&](Floats& x) ALWAYS_INLINE {
        Floats below = x < zero ? x : zero;
        exponentiateMinusOne(below);
        x = x < zero ? below : x;
      });
    case Function::leakyRelu:
      return forEach(x, y, size, [&](Floats& x) ALWAYS_INLINE { x = x < zero ? alpha * x : x; });
    case Function::sigmoid:
      return forEach(x, y, size, [](Floats& x) ALWAYS_INLINE { sigmoid(x); });
    case Function::tanh:
      return forEach(x, y, size, [](Floats& x) ALWAYS_INLINE { hyperbolicTangent(x); });
    default:
      if (y != x) std::copy_n(x, size, y);
  }
}

WIDEST void activateGrad(const Activation& activation, const float* dy, const float* value, float* dx,
                         int64_t size) {
  const Floats zero = {}, six = zero + 6.0f, alpha = zero + activation.alpha;
  switch (activation.function) {
    case Function::relu:
      return forEach(dy, value, dx, size,
                     [&](Floats& d, const Floats& y) ALWAYS_INLINE { d = y > zero ? d : zero; });
    case Function::relu6:
      return forEach(dy, value, dx, size, [&](Floats& d, const Floats& y) ALWAYS_INLINE {
        d = y > zero ? d : zero;
        d = y < six ? d : zero;
      });
    case Function::swish:
      return forEach(dy, value, dx, size, [](Floats& d, const Floats& x) ALWAYS_INLINE {
        Floats s = x;
        sigmoid(s);
        d = d * (s * (1.0f + x * (1.0f - s)));
      });
    case Function::elu:
      return forEach(dy, value, dx, size, [&](Floats& d, const Floats& y) ALWAYS_INLINE {
        d = y > zero ? d : d * (y + 1.0f);
      });
    case Function::leakyRelu:
      return forEach(dy, value, dx, size,
                     [&](Floats& d, const Floats& y) ALWAYS_INLINE { d = y > zero ? d : alpha * d; });
    case Function::sigmoid:
      return forEach(dy, value, dx, size,
                     [](Floats& d, const Floats& y) ALWAYS_INLINE { d = d * (y * (1.0f - y)); });
    case Function::tanh:
      return forEach(dy, value, dx, size,
                     [](Floats& d, const Floats& y) ALWAYS_INLINE { d = d * (1.0f - y * y); });
    default:
      if (dx != dy) std::copy_n(dy, size, dx);
  }
}

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
      : rows_(rows), parts_(rows.parts()), memory_(call.scratch(std::max<int64_t>(1, parts_ * 2 * rows.width))) {
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
  rows.eachPiece(
      [&](int64_t offset, int64_t size, int64_t part) { sums.add(dy + offset, size, part); });
  sums.writeTo(bias);
}

__attribute__((constructor)) void addActivations() {
  const std::vector<const char*> attributes = {"activation: int", "alpha: float"};
  add<Activation, &runActivation>({"LpipsActivation", {"x: float"}, {"y: float"}, attributes});
  add<Activation, &runBiasActivation>(
      {"LpipsBiasActivation", {"x: float", "bias: float"}, {"y: float"}, attributes});
  add<Activation, &runActivationGrad<false>>(
      {"LpipsActivationGrad", {"dy: float", "value: float"}, {"dx: float"}, attributes});
  add<Activation, &runActivationGrad<true>>({"LpipsActivationBiasGrad",
                                             {"dy: float", "value: float"},
                                             {"dx: float", "bias: float"},
                                             attributes});
  add<NoAttributes, &runBiasGrad>({"LpipsBiasGrad", {"dy: float"}, {"bias: float"}, {}});
}

} // namespace
} // namespace lpips
