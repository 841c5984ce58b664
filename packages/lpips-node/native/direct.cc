// Convolutions of any square kernel and stride, with zeros around the image and a filter that never changes, as plain sums:
//
//   y[o] = Σ_k x[o s + k − p] w[k]      over kernel rows, kernel columns and channels k
//
// A product (products.h) takes some pixels of the result at once. Those are equally far apart in x, so that nothing is
// gathered into a matrix first: neighbours of one line of an image, or one place of several images. Of the latter all have
// the same taps inside, and those outside are left out, which on images of 3x3 are half.
//
//   LpipsDirect                x * filter
//   LpipsDirectBiasRelu        relu(x * filter + bias)
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "convolution.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

using namespace lpips;

// Numbers of x that a thread reads again and again, for one panel of the filter after the other: they stay in its cache.
constexpr int64_t kPerBlock = 1 << 16;
// A product of fewer rows takes as long as one of so many, since each sum waits for its last addition.
constexpr int64_t kLeastRows = 4;

// The taps k of one axis that lie inside an image of `size`, for a window that begins at `start`.
struct Span {
  int64_t first, last;
  static Span inside(int64_t start, int64_t kernel, int64_t size) {
    return {std::max<int64_t>(0, -start), std::min(kernel, size - start)};
  }
  int64_t size() const { return last - first; }
};

// Pixels of the result that one product takes.
struct Group {
  int64_t image, row, column; // the first of them
  int64_t count;
};

// Which pixels go together: `groups` groups, those of one block of x side by side.
class Order {
 public:
  explicit Order(const Geometry& g)
      : g_(g), acrossImages_(costAcrossImages() < costAlongLines()), groupsOfLine_(products_.groupsOf(g.outWidth)) {}

  bool acrossImages() const { return acrossImages_; }

  int64_t groups() const {
    if (acrossImages_) return products_.groupsOf(g_.batch) * g_.outHeight * g_.outWidth;
    return g_.batch * g_.outHeight * groupsOfLine_;
  }

  Group at(int64_t index) const {
    if (acrossImages_) {
      const int64_t pixels = g_.outHeight * g_.outWidth, pixel = index % pixels;
      const Part images = part(g_.batch, index / pixels, products_.groupsOf(g_.batch));
      return {images.first, pixel / g_.outWidth, pixel % g_.outWidth, images.size};
    }
    const int64_t line = index / groupsOfLine_;
    const Part columns = part(g_.outWidth, index % groupsOfLine_, groupsOfLine_);
    return {line / g_.outHeight, line % g_.outHeight, columns.first, columns.size};
  }

 private:
  struct Part {
    int64_t first, size;
  };
  static Part part(int64_t whole, int64_t index, int64_t count) {
    const int64_t first = whole * index / count;
    return {first, whole * (index + 1) / count - first};
  }

  // Rows of products, for one channel that comes in.
  int64_t costAcrossImages() const { return tapsInside(g_.outHeight, g_.height) * tapsInside(g_.outWidth, g_.width) * rows(g_.batch); }
  int64_t costAlongLines() const { return g_.batch * tapsInside(g_.outHeight, g_.height) * g_.kernel * rows(g_.outWidth); }
  int64_t rows(int64_t pixels) const { return std::max(pixels, kLeastRows * products_.groupsOf(pixels)); }
  int64_t tapsInside(int64_t out, int64_t size) const {
    int64_t taps = 0;
    for (int64_t o = 0; o < out; o++) taps += Span::inside(o * g_.stride - g_.padding, g_.kernel, size).size();
    return taps;
  }

  const Geometry g_;
  const Products& products_ = Products::ofProcessor();
  const bool acrossImages_;
  const int64_t groupsOfLine_;
};

// max(sums + bias, least) of `rows` pixels and `width` channels of a panel, to y.
WIDEST void finish(const float* sums, int64_t rows, float* y, int64_t rowOfY, int64_t width, const float* bias,
                   float least) {
  for (int64_t row = 0; row < rows; row++, sums += kPanel, y += rowOfY) {
    for (int64_t c = 0; c < width; c++) {
      const float value = bias ? sums[c] + bias[c] : sums[c];
      y[c] = value < least ? least : value; // as written, NaN stays NaN
    }
  }
}

struct Direct {
  static bool fits(const Geometry&) { return true; }

  // [panel][kernel row][kernel column][in][columns of the panel]; channels that there are not are 0.
  static std::vector<Line> pack(const Geometry& g, const float* filter) {
    const int64_t depth = g.kernel * g.kernel * g.in;
    std::vector<Line> packed(depth * ((g.out + kLanes - 1) / kLanes));
    float* to = packed[0].lanes;
    for (int64_t first = 0; first < g.out; first += kPanel) {
      const int64_t width = std::min(kPanel, g.out - first), columns = columnsFor(width);
      for (int64_t k = 0; k < depth; k++, to += columns) std::copy_n(filter + k * g.out + first, width, to);
    }
    return packed;
  }

