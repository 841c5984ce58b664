// Products of matrices in the registers of the processor. Our convolutions are made of them.
#ifndef LPIPS_PRODUCTS_H_
#define LPIPS_PRODUCTS_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "span.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips {

constexpr int64_t kLanes = 16; // numbers in the widest register
constexpr int64_t kPanel = 32; // columns of b that a product takes at once; half a panel has kLanes
// Terms in one sum. The error of a sum grows with its length, and so much of a panel stays in the first
// cache.
constexpr int64_t kDepth = 128;

typedef float Lanes __attribute__((vector_size(4 * kLanes), may_alias));
typedef float LanesAnywhere __attribute__((vector_size(4 * kLanes), may_alias, aligned(4)));
typedef float HalfLanes __attribute__((vector_size(2 * kLanes), may_alias));

struct alignas(4 * kLanes) Line {
  float lanes[kLanes];
};

// The kLanes numbers at an address that need not be aligned. This is a reference, because how such a register
// is passed by value depends on the processor that a function is compiled for.
inline const LanesAnywhere& lanesAt(const float* from) {
  return *reinterpret_cast<const LanesAnywhere*>(from);
}
inline LanesAnywhere& lanesAt(float* to) { return *reinterpret_cast<LanesAnywhere*>(to); }

// c = a b, or c += a b where it `adds`, for kRows rows of a and the columns of b that fill kRegisters
// registers. All sums stay in registers. If it `kFetches`, what follows b in memory is fetched meanwhile, for
// the next product: that pays where b is too large for the cache.
template <typename Register, int kRows, int kRegisters, bool kFetches>
inline __attribute__((always_inline)) void multiply(const float* a, int64_t rowOfA, const float* b,
                                                    int64_t rowOfB, int64_t depth, float* c, int64_t rowOfC,
                                                    bool adds) {
  constexpr int64_t kWidth = sizeof(Register) / sizeof(float);
  Register sums[kRows][kRegisters] = {};
  for (int64_t k = 0; k < depth; k++, b += rowOfB) {
    if (kFetches) __builtin_prefetch(b + depth * rowOfB, 0, 2);
    Register columns[kRegisters];
#pragma GCC unroll 2
    for (int i = 0; i < kRegisters; i++) columns[i] = *reinterpret_cast<const Register*>(b + i * kWidth);
#pragma GCC unroll 12
    for (int row = 0; row < kRows; row++) {
#pragma GCC unroll 2
      for (int i = 0; i < kRegisters; i++) sums[row][i] += a[row * rowOfA + k] * columns[i];
    }
  }
#pragma GCC unroll 12
  for (int row = 0; row < kRows; row++) {
#pragma GCC unroll 2
    for (int i = 0; i < kRegisters; i++) {
      auto* to = reinterpret_cast<Register*>(c + row * rowOfC + i * kWidth);
      *to = adds ? *to + sums[row][i] : sums[row][i];
    }
  }
}

// c = a b, or c += a b where it `adds`, for a panel b of kColumns columns, a multiple of kLanes.
template <int kRows, int kColumns, bool kFetches = false>
__attribute__((target("avx512f"))) void multiplyWide(const float* a, int64_t rowOfA, const float* b,
                                                     int64_t depth, float* c, int64_t rowOfC, bool adds) {
  multiply<Lanes, kRows, kColumns / kLanes, kFetches>(a, rowOfA, b, kColumns, depth, c, rowOfC, adds);
}

template <int kRows, int kColumns, bool kFetches = false>
__attribute__((target("avx2,fma"))) void multiplyNarrow(const float* a, int64_t rowOfA, const float* b,
                                                        int64_t depth, float* c, int64_t rowOfC, bool adds) {
  for (int64_t column = 0; column < kColumns; column += kLanes) {
    multiply<HalfLanes, kRows, 2, kFetches>(a, rowOfA, b + column, kColumns, depth, c + column, rowOfC, adds);
  }
}

