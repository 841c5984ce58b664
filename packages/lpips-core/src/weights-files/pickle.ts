/**
 * @module
 * A pickle machine for data alone: numbers, text, lists, dictionaries, and calls of the few globals that its dialect
 * lists. Python's machine imports whatever a pickle names and calls it. This one refuses a name outside its dialect as
 * soon as it reads it, and cannot import anything. Opcodes: Lib/pickletools.py, protocols 2 to 4.
 */
import { invalid, LpipsError } from '../errors.js';

/** What a pickle can hold here. Tuples and lists are arrays, and dictionaries are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleGlobal
  | PickleObject;

/** Anything that a dialect makes, such as a tensor or a storage. */
export abstract class PickleObject {
  abstract readonly kind: string;
}

/** A name that a pickle may use, such as `collections.OrderedDict`, and what calling it makes. */
export class PickleGlobal {
  readonly name: string;
  readonly call: (args: readonly PickleValue[]) => PickleValue;

  constructor(name: string, call: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** What a pickle may name, and how its persistent ids are resolved. */
export interface PickleDialect {
  globals: ReadonlyMap<string, PickleGlobal>;
  loadPersistent: (id: PickleValue) => PickleValue;
}

/** The pickle continues beyond the bytes at hand. */
export class UnfinishedPickleError extends LpipsError {}

/** Bound of the stack, of the memo, and of all lists, dictionaries and objects. A state dict needs a few dozen a tensor. */
const MAX_VALUES = 1_000_000;
/** A pickle makes no more lists, dictionaries and objects than one for so many of its bytes. A tensor takes about 17 for each. */
const BYTES_PER_OBJECT = 4;
/** Calls take no more items than so many for each byte. Only a pickle that passes one list to many calls needs more. */
const ITEMS_PER_BYTE = 4;
/** What a pickle of any size may need. */
const FREE_OBJECTS = 1000;
const MAX_NAME_BYTES = 1024;
const MAX_INTEGER_BYTES = 16;

/**
 * Runs one pickle. Time and memory are bounded by its length: it makes at most one list, dictionary or object for four of its
 * bytes, and a million in all; its calls take at most four items for each byte.
 *
 * @param bytes holds the pickle from `start`
 * @param source name of the bytes in error messages
 * @returns the value, and where the next pickle would begin
 * @throws LpipsError if the pickle names anything unknown (nothing is executed), is damaged or unfinished
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  dialect: PickleDialect,
  source: string,
): { value: PickleValue; end: number } {
  return new PickleMachine(bytes, start, dialect, source).run();
}

class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #dialect: PickleDialect;
  readonly #source: string;
  readonly #memo = new Map<number, PickleValue>();
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = []; // heights of the stack
  #position: number;
  #objects = 0;
  #callItems = 0;

  constructor(bytes: Uint8Array, start: number, dialect: PickleDialect, source: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#dialect = dialect;
    this.#source = source;
  }

  run(): { value: PickleValue; end: number } {
    for (;;) {
      const opcode = this.uint8();
      if (opcode === STOP) return { value: this.pop(), end: this.#position };
      const execute = OPCODES.get(opcode);
      if (!execute) {
        const advice = 'Save a state dict with torch.save, in its default pickle protocol.';
        throw this.#refuse('a pickle of data only', `opcode 0x${opcode.toString(16)}`, advice);
      }
      execute(this);
      if (this.#stack.length + this.#marks.length > MAX_VALUES || this.#memo.size > MAX_VALUES) {
        throw this.#refuse(`a pickle of at most ${MAX_VALUES} values at once`, 'more');
      }
    }
  }

  /** Moves behind the next `length` bytes, and returns where they begin. */
  take(length: number): number {
    const start = this.#position;
    if (start + length > this.#bytes.length) {
      const advice = 'The file is truncated; fetch or copy it again.';
      throw new UnfinishedPickleError(
        invalid('readWeights', 'a whole pickle', this.#source, 'one that breaks off', advice).message,
      );
    }
    this.#position = start + length;
    return start;
  }

  slice(length: number): Uint8Array {
    const start = this.take(length);
    return this.#bytes.slice(start, start + length);
  }

  text(length: number): string {
    const start = this.take(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  /** Text up to the next line feed. */
  line(): string {
    const start = this.#position;
    while (this.uint8() !== 0x0a) {
      if (this.#position - start > MAX_NAME_BYTES) throw this.#damaged('a name without end');
    }
    return new TextDecoder().decode(this.#bytes.subarray(start, this.#position - 1));
  }

  uint8 = (): number => this.#view.getUint8(this.take(1));
  uint16 = (): number => this.#view.getUint16(this.take(2), true);
  uint32 = (): number => this.#view.getUint32(this.take(4), true);
  int32 = (): number => this.#view.getInt32(this.take(4), true);
  float64 = (): number => this.#view.getFloat64(this.take(8), false);

  /** Little-endian two's complement. It is a bigint where a number would not hold it exactly. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw this.#damaged(`an integer of ${length} bytes`);
    const value = BigInt.asIntN(
      length * 8,
      this.slice(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
    );
    return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  checkProtocol(version: number): void {
    if (version > 5) throw this.#refuse('pickle protocol 2 to 5', `${version}`);
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  /** Pushes a list, dictionary or object that did not exist before. */
  make(value: PickleValue): void {
    const most = Math.min(MAX_VALUES, FREE_OBJECTS + this.#bytes.length / BYTES_PER_OBJECT);
    if (++this.#objects > most) {
      throw this.#refuse(`a pickle of at most ${Math.floor(most)} objects`, 'more');
    }
    this.push(value);
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.#damaged('an empty stack');
    return value;
  }

  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  popMany(count: number): PickleValue[] {
    if (this.#stack.length < count) throw this.#damaged('an empty stack');
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined || height > this.#stack.length) throw this.#damaged('a missing mark');
    return this.#stack.splice(height);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.#damaged('items for a value that is no list');
    for (const item of items) list.push(item);
  }

  setItems(keysAndValues: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Map)) throw this.#damaged('items for a value that is no dictionary');
    for (let i = 0; i < keysAndValues.length; i += 2) {
      const [key, value] = [keysAndValues[i], keysAndValues[i + 1]];
      if (key === undefined || value === undefined) throw this.#damaged('a key without value');
      target.set(key, value);
    }
  }

  dictionary(keysAndValues: readonly PickleValue[]): void {
    this.make(new Map());
    this.setItems(keysAndValues);
  }

  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#damaged(`memo ${index}, which was never set`);
    this.push(value);
  }

  global(module: PickleValue, name: PickleValue): void {
    if (textOf(module).length + textOf(name).length > MAX_NAME_BYTES) {
      throw this.#damaged('a name without end');
    }
    const fullName = `${textOf(module)}.${textOf(name)}`;
    const known = this.#dialect.globals.get(fullName);
    if (!known) {
      const advice =
        'Nothing in it was executed. Save the state dict alone: torch.save(net.state_dict(), path).';
      throw this.#refuse('tensors and dictionaries only', `a pickle that names ${fullName}`, advice);
    }
    this.push(known);
  }

  stackGlobal(): void {
    const name = this.pop();
    const module = this.pop();
    this.global(module, name);
  }

  instance(module: string, name: string): void {
    const args = this.popToMark();
    this.global(module, name);
    this.make(args);
    this.call();
  }

  call(): void {
    const [target, args] = this.popMany(2);
    if (!(target instanceof PickleGlobal) || !Array.isArray(args))
      throw this.#damaged('a call of a value that is no function');
    this.#callItems += args.reduce<number>(
      (count, arg) => count + (Array.isArray(arg) ? arg.length : 1),
      args.length,
    );
    if (this.#callItems > FREE_OBJECTS + ITEMS_PER_BYTE * this.#bytes.length) {
      throw this.#refuse('calls of fewer items than the pickle has bytes', 'one list in many calls');
    }
    this.make(target.call(args));
  }

  /** Drops attributes, such as the `_metadata` of a state dict, since nothing needs them. */
  build(): void {
    this.pop();
    const target = this.top();
    if (!(target instanceof Map) && !(target instanceof PickleObject))
      throw this.#damaged('attributes of a value');
  }

  loadPersistent(): void {
    this.push(this.#dialect.loadPersistent(this.pop()));
  }

  #damaged(got: string): LpipsError {
    return this.#refuse('a whole pickle', got, 'The file is damaged; fetch or write it again.');
  }

  #refuse(requirement: string, got: string, advice = ''): LpipsError {
    return invalid('readWeights', requirement, this.#source, got, advice);
  }
}

const STOP = 0x2e;

/** What each opcode does. All others are refused. */
const OPCODES: ReadonlyMap<number, (machine: PickleMachine) => void> = new Map([
  [0x80, (m) => m.checkProtocol(m.uint8())], // PROTO
  [0x95, (m) => m.take(8)], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.pop()], // POP
  [0x31, (m) => m.popToMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.int32())], // BININT
  [0x4b, (m) => m.push(m.uint8())], // BININT1
  [0x4d, (m) => m.push(m.uint16())], // BININT2
  [0x8a, (m) => m.push(m.integer(m.uint8()))], // LONG1
  [0x47, (m) => m.push(m.float64())], // BINFLOAT
  [0x55, (m) => m.push(m.text(m.uint8()))], // SHORT_BINSTRING
  [0x54, (m) => m.push(m.text(m.uint32()))], // BINSTRING
  [0x8c, (m) => m.push(m.text(m.uint8()))], // SHORT_BINUNICODE
  [0x58, (m) => m.push(m.text(m.uint32()))], // BINUNICODE
  [0x43, (m) => m.make(m.slice(m.uint8()))], // SHORT_BINBYTES
  [0x42, (m) => m.make(m.slice(m.uint32()))], // BINBYTES
  [0x5d, (m) => m.make([])], // EMPTY_LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popToMark())], // APPENDS
  [0x6c, (m) => m.make(m.popToMark())], // LIST
  [0x29, (m) => m.make([])], // EMPTY_TUPLE
  [0x85, (m) => m.make(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.make(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.make(m.popMany(3))], // TUPLE3
  [0x74, (m) => m.make(m.popToMark())], // TUPLE
  [0x7d, (m) => m.make(new Map())], // EMPTY_DICT
  [0x64, (m) => m.dictionary(m.popToMark())], // DICT
  [0x73, (m) => m.setItems(m.popMany(2))], // SETITEM
  [0x75, (m) => m.setItems(m.popToMark())], // SETITEMS
  [0x71, (m) => m.memoize(m.uint8())], // BINPUT
  [0x72, (m) => m.memoize(m.uint32())], // LONG_BINPUT
  [0x94, (m) => m.memoize()], // MEMOIZE
  [0x68, (m) => m.recall(m.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.uint32())], // LONG_BINGET
  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x69, (m) => m.instance(m.line(), m.line())], // INST
  [0x93, (m) => m.stackGlobal()], // STACK_GLOBAL
  [0x52, (m) => m.call()], // REDUCE
  [0x81, (m) => m.call()], // NEWOBJ
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.loadPersistent()], // BINPERSID
]);

function textOf(value: PickleValue): string {
  return typeof value === 'string' ? value : typeof value;
}
