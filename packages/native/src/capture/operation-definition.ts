/**
 * @module
 * TensorFlow's definition of an operation (OpDef, tensorflow/core/framework/op_def.proto): what its results are called, and
 * which attributes follow from its inputs.
 */
import { type Binding, operationDefinition } from './binding-commands.js';
import { type Field, fieldsOf } from './protobuf.js';

/** An argument of an operation, which is one tensor or a list of them. */
export interface ArgumentDefinition {
  readonly name: string;
  /** The attribute that holds its type, where the type is not fixed. */
  readonly typeAttribute: string | undefined;
  /** The attribute that holds how many tensors there are, or undefined. */
  readonly numberAttribute: string | undefined;
  /** The attribute that holds the type of each tensor of a list, or undefined. */
  readonly typeListAttribute: string | undefined;
}

/** An operation. */
export interface OperationDefinition {
  readonly inputs: readonly ArgumentDefinition[];
  readonly outputs: readonly ArgumentDefinition[];
  /** How many tensors an argument has by default, by the attribute that says how many. */
  readonly counts: ReadonlyMap<string, number>;
  /** Whether its results depend on what it did before, as those of random numbers do. */
  readonly isStateful: boolean;
}

// Numbers of the fields of OpDef and of the messages in it.
const OP = { input: 2, output: 3, attribute: 4, isStateful: 17 } as const;
const ARG = { name: 1, typeAttribute: 4, numberAttribute: 5, typeListAttribute: 6 } as const;
const ATTRIBUTE = { name: 1, default: 3 } as const;
const VALUE = { int: 3 } as const;

/** Definitions of TensorFlow's library and of our binding. Each is asked for once. */
export class OperationDefinitions {
  readonly #binding: Binding;
  readonly #known = new Map<string, OperationDefinition>();

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** @throws Error where there is no such operation */
  of(operation: string): OperationDefinition {
    const known = this.#known.get(operation);
    if (known) return known;
    const made = parse(fieldsOf(operationDefinition(this.#binding, operation)));
    this.#known.set(operation, made);
    return made;
  }
}

function parse(fields: readonly Field[]): OperationDefinition {
  const messages = (number: number) =>
    fields.flatMap(({ field, value }) =>
      field === number && value instanceof Uint8Array ? [fieldsOf(value)] : [],
    );
  return {
    inputs: messages(OP.input).map(argument),
    outputs: messages(OP.output).map(argument),
    counts: new Map(messages(OP.attribute).flatMap(defaultCount)),
    isStateful: fields.some(({ field, value }) => field === OP.isStateful && value === 1),
  };
}

function argument(fields: readonly Field[]): ArgumentDefinition {
  return {
    name: textIn(fields, ARG.name) ?? '',
    typeAttribute: textIn(fields, ARG.typeAttribute),
    numberAttribute: textIn(fields, ARG.numberAttribute),
    typeListAttribute: textIn(fields, ARG.typeListAttribute),
  };
}

/** The name of an attribute that is a number, and its default. */
function defaultCount(attribute: readonly Field[]): [name: string, count: number][] {
  const name = textIn(attribute, ATTRIBUTE.name);
  const bytes = attribute.find(({ field }) => field === ATTRIBUTE.default)?.value;
  if (name === undefined || !(bytes instanceof Uint8Array)) return [];
  const [given] = fieldsOf(bytes);
  if (given?.field === VALUE.int && typeof given.value === 'number') return [[name, given.value]];
  return [];
}

function textIn(fields: readonly Field[], number: number): string | undefined {
  const value = fields.find(({ field }) => field === number)?.value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined;
}
