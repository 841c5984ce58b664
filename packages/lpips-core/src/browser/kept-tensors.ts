/**
 * @module
 * Official tensors in the browser's cache, each as a safetensors file of its own. So a download that was interrupted goes on with
 * the next tensor, and two calibrations of a net share its convolutions. Their addresses are names, and lead nowhere.
 */
import { parseSafetensors, serializeSafetensors } from '../weights/safetensors.js';
import type { Weight } from '../weights/weight-map.js';

/** `.invalid` is reserved (RFC 2606): no page has such an address. */
const NAMES = 'https://lpips-core.invalid';
/** Of a digest, in a name. */
const DIGITS = 8;

/** A cache of tensors. Without a cache of the browser it is empty and stays so. */
export class KeptTensors {
  readonly #store: Cache | undefined;

  private constructor(store: Cache | undefined) {
    this.#store = store;
  }

  /**
   * @param name of the browser's cache; `null` = nothing is kept. Nothing is either in a page that was not served over https, and
   *   where cookies are off
   */
  static async open(name: string | null): Promise<KeptTensors> {
    const { caches } = globalThis as Partial<WindowOrWorkerGlobalScope>;
    const store = name === null ? undefined : await caches?.open(name).catch(() => undefined);
    return new KeptTensors(store);
  }

  /** The tensor of this name and sha256, which the caller checks; undefined where it is missing or cannot be read. */
  async read(name: string, sha256: string): Promise<Weight | undefined> {
    const kept = await this.#store?.match(addressOf(name, sha256)).catch(() => undefined);
    if (!kept) return undefined;
    try {
      return parseSafetensors(await kept.arrayBuffer()).weights.get(name);
    } catch {
      return undefined; // damaged
    }
  }

  /** Keeps a tensor. Without room, it is fetched the next time too. */
  async write(name: string, sha256: string, weight: Weight): Promise<void> {
    if (!this.#store) return;
    const file = new Uint8Array(serializeSafetensors(new Map([[name, weight]])));
    await this.#store.put(addressOf(name, sha256), new Response(file)).catch(() => undefined);
  }
}

function addressOf(name: string, sha256: string): string {
  return `${NAMES}/${name}-${sha256.slice(0, DIGITS)}.safetensors`;
}
