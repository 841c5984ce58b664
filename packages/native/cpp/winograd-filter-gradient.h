// The gradient of a convolution of 3x3, stride 1, with respect to its filter, by Winograd's minimal filtering
// backwards. With the letters of winograd.cc, and e for the 2x2 pixels of dy under a tile:
//
//   dw = Gᵀ [Σ_tiles (Bᵀ d B) ⊗ (A e Aᵀ)] G
//
// These are 16 products of matrices [in, tiles] x [tiles, out], 4/9 of the multiplications of the plain sum.
// Against double, sums over noise are off by 2e-7 to 3e-7 (root mean square, relative), where plain sums are
// off by 1e-7 to 2e-7.
//
// A task takes some channels of x, some of dy and a chunk of the tiles. Its sums stay in the cache of its
// thread, and it turns them into a part of a gradient. The parts of all chunks are added in order.
#ifndef LPIPS_WINOGRAD_FILTER_GRADIENT_H_
#define LPIPS_WINOGRAD_FILTER_GRADIENT_H_

#include <algorithm>
#include <cstdint>

#include "operation.h"
#include "products.h"
#include "rows.h"
#include "span.h"
#include "threads.h"
#include "tiles.h"
#include "winograd-3x3.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace lpips {

// sums = the sums of so many parts, which are `step` numbers apart.
WIDEST inline void sumParts(const float* parts, int64_t step, int64_t count, float* sums, int64_t size) {
  for (int64_t i = 0; i < size; i++) {
    float sum = parts[i];
    for (int64_t part = 1; part < count; part++) sum += parts[part * step + i];
    sums[i] = sum;
  }
}

class WinogradFilterGradient {
 public:
  // For dy [batch, height, width, out] and x with `top` and `left` zeros outside the image.
  WinogradFilterGradient(const Shape& x, const Shape& dy, int64_t top, int64_t left)
      : x_(x), dy_(dy), top_(top), left_(left) {}

  // Whether both have channels that fill registers, and at most three quarters of the multiplications of the
  // plain sum are left: tiles may lie partly outside dy.
  bool fits() const {
    const bool fills = in() % kLanes == 0 && out() % kLanes == 0;
    return fills && tiles().count() * kPlaces * 4 <= dy_[0] * dy_[1] * dy_[2] * kTaps * 3;
  }

  void compute(Call& call, const float* x, const float* dy, float* dw) const {
    auto& threads = Threads::ofProcess();
    const Tiles tiles = this->tiles();
    const int64_t partsOfIn = partsOfChannels(in()), partsOfOut = partsOfChannels(out());
    const int64_t parts = partsOfIn * partsOfOut, size = kTaps * in() * out();
    const int64_t chunks =
        std::clamp<int64_t>(tiles.count() / kLeastTiles, 1, chunksFor(tiles.count(), parts));
    const int64_t perThread = Task::scratchSize(mostChannels(in()), mostChannels(out()));
    float* scratch = call.scratch(threads.countFor(chunks * parts) * perThread);
    float* ofChunks = chunks > 1 ? call.scratch(chunks * size) : dw;
    if (!call.isFine()) return;
    threads.run(chunks * parts, [&](int64_t task, int64_t thread) {
      const int64_t chunk = task / parts;
      const Span ofIn = Span::part(in() / kLanes, task % partsOfIn, partsOfIn),
                 ofOut = Span::part(out() / kLanes, task % parts / partsOfIn, partsOfOut);
      Task{*this,
           scratch + thread * perThread,
           ofIn.first * kLanes,
           ofOut.first * kLanes,
           ofIn.size() * kLanes,
           ofOut.size() * kLanes}
          .run(x, dy, Span::part(tiles.count(), chunk, chunks), ofChunks + chunk * size);
    });
    if (chunks > 1) addChunks(ofChunks, chunks, dw);
  }

 private:
  static constexpr int64_t kPlaces = filtering3x3::kSide * filtering3x3::kSide, kTaps = 9;
  // Channels of a task. The sums of 64 and 64 take 256 kB.
  static constexpr int64_t kMostChannels = 64;
  // Numbers of the transforms that a thread computes at once, and how many tiles they are at most.
  static constexpr int64_t kMostNumbers = 1 << 16, kMostTiles = 64;
  static constexpr int64_t kLeastTiles = 32; // of a chunk

