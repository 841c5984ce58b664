import { expect, it } from 'vitest';
import { mapOption, mappedPath } from '../../src/plan-commands/mapped-path.js';

it.each([
  ['/mnt/farm=/data', '/mnt/farm/a/plan.json', '/data/a/plan.json'],
  ['/mnt/farm/=/data/', '/mnt/farm/plan.json', '/data/plan.json'],
  ['/mnt/farm=/data', '/mnt/farm', '/data'],
  ['/mnt/farm=/data', '/mnt/farmhouse/plan.json', '/mnt/farmhouse/plan.json'],
  ['/mnt/farm=Z:\\', '/mnt/farm/a/plan.json', 'Z:/a/plan.json'],
  ['D:\\farm=/data', 'D:\\farm\\a\\plan.json', '/data/a/plan.json'],
  ['D:\\farm\\=/data', 'd:\\Farm\\plan.json', '/data/plan.json'],
  ['D:/farm=/data', 'D:\\farm\\plan.json', '/data/plan.json'],
  ['D:\\=/data', 'D:\\farm\\plan.json', '/data/farm/plan.json'],
  ['D:\\farm=/data', 'D:\\farmhouse\\plan.json', 'D:\\farmhouse\\plan.json'],
  ['\\\\server\\farm=/data', '\\\\server\\farm\\plan.json', '/data/plan.json'],
])('--map %s takes %s to %s', (option, path, mapped) => {
  expect(mappedPath(path, mapOption(option))).toBe(mapped);
});

it('without --map a path stays as it is', () => {
  expect(mappedPath('D:\\farm\\plan.json', undefined)).toBe('D:\\farm\\plan.json');
});

it.each(['farm=/data', '/mnt/farm', '/mnt/farm=', '=/data'])('refuses --map %s', (value) => {
  expect(() => mapOption(value)).toThrow(
    `expected two folders like /mnt/farm=/data for --map, got "${value}".`,
  );
});
