import { LpipsError } from 'lpips-core';
import { EXIT, oneOf, runCommandLine } from 'lpips-node/command-line';
import { describe, expect, it } from 'vitest';
import { testTerminal } from '../../../../test/support/test-terminal.js';
import { actions } from '../../src/command-line/command-line.js';

/** Runs a command line of its own, `tally`, with one command that counts, one that fails and one that has commands. */
async function tally(...args: readonly string[]) {
  const { terminal, outcome } = testTerminal();
  const code = await runCommandLine(
    {
      name: 'tally',
      version: '3.1.4',
      commands: ['count', 'fail', 'list'],
      grammar: (parser, run) =>
        parser
          .usage('$0 <command>\n\nCounts.')
          .command(
            'count <first> [second]',
            'how many',
            (count) =>
              count
                .positional('first', { type: 'string', demandOption: true })
                .positional('second', { type: 'string' })
                .option('by-hand', { boolean: true, default: false })
                .option('unit', {
                  requiresArg: true,
                  default: 'one',
                  coerce: (value: unknown) => oneOf('--unit', ['one', 'dozen'] as const, value),
                })
                .option('from', {
                  requiresArg: true,
                  coerce: (value: string | undefined) => {
                    if (value === undefined) return value;
                    throw new LpipsError(`readList: there is no ${value}. Check the path.`);
                  },
                }),
            ({ first, second, unit }) => {
              terminal.out(`${second === undefined ? 1 : 2} ${unit}: ${first} ${second ?? ''}\n`);
              return run(Promise.resolve(second === undefined ? EXIT.done : EXIT.above));
            },
          )
          .command('fail', 'refuses', {}, () => {
            throw new LpipsError('readList: expected a folder for here, got a file. Check the path.');
          })
          .command('list', 'lists', (list) => actions(list, 'tally list', 'list', ['all', 'none'])),
    },
    args,
    terminal,
  );
  return { code, ...outcome() };
}

describe('runCommandLine', () => {
  it('runs a command and returns its exit code', async () => {
    expect(await tally('count', 'a')).toEqual({ code: 0, out: '1 one: a \n', error: '' });
    expect(await tally('count', 'a', 'b')).toEqual({ code: 3, out: '2 one: a b\n', error: '' });
  });

  it('takes names with a dash behind --', async () => {
    expect((await tally('count', '--', '-a', 'b')).out).toBe('2 one: ./-a b\n');
  });

  it('takes a flag, and true and false behind one, and what looks like options behind --', async () => {
    for (const flag of ['--by-hand', '--by-hand=true', '--by-hand=false', '--byHand']) {
      expect((await tally('count', 'a', flag)).code).toBe(0);
    }
    expect((await tally('count', '--unit', 'dozen', '--', '--unit', '--unit')).out).toBe(
      '2 dozen: ./--unit ./--unit\n',
    );
  });

  it('prints its own name and version', async () => {
    expect((await tally('--version')).out).toBe('3.1.4\n');
    expect((await tally()).out).toContain('tally <command>');
  });

  it.each([
    [
      'cuont a',
      2,
      'tally: expected one of count, fail, list for the command, got "cuont". Did you mean count?',
    ],
    ['count a --unit score', 2, 'tally: expected one of one, dozen for --unit, got "score".'],
    ['count a --odd', 2, 'tally: Unknown argument: odd. Add --help to the command to see what it takes.'],
    ['count a --unit one --unit dozen', 2, 'tally: expected --unit once, got it several times.'],
    ['count a --unit=one --unit dozen', 2, 'tally: expected --unit once, got it several times.'],
    ['count a --by-hand --byHand', 2, 'tally: expected --by-hand once, got it several times.'],
    [
      'count a --by-hand=maybe',
      2,
      'tally: expected no value for --by-hand, got "maybe". Leave the value out, or leave out --by-hand.',
    ],
    ['list', 2, 'tally: expected one of all, none for list, got none. Run "tally list --help".'],
    ['fail', 1, 'readList: expected a folder for here, got a file. Check the path.'],
    ['count a --from nowhere', 1, 'readList: there is no nowhere. Check the path.'],
  ])('%s ends in one sentence', async (line, code, message) => {
    expect(await tally(...line.split(' '))).toEqual({ code, out: '', error: `${message}\n` });
  });
});
