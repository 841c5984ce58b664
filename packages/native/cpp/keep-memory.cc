// glibc hands blocks of more than 32 MB back to the system as soon as they are freed, and the next pass over
// a batch pays for every page anew. This lets it keep half a gigabyte. Whoever sets glibc's own variables is
// not overruled.
#include <stdlib.h> // tells whether this is glibc

#ifdef __GLIBC__
#include <malloc.h>

__attribute__((constructor)) static void keep_memory() {
  if (getenv("MALLOC_MMAP_THRESHOLD_") || getenv("MALLOC_TRIM_THRESHOLD_")) return;
  mallopt(M_MMAP_THRESHOLD, 128 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
}
#endif
