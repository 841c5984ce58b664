/**
 * @module
 * Items by their names: by the whole id, `2afc/val/blur/000004`, or by its end alone, `blur/000004` or `000004`, where no other ends
 * so.
 */

/** The items of a folder by their names. */
export class ItemNames {
  readonly #byName = new Map<string, string[]>();

  /** @param ids of all items */
  constructor(ids: Iterable<string>) {
    for (const id of ids) {
      for (let start = 0; start >= 0; start = id.indexOf('/', start) + 1 || -1) {
        const name = id.slice(start);
        const known = this.#byName.get(name);
        if (known) known.push(id);
        else this.#byName.set(name, [id]);
      }
    }
  }

  /** The ids that a name may stand for. A whole id stands for its item alone. */
  named(name: string): readonly string[] {
    const ids = this.#byName.get(name) ?? [];
    return ids.includes(name) ? [name] : ids;
  }

  /** What was found by a name that does not stand for one item, for messages. */
  describe(name: string): string {
    const { length } = this.named(name);
    return length > 1 ? `${length} that end in "${name}"` : `"${name}"`;
  }
}