  static void convolve(Call& call, const Geometry& g, const float* x, const float* filter, const float* bias, float* y) {
    const Order order(g);
    const bool isPadded = !order.acrossImages() && g.padding > 0;
    const Image image = {isPadded ? widened(call, g, x) : x, isPadded ? g.width + 2 * g.padding : g.width};
    if (!call.isFine()) return;
    // A task is a block of x, and where there are too few of these some of the panels.
    auto& threads = Threads::ofProcess();
    const int64_t panels = panelsOf(g), groups = order.groups();
    const int64_t cores = threads.countFor(groups * panels);
    const int64_t wanted = g.batch * g.height * g.width * g.in / kPerBlock + 1;
    const int64_t parts = std::min(panels, (cores + wanted - 1) / wanted);
    const int64_t least = (cores + parts - 1) / parts; // so that no thread is left without
    const int64_t blocks = std::min(groups, (wanted + least - 1) / least * least);
    threads.run(blocks * parts, [&](int64_t task, int64_t) {
      const int64_t block = task / parts, part = task % parts;
      for (int64_t panel = panels * part / parts; panel < panels * (part + 1) / parts; panel++) {
        for (int64_t group = groups * block / blocks; group < groups * (block + 1) / blocks; group++) {
          computeGroup(g, order.acrossImages(), order.at(group), image, filter, panel, bias, y);
        }
      }
    });
  }

 private:
  // x with lines of so many pixels.
  struct Image {
    const float* pixels;
    int64_t width;
  };

  static int64_t panelsOf(const Geometry& g) { return (g.out + kPanel - 1) / kPanel; }
  // Of a panel with so many channels: the last may be half as wide as the others.
  static int64_t columnsFor(int64_t width) { return width > kLanes ? kPanel : kLanes; }

  // x with the zeros left and right of each line.
  static const float* widened(Call& call, const Geometry& g, const float* x) {
    const int64_t lines = g.batch * g.height, line = g.width * g.in, padding = g.padding * g.in;
    float* wide = call.scratch(lines * (line + 2 * padding));
    if (!call.isFine()) return nullptr;
    auto& threads = Threads::ofProcess();
    const int64_t tasks = threads.countFor(lines * line / kPerBlock + 1);
    threads.run(tasks, [&](int64_t task, int64_t) {
      for (int64_t i = lines * task / tasks; i < lines * (task + 1) / tasks; i++) {
        float* to = std::fill_n(wide + i * (line + 2 * padding), padding, 0.0f);
        std::fill_n(std::copy_n(x + i * line, line, to), padding, 0.0f);
      }
    });
    return wide;
  }

  static void computeGroup(const Geometry& g, bool acrossImages, const Group& group, const Image& x, const float* filter,
                           int64_t panel, const float* bias, float* y) {
    const int64_t top = group.row * g.stride - g.padding, left = group.column * g.stride - g.padding;
    const Span down = Span::inside(top, g.kernel, g.height);
    const Span across = acrossImages ? Span::inside(left, g.kernel, g.width) : Span{0, g.kernel};
    // Lines that have been widened begin `padding` pixels before the image.
    const int64_t start = left + (x.width - g.width) / 2;
    const int64_t rowOfA = acrossImages ? g.height * x.width * g.in : g.stride * g.in;
    const int64_t channel = panel * kPanel, width = std::min(kPanel, g.out - channel), columns = columnsFor(width);
    const float* weights = filter + channel * g.kernel * g.kernel * g.in;
    const Products& products = Products::ofProcessor();
    const auto multiply = (columns == kPanel ? products.ofPanel : products.ofLanes)[group.count - 1];
    Line sums[Products::kMostRows * kPanel / kLanes];
    bool adds = false;
    for (int64_t k = down.first; k < down.last; k++) {
      const float* a = x.pixels + ((group.image * g.height + top + k) * x.width + start) * g.in;
      const float* b = weights + k * g.kernel * g.in * columns;
      // Sums end at the same taps wherever they begin, so that a pixel's bits do not depend on its group.
      for (int64_t from = across.first * g.in, to; from < across.last * g.in; from = to) {
        to = std::min((from / kDepth + 1) * kDepth, across.last * g.in);
        multiply(a + from, rowOfA, b + from * columns, to - from, sums[0].lanes, kPanel, adds);
        adds = true;
      }
    }
    const int64_t pixel = (group.image * g.outHeight + group.row) * g.outWidth + group.column;
    finish(sums[0].lanes, group.count, y + pixel * g.out + channel,
           acrossImages ? g.outHeight * g.outWidth * g.out : g.out, width, bias ? bias + channel : nullptr,
           bias ? 0 : -INFINITY);
  }
};

__attribute__((constructor)) void addDirect() { addConvolution<Direct>("LpipsDirect", "LpipsDirectBiasRelu"); }

} // namespace

#endif
