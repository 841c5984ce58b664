// How much freed memory stays with the process.
#ifndef LPIPS_KEEP_MEMORY_H_
#define LPIPS_KEEP_MEMORY_H_

#include <cstdint>

namespace lpips {

// Says that an operation has taken so many bytes.
void countMemory(int64_t bytes);

} // namespace lpips

#endif
