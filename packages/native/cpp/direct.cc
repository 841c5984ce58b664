// Convolutions of any square kernel and stride, with zeros around the image, as plain sums:
//
//   y[o] = Σ_k x[o s + k − p] w[k]      over kernel rows, kernel columns and channels k
//
// A product (products.h) computes a group of pixels of the result at once. The pixels of a group are equally
// far apart in x, so that their windows need not be copied into a matrix first. A group is either some
// neighbours on one line of an image, or the pixel at one place of several images. In the second kind all
// windows have the same taps inside the image, and the taps outside are skipped. On images of 3x3 these are
// half of all taps.
//
//   LpipsDirectPack            a filter in the order in which the products read it
//   LpipsDirect                x * filter
//   LpipsDirectBiasRelu        relu(x * filter + bias)
//   LpipsDirectFused, LpipsDirectFusedSums
//                              with a filter that changes, see convolution.h
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "convolution.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

using namespace lpips;

// Numbers of x in a block. A thread reads a block once for every panel of the filter, so it has to fit the
// thread's cache.
constexpr int64_t kPerBlock = 1 << 16;
// A product of fewer rows takes as long as one of four, because each sum waits for its last addition.
constexpr int64_t kLeastRows = 4;

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

// Pixels of the result that one product computes.
struct Group {
  int64_t image, row, column; // of the first pixel
  int64_t count;
};

// Which pixels form a group. Groups next to each other read neighbouring numbers of x.
class Order {
 public:
  explicit Order(const Geometry& g)
      : g_(g),
        acrossImages_(costAcrossImages() < costAlongLines()),
        groupsOfLine_(products_.groupsOf(g.outWidth)) {}

  bool acrossImages() const { return acrossImages_; }

  int64_t groups() const {
    if (acrossImages_) return products_.groupsOf(g_.batch) * g_.outHeight * g_.outWidth;
    return g_.batch * g_.outHeight * groupsOfLine_;
  }

  Group at(int64_t index) const {
    if (acrossImages_) {
      const int64_t pixels = g_.outHeight * g_.outWidth, pixel = index % pixels;
      const Span images = Span::part(g_.batch, index / pixels, products_.groupsOf(g_.batch));
      return {images.first, pixel / g_.outWidth, pixel % g_.outWidth, images.size()};
    }
    const int64_t line = index / groupsOfLine_;
    const Span columns = Span::part(g_.outWidth, index % groupsOfLine_, groupsOfLine_);
    return {line / g_.outHeight, line % g_.outHeight, columns.first, columns.size()};
  }

 private:
  // The rows that all products multiply, for one channel of x.
  int64_t costAcrossImages() const {
    return tapsInside(g_.outHeight, g_.height) * tapsInside(g_.outWidth, g_.width) * rows(g_.batch);
  }
  int64_t costAlongLines() const {
    return tapsInside(g_.outHeight, g_.height) * g_.kernel * rows(g_.outWidth) * g_.batch;
  }
  int64_t rows(int64_t pixels) const { return std::max(pixels, kLeastRows * products_.groupsOf(pixels)); }
  int64_t tapsInside(int64_t out, int64_t size) const {
    int64_t taps = 0;
    for (int64_t o = 0; o < out; o++)
      taps += Span::inside(o * g_.stride - g_.padding, g_.kernel, size).size();
    return taps;
  }

  const Geometry g_;
  const Products& products_ = Products::ofProcessor();
  const bool acrossImages_;
  const int64_t groupsOfLine_;
};

// y = max(sums + bias, least) for `rows` pixels and `width` channels of a panel; bias may be null.
WIDEST void finish(const float* sums, int64_t rows, float* y, int64_t rowOfY, int64_t width,
                   const float* bias, float least) {
  for (int64_t row = 0; row < rows; row++, sums += kPanel, y += rowOfY) {
    for (int64_t c = 0; c < width; c++) {
      const float value = bias ? sums[c] + bias[c] : sums[c];
      y[c] = value < least ? least : value; // as written, NaN stays NaN
    }
  }
}

int64_t panelsOf(const Geometry& g) { return (g.out + kPanel - 1) / kPanel; }

// Columns of a panel of so many channels. The last panel may be half as wide as the others.
int64_t columnsFor(int64_t channels) { return channels > kLanes ? kPanel : kLanes; }

// The sums of one call: `compute` makes one panel of one group of them.
class Sums {
 public:
  Sums(const Geometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y)
      : order(g), g_(g), x_(x), filter_(filter), epilogue_(epilogue), y_(y) {}

  const Order order;

  // How many numbers the scratch memory of `compute` must hold.
  int64_t scratchSize() const { return g_.kernel * widthUnder(Products::kMostRows) * g_.in; }

