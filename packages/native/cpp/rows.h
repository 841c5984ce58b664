// Work on the rows of a tensor, divided between threads.
#ifndef LPIPS_ROWS_H_
#define LPIPS_ROWS_H_

#include <algorithm>
#include <cstdint>

#include "threads.h"

namespace lpips {

// Waking a thread takes longer than the work on fewer numbers than this.
constexpr int64_t kPerThread = 1 << 16;
// Parts for each thread. Where another process takes a core, the threads on the others do more of them.
constexpr int64_t kPartsPerThread = 4;

// How many parts the work on `rows` rows of `size` numbers each is divided into.
inline int64_t partsOf(int64_t rows, int64_t size) {
  const int64_t most = std::min(rows, rows * size / kPerThread),
                threads = Threads::ofProcess().countFor(most);
  return threads == 1 ? 1 : std::min(rows, threads * kPartsPerThread);
}

// Into how many chunks of `parts` parts each work is divided, so that each thread has as many parts as above.
// `tasks` is the most parts that there can be.
inline int64_t chunksFor(int64_t tasks, int64_t parts) {
  return (Threads::ofProcess().countFor(tasks) * kPartsPerThread + parts - 1) / parts;
}

// Calls work(first, last, part) for parts of `rows` rows: the rows from `first` to `last` − 1.
// 0 ≤ part < partsOf(rows, size).
template <typename Work>
void divide(int64_t rows, int64_t size, const Work& work) {
  const int64_t parts = partsOf(rows, size);
  Threads::ofProcess().run(
      parts, [&](int64_t part, int64_t) { work(rows * part / parts, rows * (part + 1) / parts, part); });
}

} // namespace lpips

#endif
