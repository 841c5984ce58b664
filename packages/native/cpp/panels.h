// The panels of a filter in the plain convolutions (direct.cc, by-taps.h), and what becomes of their sums.
#ifndef LPIPS_PANELS_H_
#define LPIPS_PANELS_H_

#include <algorithm>
#include <cstdint>

#include "convolution.h"
#include "span.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips {

// A product of fewer rows takes as long as one of four, because each sum waits for its last addition.
constexpr int64_t kLeastRows = 4;

// The rows that all products for so many pixels multiply, for one channel of x.
inline int64_t rowsFor(int64_t pixels) {
  return std::max(pixels, kLeastRows * Products::ofProcessor().groupsOf(pixels));
}

inline int64_t panelsOf(const FilterShape& filter) { return (filter.out + kPanel - 1) / kPanel; }

// A panel of a packed filter: [kernel row][kernel column][in][columns].
struct Panel {
  int64_t channel, channels; // of the result
  int64_t columns;           // the last panel may be half as wide as the others
  const float* weights;

  Panel(const FilterShape& filter, const float* packed, int64_t index)
      : channel(index * kPanel),
        channels(std::min(kPanel, filter.out - channel)),
        columns(columnsFor(channels)),
        weights(packed + channel * filter.kernel * filter.kernel * filter.in) {}

  static int64_t columnsFor(int64_t channels) { return channels > kLanes ? kPanel : kLanes; }
};

// From so many channels on a sum ends with each tap, and else with each line of taps.
constexpr int64_t kLeastOfTap = 64;

// Where the sum ends that begins at `from` on a line of taps. It does not depend on where the line begins, so
// that a pixel's bits do not depend on the pixels that are computed with it.
inline int64_t endOfSum(int64_t from, int64_t in) {
  if (in < kLeastOfTap) return (from / kDepth + 1) * kDepth;
  const int64_t tap = from / in * in;
  return std::min(tap + ((from - tap) / kDepth + 1) * kDepth, tap + in);
}

// y = max(sums + bias, least) for `rows` pixels and `width` channels of a panel; bias may be null.
WIDEST inline void finish(const float* sums, int64_t rows, float* y, int64_t rowOfY, int64_t width,
                          const float* bias, float least) {
  for (int64_t row = 0; row < rows; row++, sums += kPanel, y += rowOfY) {
    for (int64_t c = 0; c < width; c++) {
      const float value = bias ? sums[c] + bias[c] : sums[c];
      y[c] = value < least ? least : value; // as written, NaN stays NaN
    }
  }
}

// Finishes the sums of `rows` pixels, whose numbers begin at `offset` of y and are `rowOfY` numbers apart.
inline void finishPanel(const float* sums, int64_t rows, const Panel& panel, const Epilogue& epilogue,
                        float* y, int64_t offset, int64_t rowOfY) {
  offset += panel.channel;
  finish(sums, rows, epilogue.kept(y) + offset, rowOfY, panel.channels, epilogue.biasAt(panel.channel),
         epilogue.least());
  if (epilogue.needsPass()) epilogue.pass(y, offset, rows, rowOfY, panel.channels);
}

} // namespace lpips

#endif
#endif
