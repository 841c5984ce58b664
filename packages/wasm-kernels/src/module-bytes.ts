/**
 * @module
 * The bytes of a compiled module, which stands as text in `compiled/` (`scripts/compile.mjs`).
 */

/** @param base64 what a module of `compiled/` exports */
export function moduleBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
