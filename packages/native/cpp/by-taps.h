// Plain convolutions of small images, tap by tap. A tap of the filter is read once, and multiplied with all
// the pixels of a block that it meets inside the image; the sums wait in the cache. On images of 3x3 the
// filter is most of what is read, and two fifths of all taps lie outside.
#ifndef LPIPS_BY_TAPS_H_
#define LPIPS_BY_TAPS_H_

#include <algorithm>
#include <cstdint>

#include "convolution.h"
#include "panels.h"
#include "threads.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips {

class ByTaps {
 public:
  // The most pixels of a block. Their sums for one panel, 64 kB, stay in a thread's second cache.
  static constexpr int64_t kMostPixels = 512;

  static bool fits(const Geometry& g) {
    return g.in >= kLeastOfTap && g.outHeight * g.outWidth <= kMostPixels;
  }

  // The rows that all products multiply, for one channel of x.
  static int64_t cost(const Geometry& g) {
    int64_t rows = 0;
    for (int64_t row = 0; row < g.kernel; row++) {
      for (int64_t column = 0; column < g.kernel; column++) {
        rows += rowsFor(g.batch * meets(g, row, g.height, g.outHeight).size() *
                        meets(g, column, g.width, g.outWidth).size());
      }
    }
    return rows;
  }

  static void convolve(Call& call, const Geometry& g, const float* x, const float* filter,
                       const Epilogue& epilogue, float* y) {
    auto& threads = Threads::ofProcess();
    const int64_t pixels = g.outHeight * g.outWidth, panels = panelsOf(g);
    // A task is a panel for a block of images. There are more tasks than threads, so that a thread on a core
    // that another process takes does fewer of them.
    const int64_t wanted = (kTasks * threads.countFor(g.batch * panels) + panels - 1) / panels;
    const int64_t fitting = std::max<int64_t>(1, kMostPixels / pixels);
    const int64_t blocks = std::min(g.batch, std::max(wanted, (g.batch + fitting - 1) / fitting));
    const int64_t perThread = std::min(g.batch, fitting) * pixels * kPanel;
    float* scratch = call.scratch(threads.countFor(blocks * panels) * perThread);
    if (!scratch) return;
    threads.run(blocks * panels, [&](int64_t task, int64_t thread) {
      const Span images = Span::part(g.batch, task % blocks, blocks);
      float* sums = scratch + thread * perThread;
      const Panel panel(g, filter, task / blocks);
      std::fill_n(sums, images.size() * pixels * kPanel, -0.0f); // to which any number adds as it is
      for (int64_t tap = 0; tap < g.kernel * g.kernel; tap++) addTap(g, x, images, panel, tap, sums);
      finishPanel(sums, images.size() * pixels, panel, epilogue, y, images.first * pixels * g.out, g.out);
    });
  }

 private:
  static constexpr int64_t kTasks = 2; // for each thread

  // The pixels of the result, along one axis, whose windows have this tap inside the image.
  static Span meets(const Geometry& g, int64_t tap, int64_t size, int64_t out) {
    const int64_t before = g.padding - tap, first = std::max<int64_t>(0, (before + g.stride - 1) / g.stride);
    const int64_t last = size - 1 + before < 0 ? 0 : (size - 1 + before) / g.stride + 1;
    return {first, std::max(first, std::min(out, last))};
  }

  static void addTap(const Geometry& g, const float* x, const Span& images, const Panel& panel, int64_t tap,
                     float* sums) {
    const int64_t tapRow = tap / g.kernel, tapColumn = tap % g.kernel;
    const Span rows = meets(g, tapRow, g.height, g.outHeight),
               columns = meets(g, tapColumn, g.width, g.outWidth);
    const float* from[kMostPixels];
    float* to[kMostPixels];
    int64_t count = 0;
    for (int64_t image = images.first; image < images.last; image++) {
      for (int64_t row = rows.first; row < rows.last; row++) {
        const int64_t line = image * g.height + row * g.stride - g.padding + tapRow;
        const int64_t lineOfSums = (image - images.first) * g.outHeight + row;
        for (int64_t column = columns.first; column < columns.last; column++, count++) {
          from[count] = x + (line * g.width + column * g.stride - g.padding + tapColumn) * g.in;
          to[count] = sums + (lineOfSums * g.outWidth + column) * kPanel;
        }
      }
    }
    const Products& products = Products::ofProcessor();
    const auto& multiply = panel.columns == kPanel ? products.listedOfPanel : products.listedOfLanes;
    const float* weights = panel.weights + tap * g.in * panel.columns;
    const int64_t groups = products.groupsOf(count);
    for (int64_t first = 0, last; first < g.in; first = last) {
      last = endOfSum(first, g.in);
      for (int64_t index = 0; index < groups; index++) {
        const Span group = Span::part(count, index, groups);
        multiply[group.size() - 1](from + group.first, first, weights + first * panel.columns, last - first,
                                   to + group.first);
      }
    }
  }
};

} // namespace lpips

#endif
#endif