// c += a b for kRows rows that lie anywhere: of each row of a the numbers from `first` on, and each row of c.
// What follows b in memory is fetched meanwhile, for the next product.
template <typename Register, int kRows, int kRegisters>
inline __attribute__((always_inline)) void multiplyListed(const float* const* a, int64_t first,
                                                          const float* b, int64_t rowOfB, int64_t depth,
                                                          float* const* c, int64_t column) {
  constexpr int64_t kWidth = sizeof(Register) / sizeof(float);
  const float* rows[kRows];
#pragma GCC unroll 12
  for (int row = 0; row < kRows; row++) rows[row] = a[row] + first;
  Register sums[kRows][kRegisters] = {};
  for (int64_t k = 0; k < depth; k++, b += rowOfB) {
    __builtin_prefetch(b + depth * rowOfB, 0, 2);
    Register columns[kRegisters];
#pragma GCC unroll 2
    for (int i = 0; i < kRegisters; i++) columns[i] = *reinterpret_cast<const Register*>(b + i * kWidth);
#pragma GCC unroll 12
    for (int row = 0; row < kRows; row++) {
#pragma GCC unroll 2
      for (int i = 0; i < kRegisters; i++) sums[row][i] += rows[row][k] * columns[i];
    }
  }
#pragma GCC unroll 12
  for (int row = 0; row < kRows; row++) {
#pragma GCC unroll 2
    for (int i = 0; i < kRegisters; i++) {
      *reinterpret_cast<Register*>(c[row] + column + i * kWidth) += sums[row][i];
    }
  }
}

template <int kRows, int kColumns>
__attribute__((target("avx512f"))) void multiplyListedWide(const float* const* a, int64_t first,
                                                           const float* b, int64_t depth, float* const* c) {
  multiplyListed<Lanes, kRows, kColumns / kLanes>(a, first, b, kColumns, depth, c, 0);
}

template <int kRows, int kColumns>
__attribute__((target("avx2,fma"))) void multiplyListedNarrow(const float* const* a, int64_t first,
                                                              const float* b, int64_t depth,
                                                              float* const* c) {
  for (int64_t column = 0; column < kColumns; column += kLanes) {
    multiplyListed<HalfLanes, kRows, 2>(a, first, b + column, kColumns, depth, c, column);
  }
}

// The numbers of some pixels in lines of an image: pixels are `step` numbers apart, lines `line`.
struct Pixels {
  const float* first;
  int64_t step, line;
};

// c += Σ aᵀ b over pixels: kRows numbers of each pixel of a times those of b that fill kRegisters registers.
// All sums stay in registers.
template <typename Register, int kRows, int kRegisters>
inline __attribute__((always_inline)) void sumOuter(Pixels a, Pixels b, int64_t lines, int64_t width,
                                                    float* c, int64_t rowOfC) {
  constexpr int64_t kWidth = sizeof(Register) / sizeof(float);
  Register sums[kRows][kRegisters] = {};
  for (int64_t line = 0; line < lines; line++) {
    const float *from = a.first + line * a.line, *with = b.first + line * b.line;
    for (int64_t pixel = 0; pixel < width; pixel++, from += a.step, with += b.step) {
      Register columns[kRegisters];
#pragma GCC unroll 2
      for (int i = 0; i < kRegisters; i++) {
        std::memcpy(&columns[i], with + i * kWidth, sizeof(Register)); // b need not be aligned
      }
#pragma GCC unroll 12
      for (int row = 0; row < kRows; row++) {
#pragma GCC unroll 2
        for (int i = 0; i < kRegisters; i++) sums[row][i] += from[row] * columns[i];
      }
    }
  }
#pragma GCC unroll 12
  for (int row = 0; row < kRows; row++) {
#pragma GCC unroll 2
    for (int i = 0; i < kRegisters; i++) {
      auto* to = reinterpret_cast<Register*>(c + row * rowOfC + i * kWidth);
      *to += sums[row][i];
    }
  }
}

