// Steps of the LPIPS equation on rows of numbers, one row for each pixel, and what their operations share.
#ifndef LPIPS_EQUATION_ROWS_H_
#define LPIPS_EQUATION_ROWS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "operation.h"

namespace lpips::equation {

// A sum runs in so many lanes. They fill the registers, and the error of a sum grows with its length divided
// by them.
constexpr int64_t kLanes = 16;

struct Epsilon {
  const float epsilon;

  explicit Epsilon(Attributes& attributes) : epsilon(attributes.number("epsilon")) {}
};

struct EpsilonAndLeastNorm : Epsilon {
  const float leastNorm;

  explicit EpsilonAndLeastNorm(Attributes& attributes)
      : Epsilon(attributes), leastNorm(attributes.number("least_norm")) {}
};

// The mean of the numbers of an image's pixels, in their order.
inline float meanOf(const float* ofPixel, int64_t pixels) {
  double sum = 0;
  for (int64_t pixel = 0; pixel < pixels; pixel++) sum += ofPixel[pixel];
  return static_cast<float>(sum / pixels);
}

// The sum of the lanes, in pairs: a chain of additions would take longer than a pixel of few channels.
inline __attribute__((always_inline)) float sumOf(float* lanes) {
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

// Σ_c a_c b_c
inline __attribute__((always_inline)) float dot(const float* a, const float* b, int64_t size) {
  float lanes[kLanes] = {};
  int64_t c = 0;
  for (; c + kLanes <= size; c += kLanes) {
    for (int64_t lane = 0; lane < kLanes; lane++) lanes[lane] += a[c + lane] * b[c + lane];
  }
  float sum = sumOf(lanes);
  for (; c < size; c++) sum += a[c] * b[c];
  return sum;
}

WIDEST inline void unitNormalize(const float* x, float* u, float* r, int64_t rows, int64_t size,
                                 float epsilon) {
  for (int64_t row = 0; row < rows; row++, x += size, u += size) {
    r[row] = std::sqrt(dot(x, x, size));
    const float length = r[row] + epsilon;
    for (int64_t c = 0; c < size; c++) u[c] = x[c] / length;
  }
}

WIDEST inline void unitNormalizeGrad(const float* dy, const float* u, const float* r, float* dx, int64_t rows,
                                     int64_t size, float epsilon, float leastNorm) {
  for (int64_t row = 0; row < rows; row++, dy += size, u += size, dx += size) {
    const float length = r[row] + epsilon;
    const float along = dot(dy, u, size) * (length / std::max(r[row], leastNorm));
    const float scale = r[row] > 0 ? 1 / length : 0;
    for (int64_t c = 0; c < size; c++) dx[c] = (dy[c] - u[c] * along) * scale;
  }
}

WIDEST inline void head(const float* u, const float* v, const float* weights, float* y, int64_t rows,
                        int64_t size) {
  for (int64_t row = 0; row < rows; row++, u += size, v += size) {
    float lanes[kLanes] = {};
    int64_t c = 0;
    for (; c + kLanes <= size; c += kLanes) {
      for (int64_t lane = 0; lane < kLanes; lane++) {
        const float difference = u[c + lane] - v[c + lane];
        lanes[lane] += weights[c + lane] * (difference * difference);
      }
    }
    float sum = sumOf(lanes);
    for (; c < size; c++) sum += weights[c] * ((u[c] - v[c]) * (u[c] - v[c]));
    y[row] = sum;
  }
}

// y = Σ_c w_c (û − v̂)_c², with the bits that `unitNormalize` and then `head` give it.
WIDEST inline void unitDifference(const float* f, const float* g, const float* weights, float* y,
                                  int64_t rows, int64_t size, float epsilon) {
  for (int64_t row = 0; row < rows; row++, f += size, g += size) {
    const float ofF = std::sqrt(dot(f, f, size)) + epsilon, ofG = std::sqrt(dot(g, g, size)) + epsilon;
    float lanes[kLanes] = {};
    int64_t c = 0;
    for (; c + kLanes <= size; c += kLanes) {
      for (int64_t lane = 0; lane < kLanes; lane++) {
        const float difference = f[c + lane] / ofF - g[c + lane] / ofG;
        lanes[lane] += weights[c + lane] * (difference * difference);
      }
    }
    float sum = sumOf(lanes);
    for (; c < size; c++) {
      const float difference = f[c] / ofF - g[c] / ofG;
      sum += weights[c] * (difference * difference);
    }
    y[row] = sum;
  }
}

WIDEST inline void headGrad(const float* dy, const float* u, const float* v, const float* weights, float* du,
                            int64_t rows, int64_t size) {
  for (int64_t row = 0; row < rows; row++, u += size, v += size, du += size) {
    const float slope = 2 * dy[row];
    for (int64_t c = 0; c < size; c++) du[c] = (u[c] - v[c]) * (weights[c] * slope);
  }
}

} // namespace lpips::equation

#endif
