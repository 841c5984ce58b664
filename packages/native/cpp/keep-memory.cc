// How much freed memory stays with the process.
//
// glibc hands blocks of more than 32 MB back to the system as soon as they are freed, and the next pass over
// a batch pays for every page again. Here it keeps them, unless its own environment variables are set. What
// it keeps lies in holes between blocks that live, though, and the next pass over a large batch fills few of
// them, so the process would grow far beyond what its tensors take. In a large process, of which much lies
// idle, the pages of the holes go back.
#include "keep-memory.h"

#include <cstdlib> // defines __GLIBC__ where this is glibc

#if defined(__GLIBC__) && defined(__linux__)
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace {

// Whether this file decides: the user has not.
bool keeps = false;

__attribute__((constructor)) void keepLargeBlocks() {
  keeps = !std::getenv("MALLOC_MMAP_THRESHOLD_") && !std::getenv("MALLOC_TRIM_THRESHOLD_");
  if (!keeps) return;
  mallopt(M_MMAP_THRESHOLD, 128 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
}

#if __GLIBC_PREREQ(2, 33) // has mallinfo2
// Bytes that operations take before idle memory is looked at, which costs some microseconds.
constexpr int64_t kLook = 128 << 20;
// Nothing goes back from a process that is smaller. A pass over 16 pairs of 64x64 with VGG16 is, whose time
// would grow by a fifth.
constexpr int64_t kSmall = 1536 << 20;
// Idle bytes that stay with any process.
constexpr int64_t kIdle = 256 << 20;

// Bytes of the process that are in memory.
int64_t residentBytes() {
  static const int statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  char text[128] = {};
  long long pages = 0;
  if (pread(statm, text, sizeof(text) - 1, 0) <= 0 || std::sscanf(text, "%*d %lld", &pages) != 1) return 0;
  return pages * sysconf(_SC_PAGESIZE);
}

void giveIdleMemoryBack() {
  // What is resident beside the blocks in use: code, JavaScript's heap, and idle memory. The least that was
  // seen has none.
  static std::atomic<int64_t> least{INT64_MAX};
  const int64_t resident = residentBytes();
  const int64_t beside = resident - static_cast<int64_t>(mallinfo2().uordblks);
  const int64_t others = std::min(least.load(), beside);
  least = others;
  if (resident > kSmall && beside - others > kIdle) malloc_trim(0);
}
#endif

} // namespace
#endif

namespace lpips {

void countMemory([[maybe_unused]] int64_t bytes) {
#if defined(__GLIBC__) && defined(__linux__) && __GLIBC_PREREQ(2, 33)
  static std::atomic<int64_t> taken{0};
  if (!keeps || taken.fetch_add(bytes) + bytes < kLook) return;
  taken = 0;
  giveIdleMemoryBack();
#endif
}

} // namespace lpips
