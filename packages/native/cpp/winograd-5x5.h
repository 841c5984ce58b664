// Winograd's minimal filtering F(2x2, 5x5): 36 multiplications for 2x2 pixels, where the plain sum takes 100.
// See winograd.cc for the letters.
//
// It interpolates a polynomial, after Toom and Cook, at 0, a, −a, b, −b and infinity. With 1 and 2, which are
// common there, the error is twice that of a = 5/8 and b = 3/2, which are exact in float with all their
// products. Against double the result is then off by 6e-7 (root mean square, relative), where plain sums are
// off by 2e-7.
//
//        | a²b²   0   −a²−b²    0     1  0 |        | 1/(a²b²)                            |
//        |  0   −ab²   −b²      a     1  0 |        | (1,  a, a²,  a³, a⁴)/(2a²(a²−b²))   |
//   Bᵀ = |  0    ab²   −b²     −a     1  0 |    G = | (1, −a, a², −a³, a⁴)/(2a²(a²−b²))   |
//        |  0   −a²b   −a²      b     1  0 |        | (1,  b, b²,  b³, b⁴)/(2b²(b²−a²))   |
//        |  0    a²b   −a²     −b     1  0 |        | (1, −b, b², −b³, b⁴)/(2b²(b²−a²))   |
//        |  0   a²b²     0   −a²−b²   0  1 |        |                                   1 |
//
//        | 1  1   1  1   1  0 |
//   Aᵀ = | 0  a  −a  b  −b  1 |
#ifndef LPIPS_WINOGRAD_5X5_H_
#define LPIPS_WINOGRAD_5X5_H_

#include <cstdint>

#include "operation.h"
#include "products.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips::filtering5x5 {

constexpr int64_t kSide = 6; // of a tile
constexpr double kA = 0.625, kA2 = kA * kA, kB = 1.5, kB2 = kB * kB;

// G times five numbers.
inline __attribute__((always_inline)) void spread(const double (&g)[5], double (&to)[kSide]) {
  constexpr double kRowA = 1 / (2 * kA2 * (kA2 - kB2)), kRowB = 1 / (2 * kB2 * (kB2 - kA2));
  const double evenA = (g[0] + kA2 * (g[2] + kA2 * g[4])) * kRowA, oddA = kA * (g[1] + kA2 * g[3]) * kRowA;
  const double evenB = (g[0] + kB2 * (g[2] + kB2 * g[4])) * kRowB, oddB = kB * (g[1] + kB2 * g[3]) * kRowB;
  to[0] = g[0] / (kA2 * kB2);
  to[1] = evenA + oddA;
  to[2] = evenA - oddA;
  to[3] = evenB + oddB;
  to[4] = evenB - oddB;
  to[5] = g[4];
}

// G g Gᵀ of kLanes columns of one input channel. Taps of the filter are `tap` numbers apart, places `place`.
WIDEST inline void transformLanes(const float* filter, int64_t tap, float* to, int64_t place) {
  double half[kSide][5][kLanes]; // G g
  for (int64_t b = 0; b < 5; b++) {
    const float *g0 = filter + b * tap, *g1 = g0 + 5 * tap, *g2 = g1 + 5 * tap, *g3 = g2 + 5 * tap,
                *g4 = g3 + 5 * tap;
    for (int64_t o = 0; o < kLanes; o++) {
      double column[kSide];
      spread({g0[o], g1[o], g2[o], g3[o], g4[o]}, column);
#pragma GCC unroll 6
      for (int64_t a = 0; a < kSide; a++) half[a][b][o] = column[a];
    }
  }
  for (int64_t a = 0; a < kSide; a++, to += kSide * place) {
    for (int64_t o = 0; o < kLanes; o++) {
      double row[kSide];
      spread({half[a][0][o], half[a][1][o], half[a][2][o], half[a][3][o], half[a][4][o]}, row);
#pragma GCC unroll 6
      for (int64_t b = 0; b < kSide; b++) to[b * place + o] = static_cast<float>(row[b]);
    }
  }
}

// Bᵀ times six registers, which are `step` registers apart, as are the results.
inline __attribute__((always_inline)) void transform(const Lanes* d, int step, Lanes* to, int stepTo) {
  constexpr float a = kA, a2 = kA2, b = kB, b2 = kB2;
  const Lanes d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  const Lanes evenA = d4 - b2 * d2, oddA = a * (d3 - b2 * d1);
  const Lanes evenB = d4 - a2 * d2, oddB = b * (d3 - a2 * d1);
  to[0] = a2 * b2 * d[0] + (d4 - (a2 + b2) * d2);
  to[stepTo] = evenA + oddA;
  to[2 * stepTo] = evenA - oddA;
  to[3 * stepTo] = evenB + oddB;
  to[4 * stepTo] = evenB - oddB;
  to[5 * stepTo] = a2 * b2 * d1 + (d[5 * step] - (a2 + b2) * d3);
}

// v = Bᵀ d B of the 36 pixels d. Places are `gap` numbers apart.
WIDEST inline void transformTile(const float* const* d, float* v, int64_t gap, int64_t in) {
  for (int64_t c = 0; c < in; c += kLanes) {
    Lanes half[kSide][kSide]; // Bᵀ d
    for (int b = 0; b < kSide; b++) {
      Lanes column[kSide];
#pragma GCC unroll 6
      for (int a = 0; a < kSide; a++) column[a] = lanesAt(d[a * kSide + b] + c);
      transform(column, 1, &half[0][b], kSide);
    }
    for (int a = 0; a < kSide; a++) {
      Lanes row[kSide];
      transform(half[a], 1, row, 1);
#pragma GCC unroll 6
      for (int b = 0; b < kSide; b++) lanesAt(v + (a * kSide + b) * gap + c) = row[b];
    }
  }
}

// Aᵀ times six registers.
inline __attribute__((always_inline)) void combine(const Lanes (&m)[kSide], Lanes& first, Lanes& second) {
  constexpr float a = kA, b = kB;
  first = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
  second = a * (m[1] - m[2]) + b * (m[3] - m[4]) + m[5];
}

// y = max(Aᵀ m A + bias, least), four pixels; bias may be null.
WIDEST inline void finishTile(const float* m, int64_t gap, float* const* y, int64_t out, const float* bias,
                              float least) {
  const Lanes leasts = Lanes{} + least;
  for (int64_t c = 0; c < out; c += kLanes) {
    Lanes half[2][kSide]; // Aᵀ m
#pragma GCC unroll 6
    for (int b = 0; b < kSide; b++) {
      Lanes column[kSide];
#pragma GCC unroll 6
      for (int a = 0; a < kSide; a++) column[a] = lanesAt(m + (a * kSide + b) * gap + c);
      combine(column, half[0][b], half[1][b]);
    }
    const Lanes biases = bias ? lanesAt(bias + c) : Lanes{};
#pragma GCC unroll 2
    for (int a = 0; a < 2; a++) {
      Lanes left, right;
      combine(half[a], left, right);
      left += biases;
      right += biases;
      lanesAt(y[2 * a] + c) = left < leasts ? leasts : left; // as written, NaN stays NaN
      lanesAt(y[2 * a + 1] + c) = right < leasts ? leasts : right;
    }
  }
}

} // namespace lpips::filtering5x5

#endif
#endif
