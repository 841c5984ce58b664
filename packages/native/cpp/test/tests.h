// The tests of our operations under the sanitizers, and what they share: numbers, calls and comparisons.
#ifndef LPIPS_TEST_TESTS_H_
#define LPIPS_TEST_TESTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fake-tensorflow.h"

namespace tests {

using fake::Attributes;
using fake::Result;
using fake::Tensor;

// Ends the process with a message where a condition does not hold.
void check(bool holds, const std::string& what);

std::string textOf(const std::vector<int64_t>& shape);

// Numbers in (−1, 1) that do not vary smoothly.
Tensor noise(const std::vector<int64_t>& shape, double seed);

// The first output of an operation that must not fail.
Tensor only(const std::string& name, const Attributes& attributes, const std::vector<Tensor>& inputs);

void checkClose(const Tensor& got, const std::vector<double>& expected, const std::string& what);

// Inputs of a step of LpipsAdam for variables of these shapes.
std::vector<Tensor> inputsOfAdam(const std::vector<std::vector<int64_t>>& shapes);

void testConvolutions();
void testActivations();
void testEquation();
void testPooling();
void testInterleave();
void testUpsampling();
void testBilinearGradient();
void testOptimizers();
// Calls that must fail, and calls without memory.
void testFaults();
// The threads that all operations share.
void testThreads();
void testCallsAtOnce();

} // namespace tests

#endif
