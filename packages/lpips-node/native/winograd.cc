// Convolutions of 3x3, stride 1 and one zero on each side, with a filter that never changes, by the minimal filtering
// F(2x2, 3x3) of Winograd, as Lavin and Gray use it (Fast Algorithms for Convolutional Neural Networks, 2015):
//
//   y = Aᵀ [Σ_c (G g_c Gᵀ) ∘ (Bᵀ d_c B)] A      for every tile d of 4x4 pixels, of which 2x2 come out
//
//        | 1  0 −1  0 |        | 1    0   0  |
//   Bᵀ = | 0  1  1  0 |    G = | 1/2  1/2 1/2|    Aᵀ = | 1  1  1  0 |
//        | 0 −1  1  0 |        | 1/2 −1/2 1/2|         | 0  1 −1 −1 |
//        | 0  1  0 −1 |        | 0    0   1  |
//
// These are 16 products of matrices [tiles, in] x [in, out], with 4/9 of the multiplications of the plain sum; the
// transforms are additions. The result is as exact as the plain sum: the filter's transform is taken once, in double.
//
//   LpipsConvolve                x * filter
//   LpipsConvolveBiasRelu        relu(x * filter + bias)
//
// x is float32 [batch, height, width, in], in a multiple of 16; the filter [3, 3, in, out], out a multiple of 32.
#include <array>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "operation.h"

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

using namespace lpips;

constexpr int64_t kPlaces = 16; // of a transformed tile
constexpr int64_t kLanes = 16;  // channels that are transformed at once
constexpr int64_t kPanel = 32;  // output channels that a product computes at once
// Tiles that a thread takes at once, so that their transforms stay in its cache; more where the filter does not, which is
// read once for all of them.
constexpr int64_t mostTilesFor(int64_t in, int64_t out) { return in * out < (1 << 16) ? 36 : 72; }
// Input channels in one sum: the error of a sum grows with its length, and so much of a panel stays in the first cache.
constexpr int64_t kDepth = 128;
// Between rows and between places, so that they do not fall on the same lines of the cache.
constexpr int64_t kGap = 16;

typedef float Lanes __attribute__((vector_size(4 * kLanes), may_alias));
typedef float LanesAnywhere __attribute__((vector_size(4 * kLanes), may_alias, aligned(4)));
typedef float HalfLanes __attribute__((vector_size(2 * kLanes), may_alias));

struct alignas(4 * kLanes) Line {
  float lanes[kLanes];
};

inline Lanes load(const float* from) { return *reinterpret_cast<const LanesAnywhere*>(from); }
inline void store(float* to, Lanes lanes) { *reinterpret_cast<LanesAnywhere*>(to) = lanes; }

// G g Gᵀ of all filters, in the order in which the products read them: [place][panel][in][kPanel].
std::vector<Line> transformFilter(const float* filter, int64_t in, int64_t out) {
  std::vector<Line> transformed(kPlaces * in * out / kLanes);
  float* to = transformed[0].lanes;
  for (int64_t i = 0; i < in; i++) {
    for (int64_t o = 0; o < out; o++) {
      double half[4][3]; // G g
      for (int64_t b = 0; b < 3; b++) {
        const auto g = [&](int64_t a) -> double { return filter[((a * 3 + b) * in + i) * out + o]; };
        half[0][b] = g(0);
        half[1][b] = (g(0) + g(1) + g(2)) / 2;
        half[2][b] = (g(0) - g(1) + g(2)) / 2;
        half[3][b] = g(2);
      }
      for (int64_t a = 0; a < 4; a++) {
        const auto [first, second, third] = half[a];
        const double row[4] = {first, (first + second + third) / 2, (first - second + third) / 2, third};
        for (int64_t b = 0; b < 4; b++) {
          const int64_t panel = (a * 4 + b) * (out / kPanel) + o / kPanel;
          to[(panel * in + i) * kPanel + o % kPanel] = static_cast<float>(row[b]);
        }
      }
    }
  }
  return transformed;
}

// Bᵀ d B of the 16 pixels d, each place `gap` numbers after the one before it.
WIDEST void transformTile(const float* const* d, float* v, int64_t gap, int64_t in) {
  for (int64_t c = 0; c < in; c += kLanes) {
    Lanes half[4][4]; // Bᵀ d
#pragma GCC unroll 4
    for (int b = 0; b < 4; b++) {
      const Lanes d0 = load(d[b] + c), d1 = load(d[4 + b] + c), d2 = load(d[8 + b] + c), d3 = load(d[12 + b] + c);
      half[0][b] = d0 - d2;
      half[1][b] = d1 + d2;
      half[2][b] = d2 - d1;
      half[3][b] = d1 - d3;
    }
#pragma GCC unroll 4
    for (int a = 0; a < 4; a++) {
      float* place = v + a * 4 * gap + c;
      store(place, half[a][0] - half[a][2]);
      store(place + gap, half[a][1] + half[a][2]);
      store(place + 2 * gap, half[a][2] - half[a][1]);
      store(place + 3 * gap, half[a][1] - half[a][3]);
    }
  }
}

