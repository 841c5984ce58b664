// Convolutions of 3x3 and of 5x5, stride 1, with as many zeros on each side as keep the size, by the minimal
// filtering F(2x2, 3x3) and F(2x2, 5x5) of Winograd, as Lavin and Gray use it (Fast Algorithms for
// Convolutional Neural Networks, 2015):
//
//   y = Aᵀ [Σ_c (G g_c Gᵀ) ∘ (Bᵀ d_c B)] A      for every tile d of n x n pixels, of which 2x2 come out
//
// These are n² products of matrices [tiles, in] x [in, out], n = 4 or 6, with 4/9 or 9/25 of the
// multiplications of the plain sum; the transforms are few additions. The filter's transform is taken once,
// in double. The matrices stand in winograd-3x3.h and winograd-5x5.h.
//
//   LpipsWinogradPack            G g Gᵀ of a filter
//   LpipsWinograd                x * filter
//   LpipsWinogradBiasRelu        relu(x * filter + bias)
//   LpipsWinogradFused, LpipsWinogradFusedSums
//                                with a filter that changes, see convolution.h
//   LpipsWinogradInputGrad       dy ∗ᵀ filter
//
// x and the result must have multiples of 16 channels.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "convolution.h"
#include "rows.h"
#include "tiles.h"
#include "winograd-3x3.h"
#include "winograd-5x5.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

using namespace lpips;

// How many tiles a thread computes at once. Their transforms must fit its cache. With a large filter there
// are more tiles, because the filter does not fit the cache and is read once for all of them.
constexpr int64_t mostTilesFor(int64_t in, int64_t out) { return in * out < (1 << 16) ? 36 : 72; }

// The transforms of a filtering, for tiles of kSide x kSide with what lies around them.
struct Of3x3 {
  static constexpr int64_t kSide = filtering3x3::kSide;
  static constexpr auto transformLanes = filtering3x3::transformLanes;
  static constexpr auto transformTile = filtering3x3::transformTile;
  static constexpr auto finishTile = filtering3x3::finishTile;
};
struct Of5x5 {
  static constexpr int64_t kSide = filtering5x5::kSide;
  static constexpr auto transformLanes = filtering5x5::transformLanes;
  static constexpr auto transformTile = filtering5x5::transformTile;
  static constexpr auto finishTile = filtering5x5::finishTile;
};

// G g Gᵀ of the whole filter, in the order in which the products read it: [place][panel][in][columns
// of the panel]. The last panel may be half as wide as the others.
template <typename Filtering>
void transformFilter(const FilterShape& shape, const float* filter, float* to) {
  const auto [kernel, in, out] = shape;
  divide(in, kernel * kernel * out, [=, in = in, out = out](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; i++) {
      for (int64_t o = 0; o < out; o += kLanes) {
        const int64_t panel = o / kPanel * kPanel, columns = std::min(kPanel, out - panel);
        Filtering::transformLanes(filter + i * out + o, in * out, to + panel * in + i * columns + o - panel,
                                  in * out);
      }
    }
  });
}

struct Winograd {
  static bool takes(const FilterShape& filter) {
    return (filter.kernel == 3 || filter.kernel == 5) && filter.in % kLanes == 0 && filter.out % kLanes == 0;
  }
  static bool fits(const Geometry& g) { return takes(g) && g.stride == 1 && g.padding == g.kernel / 2; }

  static int64_t packedSize(const FilterShape& filter) {
    const int64_t side = filter.kernel == 3 ? Of3x3::kSide : Of5x5::kSide;
    return side * side * filter.in * filter.out;
  }

  static void pack(const FilterShape& shape, const float* filter, float* packed) {
    (shape.kernel == 3 ? transformFilter<Of3x3> : transformFilter<Of5x5>)(shape, filter, packed);
  }

  static void convolve(Call& call, const Geometry& g, const float* x, const float* transformed,
                       const Epilogue& epilogue, float* y) {
    (g.kernel == 3 ? convolveBy<Of3x3> : convolveBy<Of5x5>)(call, g, x, transformed, epilogue, y);
  }

