// Convolutions of any square kernel and stride, with zeros around the image, as plain sums:
//
//   y[o] = Σ_k x[o s + k − p] w[k]      over kernel rows, kernel columns and channels k
//
// A product (products.h) computes a group of pixels of the result at once: neighbours on one line of an
// image. They are equally far apart in x, so that their windows need not be copied into a matrix first. Small
// images are computed tap by tap instead (by-taps.h).
//
//   LpipsDirectPack            a filter in the order in which the products read it
//   LpipsDirect                x * filter
//   LpipsDirectBiasRelu        relu(x * filter + bias)
//   LpipsDirectFused, LpipsDirectFusedSums
//                              with a filter that changes, see convolution.h
//   LpipsDirectInputGrad       dy ∗ᵀ filter, stride 1
//   LpipsStridedInputGrad      dy ∗ᵀ filter, any stride
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "by-taps.h"
#include "convolution.h"
#include "interleave.h"
#include "panels.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

using namespace lpips;

// Numbers of x in a block. A thread reads a block once for every panel of the filter, so it has to fit the
// thread's cache.
constexpr int64_t kPerBlock = 1 << 16;

// Pixels of the result that one product computes.
struct Group {
  int64_t image, row, column; // of the first pixel
  int64_t count;
};

// The groups of all pixels. Groups next to each other read neighbouring numbers of x.
class Groups {
 public:
  explicit Groups(const Geometry& g) : g_(g), ofLine_(Products::ofProcessor().groupsOf(g.outWidth)) {}

  int64_t count() const { return g_.batch * g_.outHeight * ofLine_; }

  Group at(int64_t index) const {
    const int64_t line = index / ofLine_;
    const Span columns = Span::part(g_.outWidth, index % ofLine_, ofLine_);
    return {line / g_.outHeight, line % g_.outHeight, columns.first, columns.size()};
  }

  // The rows that all products multiply, for one channel of x.
  int64_t cost() const {
    int64_t lines = 0;
    for (int64_t row = 0; row < g_.outHeight; row++) {
      lines += Span::inside(row * g_.stride - g_.padding, g_.kernel, g_.height).size();
    }
    return lines * g_.kernel * rowsFor(g_.outWidth) * g_.batch;
  }

 private:
  const Geometry g_;
  const int64_t ofLine_;
};

// The sums of one call: `compute` makes one panel of one group of them.
class Sums {
 public:
  Sums(const Geometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y)
      : g_(g), x_(x), filter_(filter), epilogue_(epilogue), y_(y) {}

  // How many numbers the scratch memory of `compute` must hold.
  int64_t scratchSize() const { return g_.kernel * widthUnder(Products::kMostRows) * g_.in; }

  void compute(const Group& group, const Span& panels, float* scratch) const {
    const int64_t top = group.row * g_.stride - g_.padding, left = group.column * g_.stride - g_.padding;
    const Span down = Span::inside(top, g_.kernel, g_.height);
    const Lines lines = linesUnder(group, top, left, down, scratch);
    for (int64_t panel = panels.first; panel < panels.last; panel++) computePanel(group, lines, down, panel);
  }

 private:
  // The lines of x under a group's windows. They begin at the first tap of the first window, which may lie
  // outside the image.
  struct Lines {
    const float* first;
    int64_t length;
  };

  void computePanel(const Group& group, const Lines& lines, const Span& down, int64_t index) const {
    const Panel panel(g_, filter_, index);
    const int64_t columns = panel.columns, length = g_.kernel * g_.in;
    const Products& products = Products::ofProcessor();
    const auto multiply = (columns == kPanel ? products.ofPanel : products.ofLanes)[group.count - 1];
    Line sums[Products::kMostRows * kPanel / kLanes];
    bool adds = false;
    for (int64_t k = down.first; k < down.last; k++) {
      const float* a = lines.first + k * lines.length;
      const float* b = panel.weights + k * length * columns;
      for (int64_t from = 0, to; from < length; from = to) {
        to = std::min(endOfSum(from, g_.in), length);
        multiply(a + from, g_.stride * g_.in, b + from * columns, to - from, sums[0].lanes, kPanel, adds);
        adds = true;
      }
    }
    const int64_t pixel = (group.image * g_.outHeight + group.row) * g_.outWidth + group.column;
    finishPanel(sums[0].lanes, group.count, panel, epilogue_, y_, pixel * g_.out, g_.out);
  }

  // Pixels of a line of x under the windows of so many neighbours.
  int64_t widthUnder(int64_t neighbours) const { return (neighbours - 1) * g_.stride + g_.kernel; }

