// What one tap adds to the distance of two images, from the activations of both, as operations of TensorFlow.
// Their unit-normalised features stay in the cache, one pixel at a time, with the bits that equation.cc gives
// them.
//
//   LpipsMeanUnitDifference      added + 1/(H W) Σ_hw Σ_c w_c (û − v̂)_c², û = f / (‖f‖ + ε). x holds the
//                                activations f of the images and then, as many, those of their references;
//                                `added`, a number for each image, may be empty
//   LpipsMeanUnitDifferenceGrad  the gradient of one side, side 0 being that of the images, and what comes
//                                from the layers above it, through the relu that made x: 0 where x is not
//                                positive. `above` may be empty
//
// Tensors are float32 [batch, height, width, channels]. lpips-core has the derivations, beside its forward
// passes.
#include <cstdint>

#include "equation-rows.h"
#include "operation.h"
#include "rows.h"

namespace {

using namespace lpips;
using namespace lpips::equation;

constexpr const char* kNoWeights = "weights must hold one number for each channel";

void runMeanUnitDifference(const Epsilon& attributes, Call& call) {
  const Shape shape(call.input(0));
  const TF_Tensor *weights = call.input(1), *added = call.input(2);
  const bool isPairs = shape.axes() == 4 && shape[0] % 2 == 0;
  if (!call.require(isPairs, "x must have four axes and an even batch")) return;
  const int64_t batch = shape[0] / 2, pixels = shape[1] * shape[2], channels = shape[3];
  const int64_t rows = batch * pixels;
  if (!call.require(TF_TensorElementCount(weights) == channels, kNoWeights)) return;
  const bool isAdded = TF_TensorElementCount(added) > 0;
  if (!call.require(!isAdded || TF_TensorElementCount(added) == batch,
                    "added must hold one number for each image, or none"))
    return;
  float* y = call.output(0, {batch});
  if (!y || shape.count() == 0) return;
  // Pixels are summed after all of them are known, so that the sum does not depend on the number of threads.
  float* ofPixel = call.scratch(rows);
  if (!ofPixel) return;
  const float *f = values(call.input(0)), *g = f + rows * channels;
  divide(rows, channels, [=, &attributes](int64_t first, int64_t last, int64_t) {
    unitDifference(f + first * channels, g + first * channels, values(weights), ofPixel + first, last - first,
                   channels, attributes.epsilon);
  });
  for (int64_t image = 0; image < batch; image++) {
    const float mean = meanOf(ofPixel + image * pixels, pixels);
    y[image] = isAdded ? values(added)[image] + mean : mean;
  }
}

struct EpsilonsAndSide : EpsilonAndLeastNorm {
  const int64_t side;

  explicit EpsilonsAndSide(Attributes& attributes)
      : EpsilonAndLeastNorm(attributes), side(attributes.integer("side")) {}
};

// dx = dx + above where x > 0, and 0 elsewhere. The sum is taken everywhere, so that it fills registers.
WIDEST void throughRelu(const float* x, const float* above, float* dx, int64_t size) {
  for (int64_t c = 0; c < size; c++) {
    const float sum = above ? dx[c] + above[c] : dx[c];
    dx[c] = x[c] > 0 ? sum : 0;
  }
}

void runMeanUnitDifferenceGrad(const EpsilonsAndSide& attributes, Call& call) {
  const TF_Tensor *dy = call.input(0), *weights = call.input(2), *above = call.input(3);
  const Shape pairs(call.input(1));
  const bool isPairs = pairs.axes() == 4 && pairs[0] % 2 == 0;
  if (!call.require(isPairs, "x must have four axes and an even batch")) return;
  if (!call.require(attributes.side == 0 || attributes.side == 1, "side must be 0 or 1")) return;
  const int64_t batch = pairs[0] / 2, pixels = pairs[1] * pairs[2], channels = pairs[3];
  const int64_t rows = batch * pixels;
  const Shape shape = {batch, pairs[1], pairs[2], channels};
  if (!call.require(TF_TensorElementCount(weights) == channels, kNoWeights)) return;
  if (!call.require(TF_TensorElementCount(dy) == batch, "dy must hold one number for each image")) return;
  const bool hasAbove = TF_TensorElementCount(above) > 0;
  if (!call.require(!hasAbove || Shape(above) == shape, "above must have the shape of one side, or be empty"))
    return;
  float* dx = call.output(0, shape);
  if (!dx || shape.count() == 0) return;
  float* features = call.scratch(3 * channels * partsOf(rows, channels));
  if (!features) return;
  const float *ofImages = values(call.input(1)), *ofReferences = ofImages + rows * channels;
  const float* f = attributes.side == 0 ? ofImages : ofReferences;
  const float* g = attributes.side == 0 ? ofReferences : ofImages;
  const float* added = hasAbove ? values(above) : nullptr;
  divide(rows, channels, [=, &attributes](int64_t first, int64_t last, int64_t part) {
    float *u = features + 3 * channels * part, *v = u + channels, *du = v + channels, norm;
    for (int64_t row = first; row < last; row++) {
      const float share = values(dy)[row / pixels] / static_cast<float>(pixels);
      const int64_t at = row * channels;
      unitNormalize(g + at, v, &norm, 1, channels, attributes.epsilon);
      unitNormalize(f + at, u, &norm, 1, channels, attributes.epsilon);
      headGrad(&share, u, v, values(weights), du, 1, channels);
      unitNormalizeGrad(du, u, &norm, dx + at, 1, channels, attributes.epsilon, attributes.leastNorm);
      throughRelu(f + at, added ? added + at : nullptr, dx + at, channels);
    }
  });
}

__attribute__((constructor)) void addUnitDifference() {
  add<Epsilon, &runMeanUnitDifference>({"LpipsMeanUnitDifference",
                                        {"x: float", "weights: float", "added: float"},
                                        {"y: float"},
                                        {"epsilon: float"}});
  add<EpsilonsAndSide, &runMeanUnitDifferenceGrad>(
      {"LpipsMeanUnitDifferenceGrad",
       {"dy: float", "x: float", "weights: float", "above: float"},
       {"dx: float"},
       {"epsilon: float", "least_norm: float", "side: int"}});
}

} // namespace
