/**
 * @module
 * A machine without a GPU, whatever this one has: `auto` would take it.
 */
import { vi } from 'vitest';

/** Why WebGPU is not taken then. */
export const NO_DEVICE = 'WebGPU finds no device; on Linux it needs libvulkan.so.1 and a Vulkan driver';

/** WebGPU finds no device until `vi.unstubAllGlobals`. */
export function hideGpu(): void {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
}
