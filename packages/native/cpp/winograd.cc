// Convolutions of 3x3, stride 1 and one zero on each side by the minimal filtering F(2x2, 3x3) of Winograd, as Lavin and Gray use it (Fast Algorithms for Convolutional Neural
// Networks, 2015):
//
//   y = Aᵀ [Σ_c (G g_c Gᵀ) ∘ (Bᵀ d_c B)] A      for every tile d of 4x4 pixels, of which 2x2 come out
//
//        | 1  0 −1  0 |        | 1    0   0  |
//   Bᵀ = | 0  1  1  0 |    G = | 1/2  1/2 1/2|    Aᵀ = | 1  1  1  0 |
//        | 0 −1  1  0 |        | 1/2 −1/2 1/2|         | 0  1 −1 −1 |
//        | 0  1  0 −1 |        | 0    0   1  |
//
// These are 16 products of matrices [tiles, in] x [in, out], with 4/9 of the multiplications of the plain
// sum; the transforms are additions. The result is as exact as the plain sum: the filter's transform is taken
// once, in double.
//
//   LpipsWinogradPack            G g Gᵀ of a filter
//   LpipsWinograd                x * filter
//   LpipsWinogradBiasRelu        relu(x * filter + bias)
//   LpipsWinogradFused, LpipsWinogradFusedSums
//                                with a filter that changes, see convolution.h
//   LpipsWinogradInputGrad       dy ∗ᵀ filter
//
// x must have a multiple of 16 channels, and the result a multiple of 32.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "convolution.h"
#include "rows.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

using namespace lpips;

constexpr int64_t kPlaces = 16; // numbers of a transformed tile, for each channel
// How many tiles a thread computes at once. Their transforms must fit its cache. With a large filter there
// are more tiles, because the filter does not fit the cache and is read once for all of them.
constexpr int64_t mostTilesFor(int64_t in, int64_t out) { return in * out < (1 << 16) ? 36 : 72; }
// Unused numbers between rows and between places. They keep rows and places off the same lines of the cache.
constexpr int64_t kGap = 16;

// G g Gᵀ of a panel of one input channel. Taps of the filter are `tap` numbers apart, places `place`.
WIDEST void transformPanel(const float* filter, int64_t tap, float* to, int64_t place) {
  double half[4][3][kPanel]; // G g
  for (int64_t b = 0; b < 3; b++) {
    const float *g0 = filter + b * tap, *g1 = g0 + 3 * tap, *g2 = g1 + 3 * tap;
    for (int64_t o = 0; o < kPanel; o++) {
      const double first = g0[o], second = g1[o], third = g2[o];
      half[0][b][o] = first;
      half[1][b][o] = (first + second + third) / 2;
      half[2][b][o] = (first - second + third) / 2;
      half[3][b][o] = third;
    }
  }
  for (int64_t a = 0; a < 4; a++, to += 4 * place) {
    for (int64_t o = 0; o < kPanel; o++) {
      const double first = half[a][0][o], second = half[a][1][o], third = half[a][2][o];
      to[o] = static_cast<float>(first);
      to[place + o] = static_cast<float>((first + second + third) / 2);
      to[2 * place + o] = static_cast<float>((first - second + third) / 2);
      to[3 * place + o] = static_cast<float>(third);
    }
  }
}

// G g Gᵀ of the whole filter, in the order in which the products read it: [place][panel][in][kPanel].
void transformFilter(const float* filter, int64_t in, int64_t out, float* to) {
  divide(in, 9 * out, [=](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; i++) {
      for (int64_t panel = 0; panel < out / kPanel; panel++) {
        transformPanel(filter + i * out + panel * kPanel, in * out, to + (panel * in + i) * kPanel, in * out);
      }
    }
  });
}

// v = Bᵀ d B of the 16 pixels d. Places are `gap` numbers apart.
WIDEST void transformTile(const float* const* d, float* v, int64_t gap, int64_t in) {
  for (int64_t c = 0; c < in; c += kLanes) {
    Lanes half[4][4]; // Bᵀ d
#pragma GCC unroll 4
    for (int b = 0; b < 4; b++) {
      const Lanes d0 = lanesAt(d[b] + c), d1 = lanesAt(d[4 + b] + c), d2 = lanesAt(d[8 + b] + c),
                  d3 = lanesAt(d[12 + b] + c);
      half[0][b] = d0 - d2;
      half[1][b] = d1 + d2;
      half[2][b] = d2 - d1;
      half[3][b] = d1 - d3;
    }
#pragma GCC unroll 4
    for (int a = 0; a < 4; a++) {
      float* place = v + a * 4 * gap + c;
      lanesAt(place) = half[a][0] - half[a][2];
      lanesAt(place + gap) = half[a][1] + half[a][2];
      lanesAt(place + 2 * gap) = half[a][2] - half[a][1];
      lanesAt(place + 3 * gap) = half[a][1] - half[a][3];
    }
  }
}

