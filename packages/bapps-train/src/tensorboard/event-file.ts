/**
 * @module
 * Event files of TensorBoard: protocol buffers `Event` (tensorflow/core/util/event.proto) in a TFRecord file. A record is
 *
 *     length (uint64), masked crc32c of the length (uint32), the event, masked crc32c of the event (uint32)
 *
 * in little-endian order. Scalars are written as `simple_value`, texts as tensors of strings with the metadata of the plugin
 * "text", which TensorBoard shows as Markdown.
 */
import { maskedCrc32c } from './crc32c.js';
import { doubleField, floatField, integerField, joined, messageField, textField } from './protobuf.js';

/** Fields of the messages that are written, by their numbers. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, tensor: 8, metadata: 9 } as const;
const METADATA = { pluginData: 1 } as const;
const PLUGIN_DATA = { pluginName: 1 } as const;
const TENSOR = { dtype: 1, shape: 2, stringValue: 8 } as const;
const SHAPE = { dim: 2 } as const;
const DIM = { size: 1 } as const;
const STRING_TYPE = 7;

/** When an event happened. */
export interface Moment {
  /** Step of the run. */
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The first event of a file. */
export function versionEvent(time: number): Uint8Array {
  return record(doubleField(EVENT.wallTime, time / 1000), textField(EVENT.fileVersion, 'brain.Event:2'));
}

/** Scalars of one step by their tags, such as `2AFC/held-out`. */
export function scalarsEvent({ step, time }: Moment, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    messageField(SUMMARY.value, textField(VALUE.tag, tag), floatField(VALUE.simpleValue, value)),
  );
  return summaryEvent({ step, time }, values);
}

/** A text under a tag, as Markdown. */
export function textEvent({ step, time }: Moment, tag: string, markdown: string): Uint8Array {
  const shape = messageField(TENSOR.shape, messageField(SHAPE.dim, integerField(DIM.size, 1)));
  const tensor = messageField(
    VALUE.tensor,
    integerField(TENSOR.dtype, STRING_TYPE),
    shape,
    textField(TENSOR.stringValue, markdown),
  );
  const plugin = messageField(METADATA.pluginData, textField(PLUGIN_DATA.pluginName, 'text'));
  const metadata = messageField(VALUE.metadata, plugin);
  return summaryEvent({ step, time }, [
    messageField(SUMMARY.value, textField(VALUE.tag, tag), metadata, tensor),
  ]);
}

function summaryEvent({ step, time }: Moment, values: readonly Uint8Array[]): Uint8Array {
  return record(
    doubleField(EVENT.wallTime, time / 1000),
    integerField(EVENT.step, step),
    messageField(EVENT.summary, ...values),
  );
}

function record(...fields: readonly Uint8Array[]): Uint8Array {
  const event = joined(...fields);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(event.length), true);
  return joined(length, checksum(length), event, checksum(event));
}

function checksum(bytes: Uint8Array): Uint8Array {
  const stored = new Uint8Array(4);
  new DataView(stored.buffer).setUint32(0, maskedCrc32c(bytes), true);
  return stored;
}
