// The gradient of a convolution with respect to its filter, for every kernel, stride and padding:
//
//   dw[k] = Σ_o x[o s + k − p] ⊗ dy[o]      over the pixels o of all images
//
// A line of windows lies in x as it is: neighbouring taps of a kernel's row are neighbouring numbers, and the
// windows of neighbouring pixels are a stride apart. So no matrix of patches is made. The lines of x under
// some lines of dy are copied with zeros where windows reach over the edge, and a product (products.h) sums
// outer products of a few taps and a panel of channels over their pixels. Where dy has few channels it is the
// other way around: a panel of taps and a few channels.
//
// Filters of 3x3 with stride 1 and channels that fill registers take fewer multiplications
// (winograd-filter-gradient.h).
//
// The lines are divided into chunks with sums of their own, which are added in order. The result does not
// depend on which thread was the faster.
//
//   LpipsFilterGrad              dw from x and dy
#include <algorithm>
#include <cstdint>

#include "operation.h"
#include "products.h"
#include "rows.h"
#include "winograd-filter-gradient.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

using namespace lpips;

// Pixels in one product. They stay in the first cache for all taps of the kernel, and the sums are read and
// written once for all of them.
constexpr int64_t kPixels = 128;
// Pixels whose lines of x are copied at once. Lines under the edge between two such blocks are copied twice.
constexpr int64_t kCopiedPixels = 512;
// Numbers in the sums of all chunks.
constexpr int64_t kMostSums = 1 << 22;

struct FilterGrad {
  const int64_t kernelHeight, kernelWidth, strideDown, strideAcross, top, left;

  explicit FilterGrad(Attributes& attributes)
      : kernelHeight(attributes.integer("kernel_height")),
        kernelWidth(attributes.integer("kernel_width")),
        strideDown(attributes.integer("stride_down")),
        strideAcross(attributes.integer("stride_across")),
        top(attributes.integer("top")),
        left(attributes.integer("left")) {}

  bool is3x3OfStride1() const {
    return kernelHeight == 3 && kernelWidth == 3 && strideDown == 1 && strideAcross == 1;
  }
};

int64_t roundUp(int64_t size, int64_t unit) { return (size + unit - 1) / unit * unit; }

class Sums {
 public:
  Sums(const FilterGrad& f, const Shape& x, const Shape& dy, const float* ofX, const float* ofDy)
      : f_(f), x_(x), dy_(dy), ofX_(ofX), ofDy_(ofDy) {}

  int64_t panels() const { return (columns_ + kPanel - 1) / kPanel; }
  int64_t lines() const { return dy_[0] * dy_[1]; }
  // Numbers in the sums of one chunk.
  int64_t size() const { return f_.kernelHeight * rows_ * width_; }
  // Numbers in the memory of one thread.
  int64_t scratchSize() const {
    return ((copiedLines_ - 1) * f_.strideDown + f_.kernelHeight) * lineOfX_ + kPanel +
           copiedLines_ * dy_[2] * kPanel;
  }

  // Adds up a panel over the lines from `first` to `last` − 1 of dy. `sums` is the whole of a chunk's.
  void add(int64_t first, int64_t last, int64_t panel, float* sums, float* scratch) const {
    while (first < last) {
      const int64_t end = std::min({last, first + copiedLines_, (first / dy_[1] + 1) * dy_[1]});
      addBlock(first, end - first, panel, sums, scratch);
      first = end;
    }
  }

  // dw += the sums of a chunk, for the kernel's rows from `first` to `last` − 1.
  void addTo(float* dw, const float* sums, int64_t first, int64_t last) const {
    for (int64_t k = first; k < last; k++) {
      float* to = dw + k * taps_ * channels_;
      const float* from = sums + k * rows_ * width_;
      for (int64_t row = 0; row < rows_; row++) {
        for (int64_t column = 0; column < columns_; column++) {
          to[row * (tapsAreRows_ ? channels_ : 1) + column * (tapsAreRows_ ? 1 : channels_)] +=
              from[row * width_ + column];
        }
      }
    }
  }

 private:
  static int64_t costOf(int64_t rows, int64_t columns) {
    return std::max(rows, 4 * Products::ofProcessor().groupsOf(rows)) * roundUp(columns, kLanes);
  }

  void addBlock(int64_t line, int64_t lines, int64_t panel, float* sums, float* scratch) const {
    const int64_t image = line / dy_[1], row = line % dy_[1];
    const float* dy = ofDy_ + line * dy_[2] * channels_;
    copyLines(image, row * f_.strideDown - f_.top, (lines - 1) * f_.strideDown + f_.kernelHeight, scratch);
    const int64_t first = panel * kPanel, columns = std::min(kPanel, columns_ - first);
    Pixels taps = {scratch, f_.strideAcross * x_[3], f_.strideDown * lineOfX_};
    Pixels channels = {dy, channels_, dy_[2] * channels_};
    if (!tapsAreRows_) {
      taps.first += first;
    } else if (columns % kLanes == 0) {
      channels.first += first;
    } else {
      channels = paddedChannels(
          dy + first, lines, columns,
          scratch + ((copiedLines_ - 1) * f_.strideDown + f_.kernelHeight) * lineOfX_ + kPanel);
    }
    const int64_t atOnce = std::max<int64_t>(1, kPixels / dy_[2]);
    for (int64_t done = 0; done < lines; done += atOnce) {
      const int64_t now = std::min(atOnce, lines - done);
      for (int64_t k = 0; k < f_.kernelHeight; k++) {
        const Pixels x = {taps.first + done * taps.line + k * lineOfX_, taps.step, taps.line};
        const Pixels d = {channels.first + done * channels.line, channels.step, channels.line};
        Products::ofProcessor().addOuter(tapsAreRows_ ? x : d, rows_, tapsAreRows_ ? d : x, columns, now,
                                         dy_[2], sums + k * rows_ * width_ + first, width_);
      }
    }
  }