  void compute(const Group& group, int64_t panel, float* scratch) const {
    const int64_t top = group.row * g_.stride - g_.padding, left = group.column * g_.stride - g_.padding;
    const Span down = Span::inside(top, g_.kernel, g_.height);
    const Span across = order.acrossImages() ? Span::inside(left, g_.kernel, g_.width) : Span{0, g_.kernel};
    const Lines lines = linesUnder(group, top, left, down, scratch);
    const int64_t channel = panel * kPanel, channels = std::min(kPanel, g_.out - channel),
                  columns = columnsFor(channels);
    const float* weights = filter_ + channel * g_.kernel * g_.kernel * g_.in;
    const int64_t rowOfA = order.acrossImages() ? g_.height * g_.width * g_.in : g_.stride * g_.in;
    const Products& products = Products::ofProcessor();
    const auto multiply = (columns == kPanel ? products.ofPanel : products.ofLanes)[group.count - 1];
    Line sums[Products::kMostRows * kPanel / kLanes];
    bool adds = false;
    for (int64_t k = down.first; k < down.last; k++) {
      const float* a = lines.first + k * lines.length;
      const float* b = weights + k * g_.kernel * g_.in * columns;
      // A sum ends at the same taps wherever it begins, so that a pixel's bits do not depend on its group.
      for (int64_t from = across.first * g_.in, to; from < across.last * g_.in; from = to) {
        to = std::min((from / kDepth + 1) * kDepth, across.last * g_.in);
        multiply(a + from, rowOfA, b + from * columns, to - from, sums[0].lanes, kPanel, adds);
        adds = true;
      }
    }
    const int64_t pixel = (group.image * g_.outHeight + group.row) * g_.outWidth + group.column;
    const int64_t rowOfY = order.acrossImages() ? g_.outHeight * g_.outWidth * g_.out : g_.out;
    const int64_t offset = pixel * g_.out + channel;
    finish(sums[0].lanes, group.count, y_ + offset, rowOfY, channels, epilogue_.biasAt(channel),
           epilogue_.least());
    if (!epilogue_.needsPass()) return;
    for (int64_t row = 0; row < group.count; row++) {
      epilogue_.pass(y_ + offset + row * rowOfY, offset + row * rowOfY, channels);
    }
  }

 private:
  // The lines of x under a group's windows. They begin at the first tap of the first window, which may lie
  // outside the image.
  struct Lines {
    const float* first;
    int64_t length;
  };

  // Pixels of a line of x under the windows of so many neighbours.
  int64_t widthUnder(int64_t neighbours) const { return (neighbours - 1) * g_.stride + g_.kernel; }

  // Where windows of neighbours reach over the left or right edge, their lines are copied with zeros outside.
  Lines linesUnder(const Group& group, int64_t top, int64_t left, const Span& down, float* scratch) const {
    const Lines lines = {x_ + ((group.image * g_.height + top) * g_.width + left) * g_.in, g_.width * g_.in};
    const int64_t width = widthUnder(group.count);
    const Span inside = Span::inside(left, width, g_.width);
    if (order.acrossImages() || inside.size() == width) return lines;
    for (int64_t k = down.first; k < down.last; k++) {
      float* to = std::fill_n(scratch + k * width * g_.in, inside.first * g_.in, 0.0f);
      to = std::copy_n(lines.first + k * lines.length + inside.first * g_.in, inside.size() * g_.in, to);
      std::fill_n(to, (width - inside.last) * g_.in, 0.0f);
    }
    return {scratch, width * g_.in};
  }

  const Geometry g_;
  const float *x_, *filter_;
  const Epilogue epilogue_;
  float* y_;
};

struct Direct {
  static bool takes(const FilterShape&) { return true; }
  static bool fits(const Geometry&) { return true; }

  static int64_t packedSize(const FilterShape& filter) {
    return depthOf(filter) * ((filter.out + kLanes - 1) / kLanes * kLanes);
  }

  // [panel][kernel row][kernel column][in][columns of the panel]; the last columns may have no channel and
  // are 0.
  static void pack(const FilterShape& shape, const float* filter, float* packed) {
    const int64_t depth = depthOf(shape);
    for (int64_t first = 0; first < shape.out; first += kPanel) {
      const int64_t channels = std::min(kPanel, shape.out - first), columns = columnsFor(channels);
      for (int64_t k = 0; k < depth; k++) {
        packed = std::copy_n(filter + k * shape.out + first, channels, packed);
        packed = std::fill_n(packed, columns - channels, 0.0f);
      }
    }
  }

  static void convolve(Call& call, const Geometry& g, const float* x, const float* filter,
                       const Epilogue& epilogue, float* y) {
    const Sums sums(g, x, filter, epilogue, y);
    // A task is a block of x. Where there are too few blocks, it computes only some of the panels.
    auto& threads = Threads::ofProcess();
    const int64_t panels = panelsOf(g), groups = sums.order.groups();
    const int64_t cores = threads.countFor(groups * panels);
    const int64_t wanted = g.batch * g.height * g.width * g.in / kPerBlock + 1;
    const int64_t parts = std::min(panels, (cores + wanted - 1) / wanted);
    const int64_t least = (cores + parts - 1) / parts; // so that every thread has one
    const int64_t blocks = std::min(groups, (wanted + least - 1) / least * least);
    float* scratch = call.scratch(threads.countFor(blocks * parts) * sums.scratchSize());
    if (!scratch) return;
    threads.run(blocks * parts, [&](int64_t task, int64_t thread) {
      const Span ofPanels = Span::part(panels, task % parts, parts);
      const Span ofGroups = Span::part(groups, task / parts, blocks);
      for (int64_t panel = ofPanels.first; panel < ofPanels.last; panel++) {
        for (int64_t group = ofGroups.first; group < ofGroups.last; group++) {
          sums.compute(sums.order.at(group), panel, scratch + thread * sums.scratchSize());
        }
      }
    });
  }

 private:
  // Terms of a sum.
  static int64_t depthOf(const FilterShape& filter) { return filter.kernel * filter.kernel * filter.in; }
};

__attribute__((constructor)) void addDirect() {
  addConvolution<Direct>("LpipsDirect");
  if (Products::ofProcessor().mostRows == 0) return;
  add<Padding, &inputGradient<Direct>>(
      {"LpipsDirectInputGrad", {"dy: float", "filter: float"}, {"dx: float"}, {"padding: int"}});
}

} // namespace

#endif
