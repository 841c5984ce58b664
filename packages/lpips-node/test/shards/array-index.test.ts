import { describe, expect, it } from 'vitest';
import { findArrayTask, parseShards, shardsInRanges, shardsOfTask } from '../../src/shards/array-index.js';

describe('the task of an array job', () => {
  it.each([
    ['SLURM_ARRAY_TASK_ID', 'SLURM'],
    ['JOB_COMPLETION_INDEX', 'Kubernetes'],
    ['AWS_BATCH_JOB_ARRAY_INDEX', 'AWS Batch'],
  ])('is read from %s', (variable, scheduler) => {
    expect(findArrayTask({ [variable]: '7' })).toEqual({ index: 7, tasks: undefined, variable });
    expect(() => findArrayTask({ [variable]: '-1' })).toThrow(
      `shards: expected an index from 0 on from ${scheduler} for ${variable}, got -1. Begin the array with 0.`,
    );
  });

  it('has the number of tasks that AWS Batch states, and no gaps are taken for tasks of SLURM', () => {
    const aws = { AWS_BATCH_JOB_ARRAY_INDEX: '2', AWS_BATCH_JOB_ARRAY_SIZE: '10' };
    expect(findArrayTask(aws)).toMatchObject({ index: 2, tasks: 10 });
    expect(findArrayTask({ SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_COUNT: '2' })?.tasks).toBeUndefined();
  });

  it('is none outside an array', () => {
    expect(findArrayTask({ PATH: '/bin', SLURM_ARRAY_TASK_ID: '' })).toBeUndefined();
  });
});

it.each([
  [1, 5],
  [3, 10],
  [7, 7],
  [10, 3],
])('%i tasks have each of %i shards once, and as many as the others but for one', (tasks, count) => {
  const parts = Array.from({ length: tasks }, (_, index) => shardsOfTask(index, tasks, count));
  expect(parts.flat()).toEqual(Array.from({ length: count }, (_, index) => index));
  const sizes = parts.map(({ length }) => length);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
});

it('a task beyond the number of tasks is refused', () => {
  expect(() => shardsOfTask(4, 4, 9)).toThrow(/expected an index below 4 for the array task, got 4/);
});

describe('--shards', () => {
  it.each([
    ['3', [3]],
    ['4-6', [4, 5, 6]],
    ['7-8, 1,7', [1, 7, 8]],
  ])('%s', (text, numbers) => {
    expect(shardsInRanges(parseShards(text) ?? [], 9)).toEqual(numbers);
  });

  it.each(['', '5-4', '-1', '1-', 'a', '1.5', '1,,2'])('"%s" is no list of shards', (text) => {
    expect(parseShards(text)).toBeUndefined();
  });

  it('beyond the plan is refused, before a list is made of it', () => {
    const ranges = parseShards('0-999999999') ?? [];
    expect(() => shardsInRanges(ranges, 9)).toThrow(
      'shards: expected numbers from 0 to 8 for --shards, got 999999999.',
    );
  });
});
