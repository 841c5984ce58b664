// glibc hands blocks of more than 32 MB back to the system as soon as they are freed, and the next pass over
// a batch pays for every page again. This lets glibc keep half a gigabyte, unless its own environment
// variables are set.
#include <stdlib.h> // defines __GLIBC__ where this is glibc

#ifdef __GLIBC__
#include <malloc.h>

__attribute__((constructor)) static void keep_memory() {
  if (getenv("MALLOC_MMAP_THRESHOLD_") || getenv("MALLOC_TRIM_THRESHOLD_")) return;
  mallopt(M_MMAP_THRESHOLD, 128 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
}
#endif