// max(Aᵀ m A + bias, least) to the four pixels y; no bias where it is null.
WIDEST void finishTile(const float* m, int64_t gap, float* const* y, int64_t out, const float* bias, float least) {
  const Lanes leasts = Lanes{} + least;
  for (int64_t c = 0; c < out; c += kLanes) {
    Lanes half[2][4]; // Aᵀ m
#pragma GCC unroll 4
    for (int b = 0; b < 4; b++) {
      const float* place = m + b * gap + c;
      const Lanes m0 = load(place), m1 = load(place + 4 * gap), m2 = load(place + 8 * gap), m3 = load(place + 12 * gap);
      half[0][b] = m0 + m1 + m2;
      half[1][b] = m1 - m2 - m3;
    }
    const Lanes biases = bias ? load(bias + c) : Lanes{};
#pragma GCC unroll 2
    for (int a = 0; a < 2; a++) {
      const Lanes left = half[a][0] + half[a][1] + half[a][2] + biases;
      const Lanes right = half[a][1] - half[a][2] - half[a][3] + biases;
      store(y[2 * a] + c, left < leasts ? leasts : left); // as written, NaN stays NaN
      store(y[2 * a + 1] + c, right < leasts ? leasts : right);
    }
  }
}

// c = a b, or c += a b, for kRows rows of a and two registers' width of a panel b, with all sums in registers.
template <typename Register, int kRows>
inline __attribute__((always_inline)) void multiply(const float* a, int64_t rowOfA, const float* b, int64_t depth,
                                                    float* c, int64_t rowOfC, bool adds) {
  constexpr int64_t kWidth = sizeof(Register) / sizeof(float);
  Register sums[kRows][2] = {};
  for (int64_t k = 0; k < depth; k++, b += kPanel) {
    const Register left = *reinterpret_cast<const Register*>(b);
    const Register right = *reinterpret_cast<const Register*>(b + kWidth);
#pragma GCC unroll 12
    for (int row = 0; row < kRows; row++) {
      sums[row][0] += a[row * rowOfA + k] * left;
      sums[row][1] += a[row * rowOfA + k] * right;
    }
  }
#pragma GCC unroll 12
  for (int row = 0; row < kRows; row++) {
    auto* left = reinterpret_cast<Register*>(c + row * rowOfC);
    auto* right = reinterpret_cast<Register*>(c + row * rowOfC + kWidth);
    *left = adds ? *left + sums[row][0] : sums[row][0];
    *right = adds ? *right + sums[row][1] : sums[row][1];
  }
}

template <int kRows>
__attribute__((target("avx512f"))) void multiplyWide(const float* a, int64_t rowOfA, const float* b, int64_t depth,
                                                     float* c, int64_t rowOfC, bool adds) {
  multiply<Lanes, kRows>(a, rowOfA, b, depth, c, rowOfC, adds);
}

template <int kRows>
__attribute__((target("avx2,fma"))) void multiplyNarrow(const float* a, int64_t rowOfA, const float* b, int64_t depth,
                                                        float* c, int64_t rowOfC, bool adds) {
  multiply<HalfLanes, kRows>(a, rowOfA, b, depth, c, rowOfC, adds);
  multiply<HalfLanes, kRows>(a, rowOfA, b + kPanel / 2, depth, c + kPanel / 2, rowOfC, adds);
}

// Products of 1 … mostRows rows with a panel.
struct Products {
  using Product = decltype(&multiplyWide<1>);
  int64_t mostRows = 0;
  std::array<Product, 12> ofRows = {};

  template <int... row>
  static Products wide(std::integer_sequence<int, row...>) {
    return {sizeof...(row), {&multiplyWide<row + 1>...}};
  }
  template <int... row>
  static Products narrow(std::integer_sequence<int, row...>) {
    return {sizeof...(row), {&multiplyNarrow<row + 1>...}};
  }
  // As many rows as this processor's registers hold; none where it lacks fused multiplication.
  static Products ofProcessor() {
    if (__builtin_cpu_supports("avx512f")) return wide(std::make_integer_sequence<int, 12>());
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      return narrow(std::make_integer_sequence<int, 6>());
    }
    return {};
  }
};

struct Tiles {
  int64_t height, width; // of an image
  int64_t down = (height + 1) / 2, across = (width + 1) / 2;

  // work(which of the side² pixels, its index among all images' or −1 outside) from `offset` pixels before the tile on.
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

// A filter's transform, made at the first call. TensorFlow keeps one kernel for each set of attributes, and the filter's
// digest is one of them.
class Convolution {
 public:
  explicit Convolution(TF_OpKernelConstruction*) {}

