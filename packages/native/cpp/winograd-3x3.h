// Winograd's minimal filtering F(2x2, 3x3): 16 multiplications for 2x2 pixels, where the plain sum takes 36.
// See winograd.cc for the letters. The result is as exact as the plain sum.
//
//        | 1  0 −1  0 |        | 1    0   0  |
//   Bᵀ = | 0  1  1  0 |    G = | 1/2  1/2 1/2|    Aᵀ = | 1  1  1  0 |
//        | 0 −1  1  0 |        | 1/2 −1/2 1/2|         | 0  1 −1 −1 |
//        | 0  1  0 −1 |        | 0    0   1  |
#ifndef LPIPS_WINOGRAD_3X3_H_
#define LPIPS_WINOGRAD_3X3_H_

#include <cstdint>

#include "operation.h"
#include "products.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips::filtering3x3 {

constexpr int64_t kSide = 4; // of a tile

// G g Gᵀ of kLanes columns of one input channel. Taps of the filter are `tap` numbers apart, places `place`.
WIDEST inline void transformLanes(const float* filter, int64_t tap, float* to, int64_t place) {
  double half[4][3][kLanes]; // G g
  for (int64_t b = 0; b < 3; b++) {
    const float *g0 = filter + b * tap, *g1 = g0 + 3 * tap, *g2 = g1 + 3 * tap;
    for (int64_t o = 0; o < kLanes; o++) {
      const double first = g0[o], second = g1[o], third = g2[o];
      half[0][b][o] = first;
      half[1][b][o] = (first + second + third) / 2;
      half[2][b][o] = (first - second + third) / 2;
      half[3][b][o] = third;
    }
  }
  for (int64_t a = 0; a < 4; a++, to += 4 * place) {
    for (int64_t o = 0; o < kLanes; o++) {
      const double first = half[a][0][o], second = half[a][1][o], third = half[a][2][o];
      to[o] = static_cast<float>(first);
      to[place + o] = static_cast<float>((first + second + third) / 2);
      to[2 * place + o] = static_cast<float>((first - second + third) / 2);
      to[3 * place + o] = static_cast<float>(third);
    }
  }
}

// v = Bᵀ d B of the 16 pixels d. Places are `gap` numbers apart.
WIDEST inline void transformTile(const float* const* d, float* v, int64_t gap, int64_t in) {
  for (int64_t c = 0; c < in; c += kLanes) {
    Lanes half[4][4]; // Bᵀ d
#pragma GCC unroll 4
    for (int b = 0; b < 4; b++) {
      const Lanes d0 = lanesAt(d[b] + c), d1 = lanesAt(d[4 + b] + c), d2 = lanesAt(d[8 + b] + c),
                  d3 = lanesAt(d[12 + b] + c);
      half[0][b] = d0 - d2;
      half[1][b] = d1 + d2;
      half[2][b] = d2 - d1;
      half[3][b] = d1 - d3;
    }
#pragma GCC unroll 4
    for (int a = 0; a < 4; a++) {
      float* place = v + a * 4 * gap + c;
      lanesAt(place) = half[a][0] - half[a][2];
      lanesAt(place + gap) = half[a][1] + half[a][2];
      lanesAt(place + 2 * gap) = half[a][2] - half[a][1];
      lanesAt(place + 3 * gap) = half[a][1] - half[a][3];
    }
  }
}

// y = max(Aᵀ m A + bias, least), four pixels; bias may be null.
WIDEST inline void finishTile(const float* m, int64_t gap, float* const* y, int64_t out, const float* bias,
                              float least) {
  const Lanes leasts = Lanes{} + least;
  for (int64_t c = 0; c < out; c += kLanes) {
    Lanes half[2][4]; // Aᵀ m
#pragma GCC unroll 4
    for (int b = 0; b < 4; b++) {
      const float* place = m + b * gap + c;
      const Lanes m0 = lanesAt(place), m1 = lanesAt(place + 4 * gap), m2 = lanesAt(place + 8 * gap),
                  m3 = lanesAt(place + 12 * gap);
      half[0][b] = m0 + m1 + m2;
      half[1][b] = m1 - m2 - m3;
    }
    const Lanes biases = bias ? lanesAt(bias + c) : Lanes{};
#pragma GCC unroll 2
    for (int a = 0; a < 2; a++) {
      const Lanes left = half[a][0] + half[a][1] + half[a][2] + biases;
      const Lanes right = half[a][1] - half[a][2] - half[a][3] + biases;
      lanesAt(y[2 * a] + c) = left < leasts ? leasts : left; // as written, NaN stays NaN
      lanesAt(y[2 * a + 1] + c) = right < leasts ? leasts : right;
    }
  }
}

// e = A dy Aᵀ of the 4 pixels dy. Places are `gap` numbers apart.
WIDEST inline void spreadTile(const float* const* dy, float* e, int64_t gap, int64_t out) {
  for (int64_t c = 0; c < out; c += kLanes) {
    Lanes half[4][2]; // A dy
#pragma GCC unroll 2
    for (int b = 0; b < 2; b++) {
      const Lanes upper = lanesAt(dy[b] + c), lower = lanesAt(dy[2 + b] + c);
      half[0][b] = upper;
      half[1][b] = upper + lower;
      half[2][b] = upper - lower;
      half[3][b] = -lower;
    }
#pragma GCC unroll 4
    for (int a = 0; a < 4; a++) {
      float* place = e + a * 4 * gap + c;
      lanesAt(place) = half[a][0];
      lanesAt(place + gap) = half[a][0] + half[a][1];
      lanesAt(place + 2 * gap) = half[a][0] - half[a][1];
      lanesAt(place + 3 * gap) = -half[a][1];
    }
  }
}

// dw = Gᵀ s G of a row of channels. Places are `gap` numbers apart, taps of the filter `tap`.
WIDEST inline void gatherTaps(const float* s, int64_t gap, float* dw, int64_t tap, int64_t out) {
  for (int64_t c = 0; c < out; c += kLanes) {
    Lanes half[3][4]; // Gᵀ s
#pragma GCC unroll 4
    for (int b = 0; b < 4; b++) {
      const float* place = s + b * gap + c;
      const Lanes s0 = lanesAt(place), s1 = lanesAt(place + 4 * gap), s2 = lanesAt(place + 8 * gap),
                  s3 = lanesAt(place + 12 * gap);
      half[0][b] = s0 + 0.5f * (s1 + s2);
      half[1][b] = 0.5f * (s1 - s2);
      half[2][b] = 0.5f * (s1 + s2) + s3;
    }
#pragma GCC unroll 3
    for (int a = 0; a < 3; a++) {
      const Lanes both = 0.5f * (half[a][1] + half[a][2]);
      float* to = dw + 3 * a * tap + c;
      lanesAt(to) = half[a][0] + both;
      lanesAt(to + tap) = 0.5f * (half[a][1] - half[a][2]);
      lanesAt(to + 2 * tap) = both + half[a][3];
    }
  }
}

} // namespace lpips::filtering3x3

#endif
#endif
