// Runs our operations on the stand-in for TensorFlow, for the sanitizers: every algorithm on shapes that
// leave panels, groups and tiles partly empty, calls that must fail, calls without memory, and calls from
// several threads at once. Results are compared with plain sums in double.
#include <cstdio>
#include <thread>

#include "tests.h"

// More threads than a small machine has.
unsigned int std::thread::hardware_concurrency() noexcept { return 6; }

int main() {
  using namespace tests;
  check(fake::isRegistered("LpipsDirect"), "this processor multiplies and adds in one step");
  testThreads(); // the first, since it starts the threads, which allocates
  testConvolutions();
  testActivations();
  testEquation();
  testPooling();
  testInterleave();
  testUpsampling();
  testBilinearGradient();
  testOptimizers();
  testFaults();
  std::puts("all operations ran");
}
