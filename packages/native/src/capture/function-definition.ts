/**
 * @module
 * A recorded step as a function of TensorFlow (FunctionDef, tensorflow/core/framework/function.proto, with the messages of
 * node_def, op_def, attr_value and tensor.proto beside it).
 */
import type { Source } from 'tfjs-fused-training';
import { listIn } from '../kernels/list-attributes.js';
import { ATTRIBUTE, type Attribute } from '../kernels/tensorflow-operation.js';
import type {
  ArgumentDefinition,
  OperationDefinition,
  OperationDefinitions,
} from './operation-definition.js';
import { bytesField, concatBytes, floatField, integerField, textField } from './protobuf.js';
import type { NativeConstant, NativeOperation, NativeRecording } from './step-recording.js';

// Numbers of fields.
const FUNCTION = { signature: 1, node: 3, result: 4 } as const;
const SIGNATURE = { name: 1, input: 2, output: 3 } as const;
const ARGUMENT = { name: 1, type: 3 } as const;
const NODE = { name: 1, operation: 2, input: 3, attribute: 5 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const VALUE = { list: 1, string: 2, int: 3, float: 4, bool: 5, type: 6, shape: 7, tensor: 8 } as const;
const TENSOR = { type: 1, shape: 2, bytes: 4 } as const;
const SHAPE = { side: 2 } as const;
const SIDE = { size: 1 } as const;

/** Fields of a value, and of a list of them, by the type of the attribute. */
const FIELD_OF_TYPE: Readonly<Record<Attribute['type'], (value: never) => Uint8Array>> = {
  [ATTRIBUTE.string]: (value: string) => textField(VALUE.string, value),
  [ATTRIBUTE.int]: (value: number) => integerField(VALUE.int, value),
  [ATTRIBUTE.float]: (value: number) => floatField(VALUE.float, value),
  [ATTRIBUTE.bool]: (value: boolean) => integerField(VALUE.bool, value),
  [ATTRIBUTE.type]: (value: number) => integerField(VALUE.type, value),
  [ATTRIBUTE.shape]: (value: number[]) => bytesField(VALUE.shape, shapeMessage(value)),
};

/**
 * The bytes of a FunctionDef that does what was recorded.
 *
 * @param inputs the constants and tensors from outside that are arguments of the function; other constants are part of it
 * @throws Error where an operation depends on what it did before, or its definition leaves something open
 */
export function functionDefinition(
  name: string,
  recording: NativeRecording,
  inputs: readonly Source[],
  outputs: readonly Source[],
  definitions: OperationDefinitions,
): Uint8Array {
  const { operations, constants } = recording;
  const argumentOf = new Map(inputs.map((source, index) => [source.join(), `input_${index}`]));
  const reference = (source: Source): string => {
    const argument = argumentOf.get(source.join());
    if (argument !== undefined) return argument;
    if (source[0] === 'constant') return `constant_${source[1]}:output:0`;
    if (source[0] === 'outside') throw new Error('a tensor from outside is not among the inputs');
    const operation = operations[source[1]];
    if (!operation) throw new Error('a result is of no operation');
    return `operation_${source[1]}:${resultName(operation, source[2], definitions)}`;
  };
  const argument = (field: number, argumentName: string, type: number) =>
    bytesField(field, textField(ARGUMENT.name, argumentName), integerField(ARGUMENT.type, type));
  const signature = [
    textField(SIGNATURE.name, name),
    ...inputs.map((source, i) => argument(SIGNATURE.input, `input_${i}`, typeOf(source, recording))),
    ...outputs.map((source, i) => argument(SIGNATURE.output, `output_${i}`, typeOf(source, recording))),
  ];
  const nodes = [
    ...constants.flatMap((constant, i) =>
      argumentOf.has(`constant,${i}`) ? [] : [constantNode(`constant_${i}`, constant)],
    ),
    ...operations.map((operation, i) =>
      node(
        `operation_${i}`,
        operation.name,
        operation.inputs.map(reference),
        attributesOf(operation, definitions),
      ),
    ),
  ];
  return concatBytes([
    bytesField(FUNCTION.signature, ...signature),
    ...nodes.map((each) => bytesField(FUNCTION.node, each)),
    ...outputs.map((source, i) =>
      bytesField(
        FUNCTION.result,
        textField(ENTRY.key, `output_${i}`),
        textField(ENTRY.value, reference(source)),
      ),
    ),
  ]);
}

function typeOf(source: Source, { operations, constants, outsideTypes }: NativeRecording): number {
  const type = {
    operation: () => operations[source[1]]?.outputTypes[source[2] ?? 0],
    constant: () => constants[source[1]]?.type,
    outside: () => outsideTypes[source[1]],
  }[source[0]]();
  if (type === undefined) throw new Error('a tensor has no type');
  return type;
}

/** A result as functions name it: the name of the operation's result, and the place in it where it is a list. */
function resultName(operation: NativeOperation, output: number, definitions: OperationDefinitions): string {
  let first = 0;
  const definition = definitions.of(operation.name);
  for (const result of definition.outputs) {
    const count = countOf(result, operation, definition);
    if (output < first + count) return `${result.name}:${output - first}`;
    first += count;
  }
  throw new Error(`${operation.name} has no result ${output}`);
}

/** Of how many tensors an argument or result consists. */
function countOf(
  { numberAttribute, typeListAttribute }: ArgumentDefinition,
  operation: NativeOperation,
  { counts }: OperationDefinition,
): number {
  const given = (name: string) => operation.given.find((attribute) => attribute.name === name)?.value;
  if (numberAttribute !== undefined) {
    const count = given(numberAttribute) ?? counts.get(numberAttribute);
    if (typeof count === 'number') return count;
    throw new Error(`${operation.name} does not say its ${numberAttribute}`);
  }
  if (typeListAttribute === undefined) return 1;
  const types = given(typeListAttribute);
  if (typeof types === 'string') return listOf(types)?.length ?? 0;
  if (Array.isArray(types)) return types.length;
  throw new Error(`${operation.name} does not say its ${typeListAttribute}`);
}

/** The attributes that were given, and the types that follow from the inputs. */
function attributesOf(operation: NativeOperation, definitions: OperationDefinitions): Attribute[] {
  const definition = definitions.of(operation.name);
  if (definition.isStateful) throw new Error(`${operation.name} depends on what it did before`);
  const attributes = [...operation.given];
  let first = 0;
  for (const input of definition.inputs) {
    const { typeAttribute: name } = input;
    const type = operation.inputTypes[first];
    if (name !== undefined && type !== undefined && !attributes.some((each) => each.name === name)) {
      attributes.push({ name, type: ATTRIBUTE.type, value: type });
    }
    first += countOf(input, operation, definition);
  }
  return attributes;
}

function constantNode(name: string, { type, shape, values }: NativeConstant): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const tensor = bytesField(
    VALUE.tensor,
    integerField(TENSOR.type, type),
    bytesField(TENSOR.shape, shapeMessage(shape)),
    bytesField(TENSOR.bytes, bytes),
  );
  const entry = bytesField(NODE.attribute, textField(ENTRY.key, 'value'), bytesField(ENTRY.value, tensor));
  const dtype: Attribute = { name: 'dtype', type: ATTRIBUTE.type, value: type };
  return concatBytes([node(name, 'Const', [], [dtype]), entry]);
}

