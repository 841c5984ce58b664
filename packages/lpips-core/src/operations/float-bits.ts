/**
 * @module
 * In how many bits the current backend keeps floats.
 */
import { backend, env, getBackend } from '@tensorflow/tfjs-core';

/**
 * 16 where textures hold half floats, as on many phones, else 32. WebGL's own `floatPrecision()` is not asked: it
 * answers 16 also where it renders to 32-bit textures, on almost every desktop.
 */
export function floatBits(): 16 | 32 {
  if (getBackend() !== 'webgl') return backend().floatPrecision();
  return env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') ? 32 : 16;
}
