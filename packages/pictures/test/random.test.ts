import { choose, seededRandom, seedOf, shuffle } from 'lpips-pictures';
import { describe, expect, it } from 'vitest';

describe('seedOf', () => {
  it('gives each thing its own seed, which is always the same', () => {
    const seeds = new Set<number>();
    for (let item = 0; item < 2000; item++)
      for (const what of ['p0', 'p1']) seeds.add(seedOf(1, 'cnn', item, what));
    expect(seeds.size).toBe(4000);
    expect(seedOf(1, 'a', 2)).toBe(seedOf(1, 'a', 2));
    expect(seedOf(1, 'a', 12)).not.toBe(seedOf(1, 'a1', 2));
  });
});

describe('shuffle', () => {
  it('loses nothing and gives each order as often', () => {
    const counts = new Map<string, number>();
    const random = seededRandom(9);
    for (let i = 0; i < 6000; i++) {
      const order = shuffle(random, ['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(count / 1000).toBeCloseTo(1, 0);
  });
});

describe('choose', () => {
  it('takes each of three things as often', () => {
    const random = seededRandom(4);
    const counts = new Map<number, number>();
    for (let i = 0; i < 6000; i++) {
      const thing = choose(random, [1, 2, 3]);
      counts.set(thing, (counts.get(thing) ?? 0) + 1);
    }
    expect(counts.size).toBe(3);
    for (const count of counts.values()) expect(count / 2000).toBeCloseTo(1, 1);
  });

  it('refuses an empty list', () => {
    expect(() => choose(seededRandom(1), [])).toThrow('choose: expected at least one for choices, got none.');
  });
});

describe('seededRandom', () => {
  it('gives normal numbers of mean 0 and deviation 1', () => {
    const random = seededRandom(2);
    const drawn = Array.from({ length: 20000 }, () => random.normal());
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(Math.sqrt(drawn.reduce((sum, value) => sum + value * value, 0) / drawn.length)).toBeCloseTo(1, 1);
  });
});
