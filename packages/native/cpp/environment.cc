// The variables that TensorFlow reads, for processes in which they are not set: src/tensorflow-environment.ts sets the
// same for the processes that it starts. In a worker thread of Node, process.env is a copy that no library sees.
#include <stdlib.h>

__attribute__((constructor)) static void set_environment() {
  setenv("TF_CPP_MIN_LOG_LEVEL", "2", 0);
  setenv("TF_ENABLE_ONEDNN_OPTS", "0", 0);
}
