/**
 * @module
 * The life of a thread in a page: it receives the compiled kernels with the memory that all threads share, and works
 * until the page is closed.
 */
onmessage = ({ data }: MessageEvent<{ module: WebAssembly.Module; memory: WebAssembly.Memory; thread: number }>) => {
  const { exports } = new WebAssembly.Instance(data.module, { env: { memory: data.memory } });
  (exports as { serve: (thread: number) => void }).serve(data.thread);
};
