import { expect, it } from 'vitest';
import { FREE_PHOTOGRAPHS } from '../src/free-photographs.js';

const PHOTOGRAPHS = FREE_PHOTOGRAPHS.flatMap(({ name, photographs }) =>
  photographs.map((photograph) => ({ name: `${name}/${photograph.file}`, ...photograph })),
);

it('trains on the public domain and CC0 alone, and names the author of every photograph', () => {
  const licences = PHOTOGRAPHS.filter(({ use }) => use === 'train').map(({ licence }) => licence);
  expect(new Set(licences)).toEqual(
    new Set(['CC0 1.0', 'public domain', 'Getty Open Content, public domain']),
  );
  expect(PHOTOGRAPHS.filter(({ author }) => author === '')).toEqual([]);
});

it('sets at least a fifth of the photographs aside, each with all that shows of it', () => {
  const aside = PHOTOGRAPHS.filter(({ use }) => use === 'measure');
  expect(aside.length).toBeGreaterThanOrEqual(PHOTOGRAPHS.length / 5);
  expect(aside.filter(({ quarters = [] }) => quarters.length > 0)).toEqual([]);
  expect(new Set(PHOTOGRAPHS.map(({ name }) => name)).size).toBe(PHOTOGRAPHS.length);
});