  void run(Call& call, const TF_Tensor* x, const TF_Tensor* filter, const TF_Tensor* bias) {
    const auto from = shapeOf(x), sides = shapeOf(filter);
    const bool fits = from.size() == 4 && sides.size() == 4 && sides[0] == 3 && sides[1] == 3 && sides[2] == from[3] &&
                      sides[2] % kLanes == 0 && sides[3] % kPanel == 0;
    if (!call.require(fits, "x and the filter do not fit")) return;
    const int64_t in = sides[2], out = sides[3];
    if (!call.require(!bias || TF_TensorElementCount(bias) == out, "the bias is not one for each channel")) return;
    std::call_once(once_, [&] { transformed_ = transformFilter(values(filter), in, out); });
    const bool isTheSame = transformed_.size() * kLanes == static_cast<size_t>(kPlaces * in * out);
    if (!call.require(isTheSame, "another filter has the same digest")) return;
    float* y = call.output(0, {from[0], from[1], from[2], out});
    if (!call.isFine() || TF_TensorElementCount(x) == 0) return;
    convolve(call, {from[1], from[2]}, from[0], values(x), in, bias ? values(bias) : nullptr, y, out);
  }

 private:
  void convolve(Call& call, Tiles tiles, int64_t batch, const float* x, int64_t in, const float* bias, float* y,
                int64_t out) const {
    // A task is some of the tiles; where these are few, with some of the panels.
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
    if (!call.isFine()) return;
    threads.run(blocks * parts, [&](int64_t task, int64_t thread) {
      const int64_t block = task / parts, part = task % parts;
      const int64_t firstTile = count * block / blocks, lastTile = count * (block + 1) / blocks;
      const int64_t firstPanel = panels * part / parts, lastPanel = panels * (part + 1) / parts;
      float* v = scratch + thread * perThread;
      float* m = v + kPlaces * placeOfV;
      float* zeros = m + kPlaces * placeOfM; // the pixels outside, to read
      float* nowhere = zeros + in;           // and to write
      std::fill_n(zeros, in, 0.0f);
      for (int64_t tile = firstTile; tile < lastTile; tile++) {
        const float* d[16];
        tiles.eachPixel(tile, 4, 1, [&](int64_t i, int64_t pixel) { d[i] = pixel < 0 ? zeros : x + pixel * in; });
        transformTile(d, v + (tile - firstTile) * rowOfV, placeOfV, in);
      }
      for (int64_t place = 0; place < kPlaces; place++) {
        for (int64_t panel = firstPanel; panel < lastPanel; panel++) {
          const float* b = transformed_[0].lanes + (place * panels + panel) * in * kPanel;
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
        finishTile(m + (tile - firstTile) * rowOfM, placeOfM, to, lastPanel * kPanel - firstOut,
                   bias ? bias + firstOut : nullptr, bias ? 0 : -INFINITY);
      }
    });
  }

  // In groups of as many rows as fit the registers, alike in size, and in sums of kDepth.
  static void multiplyRows(const float* a, int64_t rowOfA, int64_t rows, const float* b, int64_t depth, float* c,
                           int64_t rowOfC) {
    static const Products products = Products::ofProcessor();
    const int64_t groups = (rows + products.mostRows - 1) / products.mostRows;
    for (int64_t done = 0; done < depth; done += kDepth) {
      for (int64_t group = 0; group < groups; group++) {
        const int64_t first = rows * group / groups, last = rows * (group + 1) / groups;
        products.ofRows[last - first - 1](a + first * rowOfA + done, rowOfA, b + done * kPanel,
                                          std::min(kDepth, depth - done), c + first * rowOfC, rowOfC, done > 0);
      }
    }
  }

  std::once_flag once_;
  std::vector<Line> transformed_;
};

void runConvolve(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *x = call.input(0), *filter = call.input(1);
  if (call.isFine()) static_cast<Convolution*>(kernel)->run(call, x, filter, nullptr);
}

void runConvolveBiasRelu(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const TF_Tensor *x = call.input(0), *filter = call.input(1), *bias = call.input(2);
  if (call.isFine()) static_cast<Convolution*>(kernel)->run(call, x, filter, bias);
}

__attribute__((constructor)) void addConvolutions() {
  __builtin_cpu_init();
  if (Products::ofProcessor().mostRows == 0) return;
  add<Convolution>({"LpipsConvolve", &runConvolve, {"x: float", "filter: float"}, {"y: float"}, {"digest: string"}});
  add<Convolution>({"LpipsConvolveBiasRelu",
                    &runConvolveBiasRelu,
                    {"x: float", "filter: float", "bias: float"},
                    {"y: float"},
                    {"digest: string"}});
}

} // namespace

#endif
