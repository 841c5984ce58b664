// What one tap adds to the distance of two images, from the activations of both, as operations of TensorFlow.
// Their unit-normalised features stay in the cache, one pixel at a time, with the bits that equation.cc gives
// them.
//
//   LpipsMeanUnitDifference      1/(H W) Σ_hw Σ_c w_c (û − v̂)_c², û = f / (‖f‖ + ε), where x holds the
//                                activations f of the images and then, as many, those of their references
//   LpipsMeanUnitDifferenceGrad  df. The difference is symmetric, so f and g may be given the other way round
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

struct Epsilon {
  const float epsilon;

  explicit Epsilon(Attributes& attributes) : epsilon(attributes.number("epsilon")) {}
};

void runMeanUnitDifference(const Epsilon& attributes, Call& call) {
  const Shape shape(call.input(0));
  const TF_Tensor* weights = call.input(1);
  const bool isPairs = shape.axes() == 4 && shape[0] % 2 == 0;
  if (!call.require(isPairs, "x must have four axes and an even batch")) return;
  const int64_t batch = shape[0] / 2, pixels = shape[1] * shape[2], channels = shape[3];
  const int64_t rows = batch * pixels;
  if (!call.require(TF_TensorElementCount(weights) == channels, kNoWeights)) return;
  float* y = call.output(0, {batch});
  if (!y || shape.count() == 0) return;
  // Pixels are summed after all of them are known, so that the sum does not depend on the number of threads.
  float* ofPixel = call.scratch(rows);
  float* features = call.scratch(2 * channels * partsOf(rows, channels));
  if (!call.isFine()) return;
  const float *f = values(call.input(0)), *g = f + rows * channels;
  divide(rows, channels, [=, &attributes](int64_t first, int64_t last, int64_t part) {
    float *u = features + 2 * channels * part, *v = u + channels, norm;
    for (int64_t row = first; row < last; row++) {
      unitNormalize(f + row * channels, u, &norm, 1, channels, attributes.epsilon);
      unitNormalize(g + row * channels, v, &norm, 1, channels, attributes.epsilon);
      head(u, v, values(weights), ofPixel + row, 1, channels);
    }
  });
  for (int64_t image = 0; image < batch; image++) {
    double sum = 0;
    for (int64_t pixel = 0; pixel < pixels; pixel++) sum += ofPixel[image * pixels + pixel];
    y[image] = static_cast<float>(sum / pixels);
  }
}

struct EpsilonAndLeastNorm : Epsilon {
  const float leastNorm;

  explicit EpsilonAndLeastNorm(Attributes& attributes)
      : Epsilon(attributes), leastNorm(attributes.number("least_norm")) {}
};

void runMeanUnitDifferenceGrad(const EpsilonAndLeastNorm& attributes, Call& call) {
  const TF_Tensor *dy = call.input(0), *weights = call.input(3);
  const Shape shape(call.input(1));
  if (!call.require(shape.axes() == 4, "f must have four axes")) return;
  if (!call.require(Shape(call.input(2)) == shape, "g must have the shape of f")) return;
  const int64_t pixels = shape[1] * shape[2], channels = shape[3], rows = shape[0] * pixels;
  if (!call.require(TF_TensorElementCount(weights) == channels, kNoWeights)) return;
  if (!call.require(TF_TensorElementCount(dy) == shape[0], "dy must hold one number for each image")) return;
  float* df = call.output(0, shape);
  if (!df || shape.count() == 0) return;
  float* features = call.scratch(3 * channels * partsOf(rows, channels));
  if (!features) return;
  const float *f = values(call.input(1)), *g = values(call.input(2));
  divide(rows, channels, [=, &attributes](int64_t first, int64_t last, int64_t part) {
    float *u = features + 3 * channels * part, *v = u + channels, *du = v + channels, norm;
    for (int64_t row = first; row < last; row++) {
      const float share = values(dy)[row / pixels] / static_cast<float>(pixels);
      unitNormalize(g + row * channels, v, &norm, 1, channels, attributes.epsilon);
      unitNormalize(f + row * channels, u, &norm, 1, channels, attributes.epsilon);
      headGrad(&share, u, v, values(weights), du, 1, channels);
      unitNormalizeGrad(du, u, &norm, df + row * channels, 1, channels, attributes.epsilon,
                        attributes.leastNorm);
    }
  });
}

__attribute__((constructor)) void addUnitDifference() {
  add<Epsilon, &runMeanUnitDifference>(
      {"LpipsMeanUnitDifference", {"x: float", "weights: float"}, {"y: float"}, {"epsilon: float"}});
  add<EpsilonAndLeastNorm, &runMeanUnitDifferenceGrad>(
      {"LpipsMeanUnitDifferenceGrad",
       {"dy: float", "f: float", "g: float", "weights: float"},
       {"df: float"},
       {"epsilon: float", "least_norm: float"}});
}

} // namespace
