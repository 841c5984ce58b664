import { describe, expect, it } from 'vitest';
import { automaticFileName, snapshotFileName, testFileName } from '../src/file-names.js';

/** What a file system takes for a name, in bytes. */
const LONGEST_FILE_NAME = 255;

/** Names of which each could pass for another one on some file system. */
const AWKWARD = [
  'home',
  'Home',
  'HOME',
  'home.',
  'home ',
  ' home',
  '.home',
  'home\0',
  'home?',
  'home*',
  'ho:me',
  'con',
  'CON',
  'con.a',
  'nul',
  'COM1',
  'lpt\u00b9',
  'straße',
  'strasse',
  'ſtrasse',
  '\u00e9',
  'e\u0301',
  'e',
  '\ud800',
  '\udfff',
  'x'.repeat(300),
  `${'x'.repeat(300)}y`,
  '😀'.repeat(80),
  'a\u202eb',
  'ab',
  'x-1',
  'x.1',
  'home-0a1b2c3d',
];

describe('snapshotFileName', () => {
  it.each(['home', 'pages/home', 'a_b', 'a b', 'step-2', 'grün', '日本', 'v2.x'])('keeps %s', (name) => {
    expect(snapshotFileName(name)).toBe(name);
    expect(snapshotFileName(`${name}.png`)).toBe(name);
  });

  it('takes a list of names for folders and a file, and a slash in one for a part of its name', () => {
    expect(snapshotFileName(['a', 'b.png'])).toBe('a/b');
    expect(snapshotFileName(['a/b', 'c'])).toMatch(/^a-b-[0-9a-f]{8}\/c$/);
    expect(snapshotFileName(['a.png', 'b'])).toBe('a.png/b');
  });

  it('gives no two names one file, on file systems that ignore case or compose accents too', () => {
    const files = [
      ...AWKWARD.map((name) => snapshotFileName(name)),
      ...AWKWARD.map((name) => snapshotFileName(snapshotFileName(name))),
    ];
    const folded = files.map((file) => file.normalize('NFC').toUpperCase().toLowerCase());
    const names = new Set([...AWKWARD, ...files.slice(0, AWKWARD.length)]);
    expect(new Set(folded).size).toBe(names.size);
    for (const file of files) {
      expect(Buffer.byteLength(`${file}-expected.png`)).toBeLessThanOrEqual(LONGEST_FILE_NAME);
      expect(`${file}.png`).not.toMatch(/[<>:"|?*\\\p{Cc}]|^(con|nul|com1)[.]|[. ]\.png$|^[ .]/iu);
    }
  });

  it.each([
    [''],
    ['.png'],
    ['../home'],
    ['a/../b'],
    ['a//b'],
    ['.'],
    ['/etc/x'],
    ['a\\..\\b'],
    [[]],
    [['a', '..']],
    [['']],
    [7],
    [['a', 7]],
  ])('refuses %j, which leads elsewhere or nowhere', (name) => {
    expect(() => snapshotFileName(name)).toThrow(
      /expected a file name, such as home or pages\/home, for name, got/,
    );
  });
});

describe('automaticFileName', () => {
  it('is the name of the test and a number, and never that of a snapshot which has a name', () => {
    expect(automaticFileName('shows the page', 2)).toBe('shows-the-page.2');
    expect(snapshotFileName('shows-the-page.2')).not.toBe('shows-the-page.2');
    const tests = ['x', 'x 1', 'x-1', 'x.1', 'X', 'x  1', 'con', '😀', '', 'a > x'];
    const files = tests.flatMap((test) =>
      [1, 2, 11].map((count) => automaticFileName(test, count).toLowerCase()),
    );
    expect(new Set(files).size).toBe(files.length);
  });
});

describe('testFileName', () => {
  it('gives no two tests the same name, whatever their names have in common', () => {
    const long = 'the page '.repeat(40);
    const names = [
      'a b',
      'a-b',
      'a  b',
      'A b',
      'a > b',
      'a, b',
      ' a b',
      '*',
      '?',
      `${long}1`,
      `${long}2`,
      '😀'.repeat(90),
    ];
    const files = names.map(testFileName);
    expect(files[0]).toBe('a-b');
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(names.length);
    for (const file of files)
      expect(Buffer.byteLength(`${file}-12-expected.png`)).toBeLessThanOrEqual(LONGEST_FILE_NAME);
  });
});