function node(
  name: string,
  operation: string,
  inputs: readonly string[],
  attributes: readonly Attribute[],
): Uint8Array {
  return concatBytes([
    textField(NODE.name, name),
    textField(NODE.operation, operation),
    ...inputs.map((input) => textField(NODE.input, input)),
    ...attributes.map((attribute) =>
      bytesField(
        NODE.attribute,
        textField(ENTRY.key, attribute.name),
        bytesField(ENTRY.value, attributeValue(attribute)),
      ),
    ),
  ]);
}

/** An AttrValue. */
function attributeValue({ type, value }: Attribute): Uint8Array {
  const list = type === ATTRIBUTE.string && typeof value === 'string' ? listOf(value) : undefined;
  if (list) return bytesField(VALUE.list, ...list);
  const field = FIELD_OF_TYPE[type];
  const isList = Array.isArray(value) && type !== ATTRIBUTE.shape;
  return isList
    ? bytesField(VALUE.list, ...value.map((each) => field(each as never)))
    : field(value as never);
}

/** The fields of a list, of texts or types, that is written as a string (list-attributes.ts), or undefined. */
function listOf(text: string): Uint8Array[] | undefined {
  const list = listIn(text);
  if (!list) return undefined;
  return 'types' in list
    ? list.types.map((type) => integerField(VALUE.type, type))
    : list.strings.map((string) => textField(VALUE.string, string));
}

function shapeMessage(shape: readonly number[]): Uint8Array {
  return concatBytes(shape.map((side) => bytesField(SHAPE.side, integerField(SIDE.size, side))));
}
