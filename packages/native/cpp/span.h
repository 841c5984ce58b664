// Numbers in a row, and parts of them.
#ifndef LPIPS_SPAN_H_
#define LPIPS_SPAN_H_

#include <algorithm>
#include <cstdint>

namespace lpips {

// The numbers from `first` to `last` − 1.
struct Span {
  int64_t first, last;
  int64_t size() const { return last - first; }

  // The taps inside an image, along one axis, of a window that begins at `start`.
  static Span inside(int64_t start, int64_t kernel, int64_t size) {
    return {std::max<int64_t>(0, -start), std::min(kernel, size - start)};
  }
  // Part `index` of `count` parts of nearly the same size.
  static Span part(int64_t whole, int64_t index, int64_t count) {
    return {whole * index / count, whole * (index + 1) / count};
  }
};

} // namespace lpips

#endif
