import { expect, it } from 'vitest';
import { cannot, invalid, LpipsError } from '../src/errors.js';

it('says what was expected, and what came instead', () => {
  expect(invalid('distance', 'one image', 'reference', 'two', 'Pass one.')).toEqual(
    new LpipsError('distance: expected one image for reference, got two. Pass one.'),
  );
  expect(invalid('distance', 'one image', 'reference', 'two').message).toBe(
    'distance: expected one image for reference, got two.',
  );
});

it('says what cannot be done, and why', () => {
  expect(cannot('fetch', 'save alex.pth', 'the disk is full', 'Free some space.')).toEqual(
    new LpipsError('fetch: cannot save alex.pth: the disk is full. Free some space.'),
  );
  expect(cannot('fetch', 'save alex.pth', 'the disk is full').message).toBe(
    'fetch: cannot save alex.pth: the disk is full.',
  );
});

it('has the message without the function too, for people', () => {
  expect(invalid('distance', 'one image', 'reference', 'two').plainMessage).toBe(
    'Expected one image for reference, got two.',
  );
  expect(cannot('fetch', 'save alex.pth', 'the disk is full').plainMessage).toBe(
    'Cannot save alex.pth: the disk is full.',
  );
  expect(new LpipsError('Nothing is open.').plainMessage).toBe('Nothing is open.');
});
