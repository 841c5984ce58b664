import { LpipsError } from 'lpips-core';
import { describe, expect, it } from 'vitest';
import {
  build,
  bytesOf,
  call,
  dict,
  global,
  int,
  list,
  long,
  pickle,
  text,
  tuple,
} from '../../../../test/support/pickle-bytes.js';
import { PickleGlobal, type PickleValue, readPickle } from '../../src/weights-files/pickle.js';

const calls: PickleValue[][] = [];
const known = new PickleGlobal('tests.record', (args) => {
  calls.push([...args]);
  return args.length;
});
const dialect = {
  globals: new Map([[known.name, known]]),
  loadPersistent: (id: PickleValue) => ['persistent', id],
};

function read(bytes: Uint8Array): PickleValue {
  return readPickle(bytes, 0, dialect, 'it').value;
}

function messageOf(bytes: Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing was refused';
}

describe('readPickle', () => {
  const values: [string, Uint8Array, PickleValue][] = [
    ['None', bytesOf('N'), null],
    ['True', bytesOf(0x88), true],
    ['200', int(200), 200],
    ['60000', int(60_000), 60_000],
    ['-5', int(-5), -5],
    ['2 ** 40', long(2n ** 40n, 6), 2 ** 40],
    ['-1 as a long', long(-1n, 1), -1],
    ['a long of no bytes', long(0n, 0), 0],
    ['a long beyond 2 ** 53', long(2n ** 60n + 1n, 8), 2n ** 60n + 1n],
    ['0.1', bytesOf('G', Uint8Array.of(0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a)), 0.1],
    ['text beyond ASCII', text('Größe'), 'Größe'],
    ['a Python 2 string', bytesOf('U', 3, 'abc'), 'abc'],
    ['bytes', bytesOf('C', 2, 1, 2), Uint8Array.of(1, 2)],
    [
      'tuples of 0 to 3',
      bytesOf('(', ')', 'N', 0x85, 'N', 'N', 0x86, 'N', 'N', 'N', 0x87, 't'),
      [[], [null], [null, null], [null, null, null]],
    ],
    ['a list, item by item', bytesOf(']', int(1), 'a', int(2), 'a'), [1, 2]],
    ['a list in a list', list(list(int(1))), [[1]]],
    ['a dictionary', dict([['a', int(1)]]), new Map([['a', 1]])],
    ['a dictionary, item by item', bytesOf('}', text('a'), int(1), 's'), new Map([['a', 1]])],
    [
      'a memo of 1 and of 4 bytes',
      bytesOf('(', text('a'), 'q', 7, 'h', 7, 'r', 0, 1, 0, 0, 'j', 0, 1, 0, 0, 't'),
      ['a', 'a', 'a'],
    ],
    [
      'a memo without numbers, protocol 4',
      bytesOf(0x95, new Uint8Array(8), '(', 0x8c, 1, 'a', 0x94, 'h', 0, 't'),
      ['a', 'a'],
    ],
    ['dropped values', bytesOf(int(1), int(2), '0', '(', int(3), '1'), 1],
    ['a doubled value', bytesOf('(', int(1), '2', 't'), [1, 1]],
    ['a persistent id', bytesOf(tuple(int(1)), 'Q'), ['persistent', [1]]],
    ['attributes, which are dropped', build(dict([]), dict([['a', int(1)]])), new Map()],
  ];
  it.each(values)('reads %s', (_, bytes, value) => {
    expect(read(pickle(bytes))).toEqual(value);
  });

  it('calls a known global with its arguments, by either opcode', () => {
    calls.length = 0;
    expect(read(pickle(call(global('tests', 'record'), int(1), text('b'))))).toBe(2);
    expect(read(pickle(bytesOf(text('tests'), text('record'), 0x93, ')', 'R'), 4))).toBe(0);
    expect(calls).toEqual([[1, 'b'], []]);
  });

  it('says where the next pickle begins', () => {
    const two = bytesOf(pickle(int(1)), pickle(int(2)));
    const first = readPickle(two, 0, dialect, 'it');
    expect(readPickle(two, first.end, dialect, 'it')).toEqual({ value: 2, end: two.length });
  });

  const NAMED = 'Nothing in it was executed. Save the state dict alone: torch.save(net.state_dict(), path).';
  const DAMAGED = 'The file is damaged; fetch or write it again.';
  const DATA = 'Save a state dict with torch.save, in its default pickle protocol.';
  const refused: [string, Uint8Array, string][] = [
    [
      'os.system',
      pickle(call(global('os', 'system'), text('id'))),
      `tensors and dictionaries only for it, got a pickle that names os.system. ${NAMED}`,
    ],
    [
      'builtins.eval by STACK_GLOBAL',
      pickle(bytesOf(text('builtins'), text('eval'), 0x93), 4),
      `tensors and dictionaries only for it, got a pickle that names builtins.eval. ${NAMED}`,
    ],
    [
      'os.system by INST',
      pickle(bytesOf('(', text('id'), 'ios\nsystem\n')),
      `tensors and dictionaries only for it, got a pickle that names os.system. ${NAMED}`,
    ],
    [
      'protocol 0',
      bytesOf("cos\nsystem\n(S'id'\ntR."),
      `tensors and dictionaries only for it, got a pickle that names os.system. ${NAMED}`,
    ],
    [
      'a name of no text',
      pickle(bytesOf(int(1), int(2), 0x93)),
      `tensors and dictionaries only for it, got a pickle that names number.number. ${NAMED}`,
    ],
    ['an extension code', pickle(bytesOf(0x82, 1)), `a pickle of data only for it, got opcode 0x82. ${DATA}`],
    ['protocol 6', pickle(int(1), 6), 'pickle protocol 2 to 5 for it, got 6.'],
    [
      'a call of a number',
      pickle(bytesOf(int(1), ')', 'R')),
      `a whole pickle for it, got a call of a value that is no function. ${DAMAGED}`,
    ],
    ['a pop of nothing', pickle(bytesOf('a')), `a whole pickle for it, got an empty stack. ${DAMAGED}`],
    [
      'a mark that is not there',
      pickle(bytesOf('t')),
      `a whole pickle for it, got a missing mark. ${DAMAGED}`,
    ],
    [
      'a memo that was never set',
      pickle(bytesOf('h', 9)),
      `a whole pickle for it, got memo 9, which was never set. ${DAMAGED}`,
    ],
    [
      'items of a number',
      pickle(bytesOf(int(1), int(2), 'a')),
      `a whole pickle for it, got items for a value that is no list. ${DAMAGED}`,
    ],
    [
      'entries of a number',
      pickle(bytesOf(int(1), int(2), int(3), 's')),
      `a whole pickle for it, got items for a value that is no dictionary. ${DAMAGED}`,
    ],
    [
      'a key without value',
      pickle(bytesOf('}', '(', int(2), 'u')),
      `a whole pickle for it, got a key without value. ${DAMAGED}`,
    ],
    [
      'attributes of a number',
      pickle(build(int(1), dict([]))),
      `a whole pickle for it, got attributes of a value. ${DAMAGED}`,
    ],
    [
      'an integer of 200 bytes',
      pickle(long(1n, 200)),
      `a whole pickle for it, got an integer of 200 bytes. ${DAMAGED}`,
    ],
    [
      'a name without end',
      pickle(bytesOf(`c${'a'.repeat(5000)}`)),
      `a whole pickle for it, got a name without end. ${DAMAGED}`,
    ],
    [
      'text longer than the pickle',
      pickle(bytesOf('X', 0xff, 0xff, 0xff, 0xff)),
      'a whole pickle for it, got one that breaks off. The file is truncated; fetch or copy it again.',
    ],
    [
      'a million marks and more',
      bytesOf('('.repeat(1_000_001)),
      'a pickle of at most 1000000 values at once for it, got more.',
    ],
  ];
  it.each(refused)('refuses %s', (_, bytes, reason) => {
    expect(messageOf(bytes)).toBe(`readWeights: expected ${reason}`);
  });

  it('reads or refuses random bytes, and never fails otherwise', () => {
    let state = 1;
    const next = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    };
    for (let round = 0; round < 5000; round++) {
      const bytes = Uint8Array.from({ length: 40 }, next);
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(LpipsError);
      }
    }
  });
});