  // Where windows of neighbours reach over the left or right edge, their lines are copied with zeros outside.
  Lines linesUnder(const Group& group, int64_t top, int64_t left, const Span& down, float* scratch) const {
    const Lines lines = {x_ + ((group.image * g_.height + top) * g_.width + left) * g_.in, g_.width * g_.in};
    const int64_t width = widthUnder(group.count);
    const Span inside = Span::inside(left, width, g_.width);
    if (inside.size() == width) return lines;
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
      const int64_t channels = std::min(kPanel, shape.out - first), columns = Panel::columnsFor(channels);
      for (int64_t k = 0; k < depth; k++) {
        packed = std::copy_n(filter + k * shape.out + first, channels, packed);
        packed = std::fill_n(packed, columns - channels, 0.0f);
      }
    }
  }

  static void convolve(Call& call, const Geometry& g, const float* x, const float* filter,
                       const Epilogue& epilogue, float* y) {
    const Groups groups(g);
    if (ByTaps::fits(g) && ByTaps::cost(g) <= groups.cost()) {
      return ByTaps::convolve(call, g, x, filter, epilogue, y);
    }
    const Sums sums(g, x, filter, epilogue, y);
    // A task is a block of x. Where there are too few blocks, it computes only some of the panels.
    auto& threads = Threads::ofProcess();
    const int64_t panels = panelsOf(g), count = groups.count();
    const int64_t cores = threads.countFor(count * panels);
    const int64_t wanted = g.batch * g.height * g.width * g.in / kPerBlock + 1;
    const int64_t parts = std::min(panels, (cores + wanted - 1) / wanted);
    const int64_t least = (cores + parts - 1) / parts; // so that every thread has one
    const int64_t blocks = std::min(count, (wanted + least - 1) / least * least);
    const bool isSmall = packedSize(g) <= kPerBlock;
    float* scratch = call.scratch(threads.countFor(blocks * parts) * sums.scratchSize());
    if (!scratch) return;
    threads.run(blocks * parts, [&](int64_t task, int64_t thread) {
      const Span ofPanels = Span::part(panels, task % parts, parts);
      const Span ofGroups = Span::part(count, task / parts, blocks);
      float* lines = scratch + thread * sums.scratchSize();
      // A filter that fits the cache is read for every group, and otherwise x for every panel.
      const int64_t together = isSmall ? ofPanels.size() : 1;
      for (int64_t panel = ofPanels.first; panel < ofPanels.last; panel += together) {
        for (int64_t group = ofGroups.first; group < ofGroups.last; group++) {
          sums.compute(groups.at(group), {panel, panel + together}, lines);
        }
      }
    });
  }

 private:
  // Terms of a sum.
  static int64_t depthOf(const FilterShape& filter) { return filter.kernel * filter.kernel * filter.in; }
};

// [kernel, kernel, in, out] → [taps, taps, out, s s in], turned around, with taps = ⌈kernel / s⌉: the filter
// that makes all phases of dx from dy, those of pixel (m, n) from channel (m s + n) in on.
void turnToPhases(const FilterShape& filter, const FilterShape& phases, int64_t stride, const float* from,
                  float* to) {
  std::fill_n(to, phases.kernel * phases.kernel * phases.in * phases.out, 0.0f);
  divide(filter.kernel * filter.kernel, filter.in * filter.out, [=](int64_t first, int64_t last, int64_t) {
    for (int64_t tap = first; tap < last; tap++) {
      const int64_t row = tap / filter.kernel, column = tap % filter.kernel;
      const int64_t place =
          (phases.kernel - 1 - row / stride) * phases.kernel + phases.kernel - 1 - column / stride;
      const float* of = from + tap * filter.in * filter.out;
      float* phase =
          to + place * phases.in * phases.out + (row % stride * stride + column % stride) * filter.in;
      for (int64_t o = 0; o < filter.out; o++) {
        for (int64_t i = 0; i < filter.in; i++) phase[o * phases.out + i] = of[i * filter.out + o];
      }
    }
  });
}

// dx [batch, height, width, in] = dy ∗ᵀ filter for a convolution of any stride, with `padding` zeros above
// and left of the image. The inputs are dy and the filter.
void stridedInputGradient(const Interleaving& to, Call& call) {
  const Shape dy(call.input(0)), sides(call.input(1));
  if (!call.require(FilterShape::isOf(sides), "filter must be square and not empty")) return;
  if (!call.require(to.isKnown(), kNoInterleaving)) return;
  const FilterShape filter(sides);
  const int64_t taps = (filter.kernel + to.stride - 1) / to.stride;
  const Shape turned = {taps, taps, filter.out, to.stride * to.stride * filter.in};
  const StrideAndPadding steps(1, taps - 1);
  if (!knows<Direct>(call, dy, turned, steps)) return;
  const Geometry geometry(dy, turned, steps.stride, steps.padding);
  const Shape inPhases = {geometry.batch, geometry.outHeight, geometry.outWidth, geometry.out};
  const Shape image = {geometry.batch, to.height, to.width, filter.in};
  float* dx = call.output(0, image);
  float* around = call.scratch(turned.count());
  float* packed = call.scratch(Direct::packedSize(geometry));
  float* phases = call.scratch(inPhases.count());
  if (!call.isFine() || image.count() == 0) return;
  turnToPhases(filter, geometry, to.stride, values(call.input(1)), around);
  Direct::pack(geometry, around, packed);
  Direct::convolve(call, geometry, values(call.input(0)), packed, Epilogue(), phases);
  if (call.isFine()) interleave(to, inPhases, phases, dx);
}

__attribute__((constructor)) void addDirect() {
  addConvolution<Direct>("LpipsDirect");
  if (Products::ofProcessor().mostRows == 0) return;
  add<Padding, &inputGradient<Direct>>(
      {"LpipsDirectInputGrad", {"dy: float", "filter: float"}, {"dx: float"}, {"padding: int"}});
  add<Interleaving, &stridedInputGradient>({"LpipsStridedInputGrad",
                                            {"dy: float", "filter: float"},
                                            {"dx: float"},
                                            {"stride: int", "padding: int", "height: int", "width: int"}});
}

} // namespace

#endif
