// Activation functions and their slopes, one pass over the numbers.
#ifndef LPIPS_ACTIVATION_H_
#define LPIPS_ACTIVATION_H_

#include <cstdint>

#include "operation.h"

namespace lpips {

// The numbers are those of the attribute `activation` of our operations (src/kernels/activation-kernels.ts).
enum class Function : int64_t { linear, relu, relu6, swish, elu, leakyRelu, sigmoid, tanh, count };

struct Activation {
  Function function = Function::linear;
  float alpha = 0; // the slope of a leaky relu below 0

  Activation() = default;
  explicit Activation(Function function) : function(function) {}
  explicit Activation(Attributes& attributes)
      : function(static_cast<Function>(attributes.integer("activation"))),
        alpha(attributes.number("alpha")) {}

  bool isKnown() const { return function >= Function::linear && function < Function::count; }
};

constexpr const char* kNoActivation = "activation must be the number of a function";

// y = f(x). y may be x.
void activate(const Activation& activation, const float* x, float* y, int64_t size);

// dx = dy f'(x). `value` is x for a swish, and otherwise f(x), from which the slope follows. dx may be dy.
void activateGrad(const Activation& activation, const float* dy, const float* value, float* dx, int64_t size);

} // namespace lpips

#endif