template <int kRows, int kColumns>
__attribute__((target("avx512f"))) void sumOuterWide(const Pixels& a, const Pixels& b, int64_t lines,
                                                     int64_t width, float* c, int64_t rowOfC) {
  sumOuter<Lanes, kRows, kColumns / kLanes>(a, b, lines, width, c, rowOfC);
}

template <int kRows, int kColumns>
__attribute__((target("avx2,fma"))) void sumOuterNarrow(const Pixels& a, const Pixels& b, int64_t lines,
                                                        int64_t width, float* c, int64_t rowOfC) {
  for (int64_t column = 0; column < kColumns; column += kLanes) {
    sumOuter<HalfLanes, kRows, 2>(a, {b.first + column, b.step, b.line}, lines, width, c + column, rowOfC);
  }
}

// Products of rows of a with a panel (ofPanel) or half a panel (ofLanes); fetchingOfPanel fetches the panel
// that follows. The product of n rows is at index n − 1, for n from 1 to mostRows. Those of listed rows are
// listedOfPanel and listedOfLanes. outerOfPanel and outerOfLanes are the sums of outer products.
struct Products {
  using Product = decltype(&multiplyWide<1, kPanel>);
  using Listed = decltype(&multiplyListedWide<1, kPanel>);
  using Outer = decltype(&sumOuterWide<1, kPanel>);
  static constexpr int64_t kMostRows = 12;
  int64_t mostRows = 0;
  std::array<Product, kMostRows> ofPanel = {}, ofLanes = {}, fetchingOfPanel = {};
  std::array<Listed, kMostRows> listedOfPanel = {}, listedOfLanes = {};
  std::array<Outer, kMostRows> outerOfPanel = {}, outerOfLanes = {};

  // As many rows as this processor's registers hold; none where it cannot multiply and add in one step.
  static const Products& ofProcessor() {
    static const Products products = [] {
      if (__builtin_cpu_supports("avx512f")) return wide(std::make_integer_sequence<int, kMostRows>());
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return narrow(std::make_integer_sequence<int, 6>());
      }
      return Products{};
    }();
    return products;
  }

  // Into how many groups so many rows are divided.
  int64_t groupsOf(int64_t rows) const { return (rows + mostRows - 1) / mostRows; }

  // c += Σ aᵀ b over pixels for any number of rows, and a panel of the columns or the half that is left.
  void addOuter(const Pixels& a, int64_t rows, const Pixels& b, int64_t columns, int64_t lines, int64_t width,
                float* c, int64_t rowOfC) const {
    const auto& outer = columns > kLanes ? outerOfPanel : outerOfLanes;
    const int64_t groups = groupsOf(rows);
    for (int64_t group = 0; group < groups; group++) {
      const Span span = Span::part(rows, group, groups);
      outer[span.size() - 1]({a.first + span.first, a.step, a.line}, b, lines, width, c + span.first * rowOfC,
                             rowOfC);
    }
  }

 private:
  template <int... row>
  static Products wide(std::integer_sequence<int, row...>) {
    return {sizeof...(row),
            {&multiplyWide<row + 1, kPanel>...},
            {&multiplyWide<row + 1, kLanes>...},
            {&multiplyWide<row + 1, kPanel, true>...},
            {&multiplyListedWide<row + 1, kPanel>...},
            {&multiplyListedWide<row + 1, kLanes>...},
            {&sumOuterWide<row + 1, kPanel>...},
            {&sumOuterWide<row + 1, kLanes>...}};
  }
  template <int... row>
  static Products narrow(std::integer_sequence<int, row...>) {
    return {sizeof...(row),
            {&multiplyNarrow<row + 1, kPanel>...},
            {&multiplyNarrow<row + 1, kLanes>...},
            {&multiplyNarrow<row + 1, kPanel, true>...},
            {&multiplyListedNarrow<row + 1, kPanel>...},
            {&multiplyListedNarrow<row + 1, kLanes>...},
            {&sumOuterNarrow<row + 1, kPanel>...},
            {&sumOuterNarrow<row + 1, kLanes>...}};
  }
};

} // namespace lpips

#endif
#endif