  struct Task {
    const WinogradFilterGradient& gradient;
    float* const scratch;
    const int64_t firstIn, firstOut, in, out;

    static int64_t scratchSize(int64_t in, int64_t out) {
      return kPlaces * (in * out + 2 * kGap) + kMostNumbers + in + out;
    }

    // The part of dw for these channels, from a chunk of the tiles.
    void run(const float* x, const float* dy, const Span& chunk, float* dw) const {
      const int64_t most = std::min(kMostTiles, kMostNumbers / (kPlaces * (in + out)));
      const int64_t placeOfV = most * in + kGap, placeOfE = most * out + kGap;
      float* v = scratch + kPlaces * in * out;
      float* e = v + kPlaces * placeOfV;
      std::fill_n(scratch, kPlaces * in * out, 0.0f);
      std::fill_n(e + kPlaces * placeOfE, in + out, 0.0f);
      const int64_t blocks = (chunk.size() + most - 1) / most;
      for (int64_t block = 0; block < blocks; block++) {
        const Span tiles = Span::part(chunk.size(), block, blocks);
        transform(x, dy, {chunk.first + tiles.first, chunk.first + tiles.last}, v, placeOfV, e, placeOfE);
        for (int64_t place = 0; place < kPlaces; place++) {
          addProducts(v + place * placeOfV, e + place * placeOfE, tiles.size(), scratch + place * in * out);
        }
      }
      finish(dw);
    }

    void transform(const float* x, const float* dy, const Span& tiles, float* v, int64_t placeOfV, float* e,
                   int64_t placeOfE) const {
      const Shape &of = gradient.x_, &ofDy = gradient.dy_;
      const Images<const float> from = {x + firstIn, of[1], of[2], of[3]};
      const Images<const float> with = {dy + firstOut, ofDy[1], ofDy[2], ofDy[3]};
      const float* zeros = e + kPlaces * placeOfE; // read in place of pixels outside the images
      gradient.tiles().each(tiles.first, tiles.last, [&](const Tile& tile) {
        const float *d[kPlaces], *pixels[kTile * kTile];
        from.square<filtering3x3::kSide>(tile.image, tile.row - gradient.top_, tile.column - gradient.left_,
                                         zeros, d);
        filtering3x3::transformTile(d, v, placeOfV, in);
        with.square<kTile>(tile.image, tile.row, tile.column, zeros, pixels);
        filtering3x3::spreadTile(pixels, e, placeOfE, out);
        v += in, e += out;
      });
    }

    void addProducts(const float* v, const float* e, int64_t tiles, float* sums) const {
      for (int64_t column = 0; column < out; column += kPanel) {
        Products::ofProcessor().addOuter({v, in, 0}, in, {e + column, out, 0}, out - column, 1, tiles,
                                         sums + column, out);
      }
    }

    void finish(float* dw) const {
      const int64_t ofX = gradient.in(), ofDy = gradient.out();
      for (int64_t i = 0; i < in; i++) {
        filtering3x3::gatherTaps(scratch + i * out, in * out, dw + (firstIn + i) * ofDy + firstOut,
                                 ofX * ofDy, out);
      }
    }
  };

  int64_t in() const { return x_[3]; }
  int64_t out() const { return dy_[3]; }
  Tiles tiles() const { return {dy_[0], dy_[1], dy_[2]}; }

  static int64_t partsOfChannels(int64_t channels) { return (channels + kMostChannels - 1) / kMostChannels; }
  static int64_t mostChannels(int64_t channels) {
    const int64_t parts = partsOfChannels(channels);
    return (channels / kLanes + parts - 1) / parts * kLanes;
  }

  void addChunks(const float* ofChunks, int64_t chunks, float* dw) const {
    const int64_t size = kTaps * in() * out();
    divide(size / kLanes, chunks * kLanes, [=](int64_t first, int64_t last, int64_t) {
      sumParts(ofChunks + first * kLanes, size, chunks, dw + first * kLanes, (last - first) * kLanes);
    });
  }

  const Shape x_, dy_;
  const int64_t top_, left_;
};

} // namespace lpips

#endif
#endif
