// Calls that must fail, and calls in which an allocation fails.
#include <string>
#include <utility>
#include <vector>

#include "tests.h"

namespace tests {
namespace {

void testRefusals() {
  const Tensor x = noise({1, 6, 6, 16}, 1), filter = noise({3, 3, 16, 32}, 2),
               other = noise({3, 3, 8, 32}, 3);
  const Tensor packed = only("LpipsDirectPack", {}, {filter});
  const Attributes attributes = {{"stride", {1}}, {"padding", {1}}};
  const auto refuses = [](const Result& result, const std::string& message) {
    check(result.code == TF_INVALID_ARGUMENT && result.message.find(message) != std::string::npos,
          "refuses with: " + message + ", not: " + result.message);
    check(result.newCalls == 0, "a refusal calls operator new");
  };
  refuses(fake::run("LpipsDirect", attributes, {x, other, packed}), "filter must be square");
  refuses(fake::run("LpipsDirect", attributes, {x, filter, x}), "packed must be the filter");
  refuses(fake::run("LpipsDirect", {{"stride", {1}}}, {x, filter, packed}), "an attribute is missing");
  refuses(fake::run("LpipsWinograd", {{"stride", {2}}, {"padding", {1}}}, {x, filter, packed}),
          "does not know such a convolution");
  refuses(fake::run("LpipsDirectBiasRelu", attributes, {x, filter, packed, x}),
          "one number for each channel");
  refuses(fake::run("LpipsWinogradPack", {}, {other}), "does not know such a filter");
  const Attributes unknown = {{"activation", {8}}, {"alpha", {0}}},
                   swish = {{"activation", {3}}, {"alpha", {0}}};
  refuses(fake::run("LpipsActivation", unknown, {x}), "the number of a function");
  refuses(fake::run("LpipsActivationGrad", swish, {x, filter}), "value must have the shape of dy");
  refuses(fake::run("LpipsBiasActivation", swish, {x, x}), "one number for each channel");
  refuses(fake::run("LpipsWinogradInputGrad", {{"padding", {1}}}, {x, filter}),
          "must be square, have the channels");
  const Attributes back = {{"stride", {2}}, {"padding", {1}}, {"height", {6}}, {"width", {6}}};
  refuses(fake::run("LpipsStridedInputGrad", back, {noise({2, 3, 3, 4}, 8), filter}),
          "must be square, have the channels");
  refuses(fake::run("LpipsUpsampleGrad", {{"down", {4}}, {"across", {1}}}, {x}), "whole pixels of dx");
  refuses(fake::run("LpipsResizeBilinearGrad", {{"height", {4}}, {"width", {4}}, {"placing", {3}}}, {x}),
          "placing must be 0, 1 or 2");
  refuses(fake::run("LpipsHead", {}, {x, filter, x}), "v must have the shape of u");
  const Tensor pair = noise({2, 6, 6, 16}, 4), weights = noise({16}, 5), dy = noise({1}, 6);
  Attributes side = {{"epsilon", {1e-10f}}, {"least_norm", {1e-30f}}, {"side", {1}}};
  refuses(fake::run("LpipsMeanUnitDifferenceGrad", side, {dy, x, weights, x}), "an even batch");
  refuses(fake::run("LpipsMeanUnitDifferenceGrad", side, {dy, pair, weights, pair}), "the shape of one side");
  refuses(fake::run("LpipsMeanUnitDifference", side, {pair, weights, weights}), "added must hold one number");
  side["side"] = {2};
  refuses(fake::run("LpipsMeanUnitDifferenceGrad", side, {dy, pair, weights, x}), "side must be 0 or 1");
  refuses(fake::run("LpipsMaxPoolGrad", {{"side", {1}}, {"stride", {1}}, {"first", {2}}}, {pair, pair, x}),
          "hold the images of dy");
  refuses(
      fake::run("LpipsInterleave", {{"stride", {3}}, {"padding", {0}}, {"height", {6}}, {"width", {6}}}, {x}),
      "the channels of all phases");
  refuses(fake::run("LpipsMaxPool", {{"side", {2}}, {"stride", {0}}, {"ceil", {0}}}, {x}),
          "strides must be positive");
  const Tensor pixels = noise({2, 4, 4, 3}, 7);
  const Attributes scaling = {{"shift", {0, 0, 0}}, {"scale", {1, 1, 1}}};
  refuses(fake::run("LpipsStackPair", scaling, {x, x}), "three channels");
  refuses(fake::run("LpipsStackPair", scaling, {pixels, noise({1, 4, 4, 3}, 8)}), "the shape of x");
  refuses(fake::run("LpipsGuardedScale", scaling, {x, dy}), "three channels");
  refuses(fake::run("LpipsGuardedScale", scaling, {pixels, dy}), "one number for each image");
  refuses(fake::run("LpipsScale", {{"shift", {0, 0, 0}}, {"scale", {1, 1, 1}}}, {x}), "three channels");
  std::vector<Tensor> step = inputsOfAdam({{4}, {5}});
  std::swap(step[3], step[4]);
  refuses(fake::run("LpipsAdam", {}, step), "a gradient must have the shape of its variable");
  std::swap(step[3], step[4]);
  std::swap(step[7], step[8]);
  refuses(fake::run("LpipsAdam", {}, step), "a state must have the shape of its variable");
  refuses(fake::run("LpipsSgd", {}, {x, x, x}), "one number for each coefficient");
  refuses(fake::run("LpipsPropagateNaN", {}, {noise({1, 1, 1, 1, 1, 1, 1, 1, 1}, 1), x}), "at most 8 axes");
}

// Every operation, with each of its allocations failing in turn.
void testWithoutMemory() {
  struct Operation {
    std::string name;
    Attributes attributes;
    std::vector<Tensor> inputs;
  };
  const Tensor x = noise({2, 6, 6, 16}, 1), filter = noise({3, 3, 16, 32}, 2), bias = noise({32}, 3);
  const Tensor weights = noise({16}, 4), perImage = noise({2}, 5), perPixel = noise({2, 6, 6, 1}, 6);
  const Attributes one = {{"stride", {1}}, {"padding", {1}}};
  const Attributes activation = {{"activation", {3}}, {"alpha", {0}}};
  Attributes fused = one;
  fused.insert(activation.begin(), activation.end());
  const Attributes kernel = {{"kernel_height", {1}}, {"kernel_width", {1}}, {"stride_down", {1}},
                             {"stride_across", {1}}, {"top", {0}},          {"left", {0}}};
  const Tensor direct = only("LpipsDirectPack", {}, {filter}),
               winograd = only("LpipsWinogradPack", {}, {filter});
  const std::vector<Operation> operations = {
      {"LpipsDirectPack", {}, {filter}},
      {"LpipsDirectBiasRelu", one, {x, filter, direct, bias}},
      {"LpipsWinogradPack", {}, {filter}},
      {"LpipsWinogradBiasRelu", one, {x, filter, winograd, bias}},
      {"LpipsDirectFused", fused, {x, filter, bias}},
      {"LpipsWinogradFusedSums", fused, {x, filter, bias}},
      {"LpipsWinogradInputGrad", {{"padding", {1}}}, {noise({2, 6, 6, 32}, 8), noise({3, 3, 32, 32}, 9)}},
      {"LpipsDirectInputGrad", {{"padding", {1}}}, {noise({2, 6, 6, 32}, 8), noise({3, 3, 32, 32}, 9)}},
      {"LpipsStridedInputGrad",
       {{"stride", {2}}, {"padding", {1}}, {"height", {6}}, {"width", {6}}},
       {noise({2, 3, 3, 32}, 8), noise({3, 3, 32, 32}, 9)}},
      {"LpipsFilterGrad", kernel, {x, x}},
      {"LpipsActivation", activation, {x}},
      {"LpipsBiasActivation", activation, {x, weights}},
      {"LpipsActivationGrad", activation, {x, x}},
      {"LpipsActivationBiasGrad", activation, {x, x}},
      {"LpipsBiasGrad", {}, {x}},
      {"LpipsUnitNormalize", {{"epsilon", {1e-10f}}}, {x}},
      {"LpipsUnitNormalizeGrad", {{"epsilon", {1e-10f}}, {"least_norm", {1e-30f}}}, {x, x, perPixel}},
      {"LpipsHead", {}, {x, x, weights}},
      {"LpipsHeadGrad", {}, {perPixel, x, x, weights}},
      {"LpipsMeanHead", {}, {x, x, weights}},
      {"LpipsMeanHeadGrad", {}, {perImage, x, x, weights}},
      {"LpipsMeanUnitDifferenceGrad",
       {{"epsilon", {1e-10f}}, {"least_norm", {1e-30f}}, {"side", {0}}},
       {noise({1}, 7), x, weights, noise({1, 6, 6, 16}, 8)}},
      {"LpipsMeanUnitDifference", {{"epsilon", {1e-10f}}}, {noise({2, 6, 6, 16}, 7), weights, noise({1}, 8)}},
      {"LpipsStackPair",
       {{"shift", {0, 0, 0}}, {"scale", {1, 1, 1}}},
       {noise({1, 4, 4, 3}, 7), noise({1, 4, 4, 3}, 8)}},
      {"LpipsGuardedScale", {{"scale", {1, 1, 1}}}, {noise({1, 4, 4, 3}, 7), noise({1}, 8)}},
      {"LpipsMaxPool", {{"side", {2}}, {"stride", {2}}, {"ceil", {1}}}, {x}},
      {"LpipsScale", {{"shift", {0, 0, 0}}, {"scale", {1, 1, 1}}}, {noise({1, 4, 4, 3}, 7)}},
      {"LpipsPropagateNaN", {}, {perImage, x}},
      {"LpipsUpsample", {{"down", {2}}, {"across", {2}}}, {x}},
      {"LpipsUpsampleGrad", {{"down", {2}}, {"across", {2}}}, {x}},
      {"LpipsResizeBilinearGrad", {{"height", {3}}, {"width", {3}}, {"placing", {0}}}, {x}},
      {"LpipsMaxPoolGrad", {{"side", {1}}, {"stride", {1}}, {"first", {0}}}, {x, x, x}},
      {"LpipsInterleave",
       {{"stride", {1}}, {"padding", {0}}, {"height", {1}}, {"width", {1}}},
       {noise({1, 1, 1, 1}, 7)}},
      {"LpipsAdam", {}, inputsOfAdam({{4}, {5}})},
  };
  for (const auto& [name, attributes, inputs] : operations) {
    const int allocations = fake::run(name, attributes, inputs).allocations;
    check(allocations > 0, name + " allocates nothing");
    for (int failing = 0; failing < allocations; failing++) {
      const Result result = fake::run(name, attributes, inputs, failing);
      check(result.code == TF_RESOURCE_EXHAUSTED, name + " without memory is not RESOURCE_EXHAUSTED");
      check(result.message.find("cannot allocate ") == 0, name + " without memory: " + result.message);
      check(result.newCalls == 0, name + " without memory calls operator new");
    }
  }
}

} // namespace

void testFaults() {
  testRefusals();
  testWithoutMemory();
}

} // namespace tests