  // Lines of x with zeros outside the image. What follows them may be read, and is 0.
  void copyLines(int64_t image, int64_t first, int64_t lines, float* to) const {
    const int64_t in = x_[3], width = lineOfX_ / in;
    const int64_t from = std::min(width, std::max<int64_t>(0, f_.left));
    const int64_t until = std::max(from, std::min(width, x_[2] + f_.left));
    for (int64_t line = first; line < first + lines; line++, to += lineOfX_) {
      if (line < 0 || line >= x_[1]) {
        std::fill_n(to, lineOfX_, 0.0f);
        continue;
      }
      const float* of = ofX_ + ((image * x_[1] + line) * x_[2] + from - f_.left) * in;
      std::fill_n(to, from * in, 0.0f);
      std::copy_n(of, (until - from) * in, to + from * in);
      std::fill_n(to + until * in, (width - until) * in, 0.0f);
    }
    std::fill_n(to, kPanel, 0.0f);
  }

  // The last channels of dy, filled up to whole registers.
  Pixels paddedChannels(const float* dy, int64_t lines, int64_t columns, float* to) const {
    const int64_t padded = roundUp(columns, kLanes);
    const Pixels pixels = {to, padded, dy_[2] * padded};
    for (int64_t pixel = 0; pixel < lines * dy_[2]; pixel++, dy += channels_) {
      to = std::copy_n(dy, columns, to);
      to = std::fill_n(to, padded - columns, 0.0f);
    }
    return pixels;
  }

  const FilterGrad f_;
  const Shape x_, dy_;
  const float *ofX_, *ofDy_;
  const int64_t taps_ = f_.kernelWidth * x_[3], channels_ = dy_[3];
  const bool tapsAreRows_ = costOf(taps_, channels_) <= costOf(channels_, taps_);
  const int64_t rows_ = tapsAreRows_ ? taps_ : channels_, columns_ = tapsAreRows_ ? channels_ : taps_;
  const int64_t width_ = roundUp(columns_, kLanes); // of a row of sums
  const int64_t lineOfX_ = ((dy_[2] - 1) * f_.strideAcross + f_.kernelWidth) * x_[3];
  const int64_t copiedLines_ = std::max<int64_t>(1, kCopiedPixels / dy_[2]);
};

void runFilterGrad(const FilterGrad& f, Call& call) {
  const Shape x(call.input(0)), dy(call.input(1));
  const bool isKnown = x.axes() == 4 && dy.axes() == 4 && x[0] == dy[0] && f.kernelHeight > 0 &&
                       f.kernelWidth > 0 && f.strideDown > 0 && f.strideAcross > 0;
  if (!call.require(isKnown, "x and dy must have four axes and one batch, kernel and strides be positive"))
    return;
  const Shape filter = {f.kernelHeight, f.kernelWidth, x[3], dy[3]};
  float* dw = call.output(0, filter);
  if (!dw) return;
  if (x.count() == 0 || dy.count() == 0) {
    std::fill_n(dw, filter.count(), 0.0f);
    return;
  }
  const float *ofX = values(call.input(0)), *ofDy = values(call.input(1));
  if (f.is3x3OfStride1()) {
    const WinogradFilterGradient winograd(x, dy, f.top, f.left);
    if (winograd.fits()) return winograd.compute(call, ofX, ofDy, dw);
  }
  std::fill_n(dw, filter.count(), 0.0f);
  const Sums sums(f, x, dy, ofX, ofDy);
  auto& threads = Threads::ofProcess();
  const int64_t panels = sums.panels(), lines = sums.lines();
  const int64_t most = std::min(lines, kMostSums / sums.size());
  const int64_t chunks = std::clamp<int64_t>(most, 1, chunksFor(lines * panels, panels));
  const int64_t tasks = chunks * panels, perThread = roundUp(sums.scratchSize(), kLanes);
  float* ofChunks = call.scratch(chunks * sums.size() + threads.countFor(tasks) * perThread);
  if (!ofChunks) return;
  float* scratch = ofChunks + chunks * sums.size();
  std::fill_n(ofChunks, chunks * sums.size(), 0.0f);
  threads.run(tasks, [&](int64_t task, int64_t thread) {
    const int64_t chunk = task / panels;
    sums.add(lines * chunk / chunks, lines * (chunk + 1) / chunks, task % panels,
             ofChunks + chunk * sums.size(), scratch + thread * perThread);
  });
  divide(f.kernelHeight, filter.count() / f.kernelHeight * chunks, [&](int64_t first, int64_t last, int64_t) {
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
      sums.addTo(dw, ofChunks + chunk * sums.size(), first, last);
    }
  });
}

__attribute__((constructor)) void addFilterGrad() {
  __builtin_cpu_init();
  if (Products::ofProcessor().mostRows == 0) return;
  add<FilterGrad, &runFilterGrad>({"LpipsFilterGrad",
                                   {"x: float", "dy: float"},
                                   {"dw: float"},
                                   {"kernel_height: int", "kernel_width: int", "stride_down: int",
                                    "stride_across: int", "top: int", "left: int"}});
}

} // namespace

#endif