 private:
  template <typename Filtering>
  static void convolveBy(Call& call, const Geometry& g, const float* x, const float* transformed,
                         const Epilogue& epilogue, float* y) {
    constexpr int64_t kSide = Filtering::kSide, kPlaces = kSide * kSide;
    const Tiles tiles(g.batch, g.height, g.width);
    const int64_t in = g.in, out = g.out;
    const Images<const float> from = {x, g.height, g.width, in};
    // A task is a block of tiles. Where there are fewer blocks than threads, it computes only some of the
    // panels.
    const int64_t count = tiles.count(), panels = (out + kPanel - 1) / kPanel;
    auto& threads = Threads::ofProcess();
    const int64_t cores = threads.countFor(count * panels);
    const int64_t mostTiles = mostTilesFor(in, out), blocks = (count + mostTiles - 1) / mostTiles;
    const int64_t parts = blocks < cores ? std::min(cores, panels) : 1;
    const int64_t mostOut = (panels + parts - 1) / parts * kPanel;
    const int64_t rowOfV = in + kGap, placeOfV = mostTiles * rowOfV + kGap;
    const int64_t rowOfM = mostOut + kGap, placeOfM = mostTiles * rowOfM + kGap;
    const int64_t perThread = kPlaces * (placeOfV + placeOfM) + in + mostOut;
    float* scratch = call.scratch(threads.countFor(blocks * parts) * perThread);
    if (!scratch) return;
    threads.run(blocks * parts, [&](int64_t task, int64_t thread) {
      const int64_t block = task / parts, part = task % parts;
      const int64_t firstTile = count * block / blocks, lastTile = count * (block + 1) / blocks;
      const int64_t firstPanel = panels * part / parts, lastPanel = panels * (part + 1) / parts;
      float* v = scratch + thread * perThread;
      float* m = v + kPlaces * placeOfV;
      float* zeros = m + kPlaces * placeOfM; // read in place of pixels outside the image
      float* nowhere = zeros + in;           // written in place of pixels outside the result
      std::fill_n(zeros, in, 0.0f);
      float* rows = v;
      tiles.each(firstTile, lastTile, [&](const Tile& tile) {
        const float* d[kPlaces];
        from.template square<kSide>(tile.image, tile.row - g.padding, tile.column - g.padding, zeros, d);
        Filtering::transformTile(d, rows, placeOfV, in);
        rows += rowOfV;
      });
      for (int64_t place = 0; place < kPlaces; place++) {
        for (int64_t panel = firstPanel; panel < lastPanel; panel++) {
          const float* b = transformed + (place * out + panel * kPanel) * in;
          multiplyRows(v + place * placeOfV, rowOfV, lastTile - firstTile, b, in, out - panel * kPanel,
                       m + place * placeOfM + (panel - firstPanel) * kPanel, rowOfM);
        }
      }
      const int64_t firstOut = firstPanel * kPanel, channels = std::min(lastPanel * kPanel, out) - firstOut;
      const Images<float> sums = {epilogue.kept(y) + firstOut, g.height, g.width, out};
      rows = m;
      tiles.each(firstTile, lastTile, [&](const Tile& tile) {
        float* to[kTile * kTile];
        sums.square<kTile>(tile.image, tile.row, tile.column, nowhere, to);
        Filtering::finishTile(rows, placeOfM, to, channels, epilogue.biasAt(firstOut), epilogue.least());
        rows += rowOfM;
      });
      if (!epilogue.needsPass()) return;
      tiles.eachLine(firstTile, lastTile, [&](const Tile& tile, int64_t tiles) {
        const int64_t pixels = std::min(tiles * kTile, g.width - tile.column);
        for (int64_t row = tile.row; row < std::min(tile.row + kTile, g.height); row++) {
          const int64_t pixel = (tile.image * g.height + row) * g.width + tile.column;
          epilogue.pass(y, pixel * out + firstOut, pixels, out, channels);
        }
      });
    });
  }

  // c = a b for a panel b, which is half a panel where there are no more columns. It takes as many rows at
  // once as fit the registers, and ends a sum every kDepth terms.
  static void multiplyRows(const float* a, int64_t rowOfA, int64_t rows, const float* b, int64_t depth,
                           int64_t columns, float* c, int64_t rowOfC) {
    const Products& products = Products::ofProcessor();
    const bool isWhole = columns > kLanes;
    const auto& multiply = isWhole ? products.fetchingOfPanel : products.ofLanes;
    const int64_t groups = products.groupsOf(rows);
    for (int64_t done = 0; done < depth; done += kDepth) {
      for (int64_t group = 0; group < groups; group++) {
        const int64_t first = rows * group / groups, last = rows * (group + 1) / groups;
        multiply[last - first - 1](a + first * rowOfA + done, rowOfA, b + done * (isWhole ? kPanel : kLanes),
                                   std::min(kDepth, depth - done), c + first * rowOfC, rowOfC, done > 0);
      }
    }
  }
};

__attribute__((constructor)) void addWinograd() {
  addConvolution<Winograd>("LpipsWinograd");
  if (Products::ofProcessor().mostRows == 0) return;
  add<Padding, &inputGradient<Winograd>>(
      {"LpipsWinogradInputGrad", {"dy: float", "filter: float"}, {"dx: float"}, {"padding: int"}});
}

} // namespace

#endif
