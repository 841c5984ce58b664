// Activation functions and their slopes.
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

namespace lpips {
namespace {

#define ALWAYS_INLINE __attribute__((always_inline))

// The functions for kTogether numbers at once.
template <int64_t kTogether>
struct Together {
  typedef float Floats __attribute__((vector_size(4 * kTogether)));
  typedef int32_t Integers __attribute__((vector_size(4 * kTogether)));

  ALWAYS_INLINE static inline void load(const float* from, Floats& to) { std::memcpy(&to, from, sizeof(to)); }
  ALWAYS_INLINE static inline void store(const Floats& from, float* to) {
    std::memcpy(to, &from, sizeof(from));
  }

  // x becomes eˣ, to 2 units in the last place, as 2ⁿ times a polynomial in the rest (Cephes, expf). Beyond
  // the range of float the result stays at its ends.
  ALWAYS_INLINE static inline void exponentiate(Floats& x) {
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
  ALWAYS_INLINE static inline void sigmoid(Floats& x) {
    x = -x;
    exponentiate(x);
    x = 1.0f / (1.0f + x);
  }

  // Near 0 by a polynomial (Cephes, tanhf), since the quotient of exponentials loses all digits there.
  ALWAYS_INLINE static inline void hyperbolicTangent(Floats& x) {
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
  ALWAYS_INLINE static inline void exponentiateMinusOne(Floats& x) {
    x = x * 0.5f;
    hyperbolicTangent(x);
    x = 2.0f * x / (1.0f - x);
  }

  template <typename Each>
  ALWAYS_INLINE static inline void forEach(const float* x, float* y, int64_t size, const Each& each) {
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
  ALWAYS_INLINE static inline void forEach(const float* dy, const float* value, float* dx, int64_t size,
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

  // Comparisons are written so that NaN stays NaN.
  ALWAYS_INLINE static inline void activate(const Activation& activation, const float* x, float* y,
                                            int64_t size) {
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

  ALWAYS_INLINE static inline void activateGrad(const Activation& activation, const float* dy,
                                                const float* value, float* dx, int64_t size) {
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
        return forEach(dy, value, dx, size,
                       [&](Floats& d, const Floats& y) ALWAYS_INLINE { d = y > zero ? d : d * (y + 1.0f); });
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
};

// Compilers compare no wider registers than these without AVX-512 other than number by number.
using Narrow = Together<8>;

WIDEST void activateNarrow(const Activation& activation, const float* x, float* y, int64_t size) {
  Narrow::activate(activation, x, y, size);
}

WIDEST void activateGradNarrow(const Activation& activation, const float* dy, const float* value, float* dx,
                               int64_t size) {
  Narrow::activateGrad(activation, dy, value, dx, size);
}

#if defined(__x86_64__) && defined(__GNUC__)

using Wide = Together<16>;

__attribute__((target("avx512f"))) void activateWide(const Activation& activation, const float* x, float* y,
                                                     int64_t size) {
  Wide::activate(activation, x, y, size);
}

__attribute__((target("avx512f"))) void activateGradWide(const Activation& activation, const float* dy,
                                                         const float* value, float* dx, int64_t size) {
  Wide::activateGrad(activation, dy, value, dx, size);
}

bool isWide() {
  static const bool isWide = __builtin_cpu_supports("avx512f");
  return isWide;
}

#else

constexpr auto activateWide = activateNarrow;
constexpr auto activateGradWide = activateGradNarrow;
bool isWide() { return false; }

#endif

} // namespace

void activate(const Activation& activation, const float* x, float* y, int64_t size) {
  (isWide() ? activateWide : activateNarrow)(activation, x, y, size);
}

void activateGrad(const Activation& activation, const float* dy, const float* value, float* dx,
                  int64_t size) {
  (isWide() ? activateGradWide : activateGradNarrow)(activation, dy, value, dx, size);
}

} // namespace lpips
