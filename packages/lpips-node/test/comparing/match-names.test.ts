import { describe, expect, it } from 'vitest';
import { matchNames, suggestMatch } from '../../src/comparing/match-names.js';

describe('matchNames', () => {
  it('pairs whole names in the order of the images, and says what is alone', () => {
    expect(matchNames(['b.png', 'a.png', 'x.png'], ['a.png', 'b.png', 'y.png'], 'name')).toEqual({
      pairs: [
        ['b.png', 'b.png'],
        ['a.png', 'a.png'],
      ],
      images: ['x.png'],
      references: ['y.png'],
      ambiguous: { images: [], references: [] },
    });
  });

  it('by stem pairs png with jpg, in folders inside too, and leaves a stem that is there twice', () => {
    expect(matchNames(['in/a.jpg', 'b.jpg', 'b.png'], ['in/a.png', 'b.webp'], 'stem')).toEqual({
      pairs: [['in/a.jpg', 'in/a.png']],
      images: [],
      references: [],
      ambiguous: { images: ['b.jpg', 'b.png'], references: ['b.webp'] },
    });
  });
});

describe('suggestMatch', () => {
  const cases: [string, string, string, string][] = [
    ['Unicode form', 'e\u0301.png', '\u00e9.png', 'their Unicode form alone. Rename one of them.'],
    ['case', 'Photo.PNG', 'photo.png', 'upper and lower case alone. Rename one of them.'],
    ['extension', 'photo.jpg', 'photo.png', 'their extension alone. Pass --match stem.'],
    ['suffix', 'photo_restored.png', 'photo.png', 'a suffix alone. Rename one of them.'],
  ];
  it.each(cases)('names that agree but for their %s', (_, image, reference, end) => {
    expect(suggestMatch({ images: [image], references: [reference] })).toBe(
      `${image} and ${reference} differ in ${end}`,
    );
  });

  it('counts further pairs', () => {
    const images = ['a.jpg', 'b.jpg', 'c.jpg'];
    expect(suggestMatch({ images, references: ['a.png', 'b.png', 'z.png'] })).toBe(
      'a.jpg and a.png, and 1 more pairs, differ in their extension alone. Pass --match stem.',
    );
  });

  it('is silent about names that are not alike, and about frames of other numbers', () => {
    expect(suggestMatch({ images: ['frame_1.png'], references: ['frame_2.png', 'photo.png'] })).toBe('');
  });
});
