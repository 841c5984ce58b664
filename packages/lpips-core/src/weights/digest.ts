/**
 * @module
 * The sha256 of bytes, by Web Crypto, which pages, workers and Node have.
 */
import { checkBytes } from '../check-options.js';
import { cannot } from '../errors.js';

/**
 * Hex digits of the sha256 of bytes.
 *
 * @throws LpipsError unless they are a Uint8Array, and in a page that was not served over https, where Web Crypto is missing
 */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  checkBytes('digestOf', 'bytes', bytes);
  const { subtle } = globalThis.crypto as Partial<Crypto>;
  if (!subtle) {
    const why = 'this page has no Web Crypto';
    throw cannot('digestOf', 'check a sha256', why, 'Serve the page over https, or from localhost.');
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
