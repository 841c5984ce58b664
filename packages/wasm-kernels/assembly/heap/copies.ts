/** Copies in the memory of TensorFlow.js's backend. */

/** y[run] = x[run] for runs of `bytes` bytes, which follow each other in y and are `step` bytes apart in x. */
export function copyRuns(x: usize, y: usize, runs: i32, step: usize, bytes: usize): void {
  for (; runs > 0; runs--) {
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) v128.store(y + at, v128.load(x + at));
    for (; at + 4 <= bytes; at += 4) store<u32>(y + at, load<u32>(x + at));
    for (; at < bytes; at++) store<u8>(y + at, load<u8>(x + at));
    x += step;
    y += bytes;
  }
}
