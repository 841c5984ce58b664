// The threads that all operations share, and calls from several threads at once.
#include "../threads.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "tests.h"

namespace tests {

// Every task is done once, by a thread of the number that it is told.
void testThreads() {
  auto& threads = lpips::Threads::ofProcess();
  check(threads.countFor(100) == 6, "there are six threads");
  for (int64_t tasks = 0; tasks < 500; tasks++) {
    std::vector<int> done(tasks), byThread(threads.countFor(tasks));
    threads.run(tasks, [&](int64_t task, int64_t thread) {
      done[task]++;
      byThread[thread]++;
    });
    int sum = 0;
    for (const int count : byThread) sum += count;
    check(sum == tasks && std::count(done.begin(), done.end(), 1) == tasks, "every task is done once");
  }
}

void testCallsAtOnce() {
  const Tensor x = noise({4, 20, 20, 32}, 1), filter = noise({3, 3, 32, 32}, 2), weights = noise({32}, 3);
  const Tensor packed = only("LpipsWinogradPack", {}, {filter});
  const Attributes attributes = {{"stride", {1}}, {"padding", {1}}};
  const std::vector<float> y = only("LpipsWinograd", attributes, {x, filter, packed}).values;
  const std::vector<float> mean = only("LpipsMeanHead", {}, {x, x, weights}).values;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; caller++) {
    callers.emplace_back([&] {
      for (int i = 0; i < 20; i++) {
        check(only("LpipsWinograd", attributes, {x, filter, packed}).values == y, "calls at once");
        check(only("LpipsMeanHead", {}, {x, x, weights}).values == mean, "calls at once");
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

} // namespace tests
