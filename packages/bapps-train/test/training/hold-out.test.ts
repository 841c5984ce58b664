import { describe, expect, it } from 'vitest';
import { type Dealt, rolesOf } from '../../src/training/hold-out.js';

/** Four references of "blur" and "noise" each in train, and two of each in val; each has three triplets. */
const TRIPLETS: readonly Dealt[] = ['blur', 'noise'].flatMap((distortion) =>
  Array.from({ length: 18 }, (_, index) => ({
    split: index < 12 ? ('train' as const) : ('val' as const),
    distortion,
    reference: `${distortion} ${Math.floor(index / 3)}`,
  })),
);

/** The roles of each reference, which should be one. */
function rolesByReference(triplets: readonly Dealt[], roles: readonly string[]): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  for (const [index, { reference }] of triplets.entries()) {
    known.set(reference, (known.get(reference) ?? new Set()).add(roles[index] ?? ''));
  }
  return known;
}

function count(roles: readonly string[], role: string): number {
  return roles.filter((one) => one === role).length;
}

describe('folds', () => {
  const fold = (number: number, folds: number, chooses: boolean) =>
    rolesOf(TRIPLETS, { fold: number, folds, seed: 3 }, chooses);

  it('hold every triplet out once, and split no reference', () => {
    const held = new Set<number>();
    for (const number of [1, 2, 3]) {
      const roles = fold(number, 3, false);
      expect(count(roles, 'val')).toBe(12);
      expect(count(roles, 'train')).toBe(24);
      for (const own of rolesByReference(TRIPLETS, roles).values()) expect(own.size).toBe(1);
      for (const [index, role] of roles.entries()) {
        if (role !== 'val') continue;
        expect(held.has(index)).toBe(false);
        held.add(index);
      }
    }
    expect(held.size).toBe(TRIPLETS.length);
  });

  it('hold out as many references of each distortion', () => {
    const roles = fold(1, 3, false);
    for (const distortion of ['blur', 'noise']) {
      const own = roles.filter((_, index) => TRIPLETS[index]?.distortion === distortion);
      expect(count(own, 'val')).toBe(6);
    }
  });

  it('let the next fold choose the epoch, the first after the last', () => {
    const [first, last] = [fold(1, 3, true), fold(3, 3, true)];
    const isHeld = (roles: readonly string[], role: string) => roles.map((one) => one === role);
    expect(isHeld(first, 'val')).toEqual(isHeld(fold(2, 3, false), 'val'));
    expect(isHeld(first, 'test')).toEqual(isHeld(fold(1, 3, false), 'val'));
    expect(isHeld(last, 'val')).toEqual(isHeld(fold(1, 3, false), 'val'));
  });

  it('follow from the seed', () => {
    expect(fold(1, 3, false)).toEqual(fold(1, 3, false));
    expect(rolesOf(TRIPLETS, { fold: 1, folds: 3, seed: 4 }, false)).not.toEqual(fold(1, 3, false));
  });

  it('are refused where there are fewer references', () => {
    expect(() => fold(1, 13, false)).toThrow(
      'train: expected at least 13 references for the folds, got 12. Choose fewer folds.',
    );
  });
});

describe('a test share', () => {
  it('takes whole references of val, and no triplet to learn from shows one of them', () => {
    const twin: Dealt = { split: 'train', distortion: 'blur', reference: 'blur 4' };
    const other: Dealt = { split: 'train', distortion: 'blur', reference: 'blur 5' };
    const triplets = [...TRIPLETS, twin, other];
    const roles = rolesOf(triplets, { testShare: 0.5, seed: 1 }, true);
    expect(count(roles, 'test')).toBe(6);
    expect(count(roles, 'val')).toBe(6);
    expect(roles.slice(-2).sort()).toEqual(['train', 'unused']);
    for (const distortion of ['blur', 'noise']) {
      const own = roles.filter((_, index) => triplets[index]?.distortion === distortion);
      expect(count(own, 'test')).toBe(3);
    }
  });

  it('is refused where it leaves no reference on one side', () => {
    expect(() => rolesOf(TRIPLETS, { testShare: 0.2, seed: 1 }, true)).toThrow(
      'train: expected a share that leaves references on both sides for the test share, got 0.2, which is 0 of 4 references in ' +
        '2afc/val. Choose another share, or hold out more.',
    );
  });
});
