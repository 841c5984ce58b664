// The tiles of Winograd's minimal filtering: squares of 2x2 pixels that cover images, and the pixels around
// them.
#ifndef LPIPS_TILES_H_
#define LPIPS_TILES_H_

#include <algorithm>
#include <cstdint>

namespace lpips {

constexpr int64_t kTile = 2; // rows and columns
// Unused numbers between places of the transforms, and rows of them. They keep those off the same lines of
// the cache.
constexpr int64_t kGap = 16;

struct Tile {
  int64_t image, row, column; // of the first pixel
};

// The tiles of `batch` images, line by line. Those at the lower and right edge may lie partly outside.
class Tiles {
 public:
  Tiles(int64_t batch, int64_t height, int64_t width)
      : batch_(batch), down_((height + kTile - 1) / kTile), across_((width + kTile - 1) / kTile) {}

  int64_t count() const { return batch_ * down_ * across_; }

  // Calls work(tile, count) for the tiles from `first` to `last` − 1, with the first of each line and how
  // many follow on that line.
  template <typename Work>
  void eachLine(int64_t first, int64_t last, const Work& work) const {
    for (int64_t count; first < last; first += count) {
      const int64_t line = first / across_, before = first % across_;
      count = std::min(last - first, across_ - before);
      work(Tile{line / down_, line % down_ * kTile, before * kTile}, count);
    }
  }

  // Calls work(tile) for the tiles from `first` to `last` − 1.
  template <typename Work>
  void each(int64_t first, int64_t last, const Work& work) const {
    eachLine(first, last, [&](Tile tile, int64_t count) {
      for (int64_t i = 0; i < count; i++, tile.column += kTile) work(tile);
    });
  }

 private:
  const int64_t batch_, down_, across_;
};

// Images [batch, height, width, channels] from some channel of the first pixel on.
template <typename Number>
struct Images {
  Number* first;
  int64_t height, width, channels;

  // The kSide² pixels of a square whose first is at (row, column); `outside` in place of those outside.
  template <int64_t kSide>
  void square(int64_t image, int64_t row, int64_t column, Number* outside, Number** pixels) const {
    Number* line = first + ((image * height + row) * width + column) * channels;
    if (row >= 0 && column >= 0 && row + kSide <= height && column + kSide <= width) {
      for (int64_t i = 0; i < kSide; i++, line += width * channels) {
        for (int64_t j = 0; j < kSide; j++) *pixels++ = line + j * channels;
      }
      return;
    }
    for (int64_t i = row; i < row + kSide; i++, line += width * channels) {
      for (int64_t j = column; j < column + kSide; j++) {
        const bool isInside = i >= 0 && j >= 0 && i < height && j < width;
        *pixels++ = isInside ? line + (j - column) * channels : outside;
      }
    }
  }
};

} // namespace lpips

#endif
