/**
 * @module
 * The mean of a loss over parts of different size.
 */

export class MeanLoss {
  #sum = 0;
  #items = 0;

  /** @param loss mean over so many items */
  add(loss: number, items: number): void {
    this.#sum += loss * items;
    this.#items += items;
  }

  /** Of all items; undefined without any. */
  get mean(): number | undefined {
    return this.#items > 0 ? this.#sum / this.#items : undefined;
  }
}
