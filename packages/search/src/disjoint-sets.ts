/**
 * @module
 * Numbers that are joined to groups, pair by pair, in nearly linear time.
 */

/** Groups of numbers that `join` has connected, directly or by way of others. */
export class DisjointSets {
  /** Leads from each number towards the one that stands for its group, which leads to itself. */
  readonly #towards = new Map<number, number>();

  join(a: number, b: number): void {
    const [first, second] = [this.#find(a), this.#find(b)];
    this.#towards.set(Math.max(first, second), Math.min(first, second));
  }

  /** Groups in the order of their smallest numbers, each in ascending order. */
  groups(): number[][] {
    const groups = new Map<number, number[]>();
    for (const member of [...this.#towards.keys()].sort((a, b) => a - b)) {
      const smallest = this.#find(member);
      const group = groups.get(smallest);
      if (group === undefined) groups.set(smallest, [member]);
      else group.push(member);
    }
    return [...groups.values()];
  }

  /** The smallest number of a group. On the way, paths are halved. */
  #find(member: number): number {
    if (!this.#towards.has(member)) this.#towards.set(member, member);
    let current = member;
    for (;;) {
      const next = this.#step(current);
      if (next === current) return current;
      const beyond = this.#step(next);
      this.#towards.set(current, beyond);
      current = beyond;
    }
  }

  #step(member: number): number {
    return this.#towards.get(member) ?? member;
  }
}
