// Runs our operations on the stand-in for TensorFlow, for the sanitizers and on emulated processors: every
// algorithm on shapes that leave panels, groups and tiles partly empty, calls that must fail, calls without
// memory, and calls from several threads at once. Results are compared with plain sums in double.
// An argument states what the processor must have: avx512f, avx2, or none of both.
#include <cstdio>
#include <string>
#include <thread>

#include "tests.h"

// More threads than a small machine has.
unsigned int std::thread::hardware_concurrency() noexcept { return 6; }

int main(int count, const char** words) {
  using namespace tests;
  const bool isNarrow = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const std::string vectors = __builtin_cpu_supports("avx512f") ? "avx512f" : isNarrow ? "avx2" : "none";
  const std::string wanted = count > 1 ? words[1] : vectors;
  check(vectors == wanted, "this processor has " + wanted + ", and not " + vectors);
  check(count > 1 || vectors != "none", "this processor multiplies and adds in one step");
  const bool convolves = vectors != "none"; // TensorFlow's own convolutions serve other processors
  check(fake::isRegistered("LpipsDirect") == convolves, "convolutions are registered where they run");
  testThreads(); // the first, since it starts the threads, which allocates
  if (convolves) testCallsAtOnce();
  if (convolves) testConvolutions();
  testActivations();
  testEquation();
  testPooling();
  testInterleave();
  testUpsampling();
  testBilinearGradient();
  testOptimizers();
  if (convolves) testFaults();
  std::printf("all operations ran, vectors: %s\n", vectors.c_str());
}