// y = max(Aᵀ m A + bias, least), four pixels; bias may be null.
WIDEST void finishTile(const float* m, int64_t gap, float* const* y, int64_t out, const float* bias,
                       float least) {
  const Lanes leasts = Lanes{} + least;
  for (int64_t c = 0; c < out; c += kLanes) {
    Lanes half[2][4]; // Aᵀ m
#pragma GCC unroll 4
    for (int b = 0; b < 4; b++) {
      const float* place = m + b * gap + c;
      const Lanes m0 = lanesAt(place), m1 = lanesAt(place + 4 * gap), m2 = lanesAt(place + 8 * gap),
                  m3 = lanesAt(place + 12 * gap);
      half[0][b] = m0 + m1 + m2;
      half[1][b] = m1 - m2 - m3;
    }
    const Lanes biases = bias ? lanesAt(bias + c) : Lanes{};
#pragma GCC unroll 2
    for (int a = 0; a < 2; a++) {
      const Lanes left = half[a][0] + half[a][1] + half[a][2] + biases;
      const Lanes right = half[a][1] - half[a][2] - half[a][3] + biases;
      lanesAt(y[2 * a] + c) = left < leasts ? leasts : left; // as written, NaN stays NaN
      lanesAt(y[2 * a + 1] + c) = right < leasts ? leasts : right;
    }
  }
}

struct Tiles {
  int64_t height, width; // of an image
  int64_t down = (height + 1) / 2, across = (width + 1) / 2;

  // Calls work(i, pixel) for the side² pixels from `offset` rows and columns before the tile on. `pixel` is
  // the index among the pixels of all images, or −1 outside the image.
  template <typename Work>
  void eachPixel(int64_t tile, int64_t side, int64_t offset, const Work& work) const {
    const int64_t image = tile / (down * across);
    const int64_t top = tile / across % down * 2 - offset, left = tile % across * 2 - offset;
    for (int64_t row = top; row < top + side; row++) {
      for (int64_t column = left; column < left + side; column++) {
        const bool isInside = row >= 0 && row < height && column >= 0 && column < width;
        work((row - top) * side + column - left, isInside ? (image * height + row) * width + column : -1);
      }
    }
  }
};

struct Winograd {
  static bool takes(const FilterShape& filter) {
    return filter.kernel == 3 && filter.in % kLanes == 0 && filter.out % kPanel == 0;
  }
  static bool fits(const Geometry& g) { return takes(g) && g.stride == 1 && g.padding == 1; }

  static int64_t packedSize(const FilterShape& filter) { return kPlaces * filter.in * filter.out; }

  static void pack(const FilterShape& shape, const float* filter, float* packed) {
    transformFilter(filter, shape.in, shape.out, packed);
  }

  static void convolve(Call& call, const Geometry& g, const float* x, const float* transformed,
                       const Epilogue& epilogue, float* y) {
    const Tiles tiles = {g.height, g.width};
    const int64_t batch = g.batch, in = g.in, out = g.out;
    // A task is a block of tiles. Where there are few tiles, it computes only some of the panels.
    const int64_t count = batch * tiles.down * tiles.across, panels = out / kPanel;
    auto& threads = Threads::ofProcess();
    const int64_t cores = threads.countFor(count * panels);
    const int64_t mostTiles = mostTilesFor(in, out), blocks = (count + mostTiles - 1) / mostTiles;
    const int64_t parts = count < std::max(out, cores * mostTiles) ? std::min(cores, panels) : 1;
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
      for (int64_t tile = firstTile; tile < lastTile; tile++) {
        const float* d[16];
        tiles.eachPixel(tile, 4, 1,
                        [&](int64_t i, int64_t pixel) { d[i] = pixel < 0 ? zeros : x + pixel * in; });
        transformTile(d, v + (tile - firstTile) * rowOfV, placeOfV, in);
      }
      for (int64_t place = 0; place < kPlaces; place++) {
        for (int64_t panel = firstPanel; panel < lastPanel; panel++) {
          const float* b = transformed + (place * panels + panel) * in * kPanel;
          multiplyRows(v + place * placeOfV, rowOfV, lastTile - firstTile, b, in,
                       m + place * placeOfM + (panel - firstPanel) * kPanel, rowOfM);
        }
      }
      const int64_t firstOut = firstPanel * kPanel;
      for (int64_t tile = firstTile; tile < lastTile; tile++) {
        float* to[4];
        tiles.eachPixel(tile, 2, 0, [&](int64_t i, int64_t pixel) {
          to[i] = pixel < 0 ? nowhere : y + pixel * out + firstOut;
        });
        const int64_t channels = lastPanel * kPanel - firstOut;
        finishTile(m + (tile - firstTile) * rowOfM, placeOfM, to, channels, epilogue.biasAt(firstOut),
                   epilogue.least());
        if (!epilogue.needsPass()) continue;
        for (float* pixel : to) {
          if (pixel != nowhere) epilogue.pass(pixel, pixel - y, channels);
        }
      }
    });
  }

 private:
  // c = a b. It takes as many rows at once as fit the registers, and ends a sum every kDepth terms.
  static void multiplyRows(const float* a, int64_t rowOfA, int64_t rows, const float* b, int64_t depth,
                           float* c, int64_t rowOfC) {
    const Products& products = Products::ofProcessor();
    const int64_t groups = products.groupsOf(rows);
    for (int64_t done = 0; done < depth; done += kDepth) {
      for (int64_t group = 0; group < groups; group++) {
        const int64_t first = rows * group / groups, last = rows * (group + 1) / groups;
        products.ofPanel[last - first - 1](a + first * rowOfA + done, rowOfA, b + done * kPanel,
                                           std::min(kDepth, depth - done), c + first * rowOfC, rowOfC,
                                           done > 0);
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
