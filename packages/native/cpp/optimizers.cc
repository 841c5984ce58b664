// One step of an optimiser for all variables at once, as operations of TensorFlow. Composed of TensorFlow's
// own, a step of Adam takes fourteen operations for each variable.
//
//   LpipsSgd, LpipsMomentum, LpipsNesterov, LpipsRmsprop, LpipsCenteredRmsprop, LpipsAdam
//
// The inputs are the coefficients, and for N variables their values, their gradients, and each state of the
// rule. The outputs are new values and states. Nothing is written in place, since clones share the memory of
// a variable. All tensors are float32. packages/training/src/optimizers/optimizer-kernel.ts has the rules.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "operation.h"
#include "rows.h"

// The turns of the loop that follows do not depend on each other. clang finds out at run time.
#ifdef __clang__
#define INDEPENDENT
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace {

using namespace lpips;

constexpr int kMostStates = 3;

// The numbers of one variable: w the value, g the gradient, s the states.
struct Variable {
  const float *w, *g, *s[kMostStates];
  float *newW, *newS[kMostStates];
  int64_t size;
};

// high·old + (share·x + low·old) with the three coefficients at c.
inline __attribute__((always_inline)) float average(const float* c, float old, float x) {
  return c[0] * old + (c[2] * x + c[1] * old);
}

// Each rule updates the numbers from `first` to `last` − 1. What it writes overlaps with nothing. Its
// coefficients and addresses are copied, so that the compiler keeps them in registers.

WIDEST void sgd(const float* c, const Variable& v, int64_t first, int64_t last) {
  const float step = c[0];
  const float *w = v.w, *g = v.g;
  float* newW = v.newW;
  INDEPENDENT
  for (int64_t i = first; i < last; i++) newW[i] = w[i] + step * g[i];
}

WIDEST void momentum(const float* c, const Variable& v, int64_t first, int64_t last) {
  const float momentum = c[0], step = c[1];
  const float *w = v.w, *g = v.g, *a = v.s[0];
  float *newW = v.newW, *newA = v.newS[0];
  INDEPENDENT
  for (int64_t i = first; i < last; i++) {
    newA[i] = momentum * a[i] + g[i];
    newW[i] = w[i] + step * newA[i];
  }
}

WIDEST void nesterov(const float* c, const Variable& v, int64_t first, int64_t last) {
  const float momentum = c[0], step = c[1];
  const float *w = v.w, *g = v.g, *a = v.s[0];
  float *newW = v.newW, *newA = v.newS[0];
  INDEPENDENT
  for (int64_t i = first; i < last; i++) {
    newA[i] = momentum * a[i] + g[i];
    newW[i] = w[i] + step * (g[i] + momentum * newA[i]);
  }
}

WIDEST void rmsprop(const float* c, const Variable& v, int64_t first, int64_t last) {
  const float decay[3] = {c[0], c[1], c[2]}, momentum = c[3], rate = c[4], epsilon = c[5];
  const float *w = v.w, *g = v.g, *r = v.s[0], *a = v.s[1];
  float *newW = v.newW, *newR = v.newS[0], *newA = v.newS[1];
  INDEPENDENT
  for (int64_t i = first; i < last; i++) {
    newR[i] = average(decay, r[i], g[i] * g[i]);
    newA[i] = momentum * a[i] + rate * g[i] / std::sqrt(newR[i] + epsilon);
    newW[i] = w[i] - newA[i];
  }
}

WIDEST void centeredRmsprop(const float* c, const Variable& v, int64_t first, int64_t last) {
  const float decay[3] = {c[0], c[1], c[2]}, momentum = c[3], rate = c[4], epsilon = c[5], least = c[6];
  const float *w = v.w, *g = v.g;
  const float *r = v.s[0], *a = v.s[1], *mean = v.s[2];
  float *newW = v.newW, *newR = v.newS[0];
  float *newA = v.newS[1], *newMean = v.newS[2];
  INDEPENDENT
  for (int64_t i = first; i < last; i++) {
    newR[i] = average(decay, r[i], g[i] * g[i]);
    newMean[i] = average(decay, mean[i], g[i]);
    const float variance = newR[i] - newMean[i] * newMean[i];
    const float atLeast = variance < least ? least : variance; // NaN stays NaN
    newA[i] = momentum * a[i] + rate * g[i] / std::sqrt(atLeast + epsilon);
    newW[i] = w[i] - newA[i];
  }
}

WIDEST void adam(const float* c, const Variable& v, int64_t first, int64_t last) {
  const float decay1[3] = {c[0], c[1], c[2]}, decay2[3] = {c[3], c[4], c[5]};
  const float keep = c[6], step = c[7], scale = c[8], epsilon = c[9];
  const float *w = v.w, *g = v.g, *m = v.s[0], *s = v.s[1];
  float *newW = v.newW, *newM = v.newS[0], *newS = v.newS[1];
  INDEPENDENT
  for (int64_t i = first; i < last; i++) {
    newM[i] = average(decay1, m[i], g[i]);
    newS[i] = average(decay2, s[i], g[i] * g[i]);
    newW[i] = keep * w[i] - step * newM[i] / (std::sqrt(newS[i]) * scale + epsilon);
  }
}

using Rule = void (*)(const float* coefficients, const Variable& variable, int64_t first, int64_t last);

// Updates all variables. The work is divided as if their numbers stood in one row.
template <Rule rule, int kStates, int kCoefficients>
void run(const NoAttributes&, Call& call) {
  const int count = (call.inputs() - 1) / (2 + kStates);
  const float* coefficients = values(call.input(0));
  if (!call.require(TF_TensorElementCount(call.input(0)) == kCoefficients,
                    "there must be one number for each coefficient of the rule"))
    return;
  auto* variables = reinterpret_cast<Variable*>(call.scratch(count * sizeof(Variable) / sizeof(float)));
  int64_t total = 0;
  for (int i = 0; i < count && call.isFine(); i++) {
    const auto input = [&](int list) { return call.input(1 + list * count + i); };
    const Shape shape(input(0));
    Variable& variable = variables[i];
    variable.size = shape.count();
    total += variable.size;
    variable.w = values(input(0));
    variable.g = values(input(1));
    variable.newW = call.output(i, shape);
    call.require(Shape(input(1)) == shape, "a gradient must have the shape of its variable");
    for (int state = 0; state < kStates; state++) {
      variable.s[state] = values(input(2 + state));
      variable.newS[state] = call.output((1 + state) * count + i, shape);
      call.require(Shape(input(2 + state)) == shape, "a state must have the shape of its variable");
    }
  }
  if (!call.isFine()) return;
  divide(total, 1, [=](int64_t first, int64_t last, int64_t) {
    int64_t start = 0;
    for (int i = 0; i < count && start < last; start += variables[i++].size) {
      const int64_t from = std::max<int64_t>(0, first - start);
      rule(coefficients, variables[i], from, std::min(variables[i].size, last - start));
    }
  });
}

template <Rule rule, int kStates, int kCoefficients>
void addRule(const char* name) {
  Operation operation = {name, {"coefficients: float", "values: N * float", "gradients: N * float"}, {}, {}};
  operation.outputs = {"new_values: N * float"};
  operation.attributes = {"N: int >= 1"};
  static const char* const kInputs[] = {"states1: N * float", "states2: N * float", "states3: N * float"};
  static const char* const kOutputs[] = {"new_states1: N * float", "new_states2: N * float",
                                         "new_states3: N * float"};
  operation.inputs.insert(operation.inputs.end(), kInputs, kInputs + kStates);
  operation.outputs.insert(operation.outputs.end(), kOutputs, kOutputs + kStates);
  add<NoAttributes, &run<rule, kStates, kCoefficients>>(operation);
}

__attribute__((constructor)) void addOptimizers() {
  addRule<&sgd, 0, 1>("LpipsSgd");
  addRule<&momentum, 1, 2>("LpipsMomentum");
  addRule<&nesterov, 1, 2>("LpipsNesterov");
  addRule<&rmsprop, 2, 6>("LpipsRmsprop");
  addRule<&centeredRmsprop, 3, 7>("LpipsCenteredRmsprop");
  addRule<&adam, 2, 10>("LpipsAdam");
}

} // namespace
