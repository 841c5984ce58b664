/**
 * @module
 * Event files of TensorBoard: known checksums, the layout of their bytes, and what TensorBoard itself reads of them.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from '../../src/tensorboard/crc32c.js';
import { scalarsEvent, versionEvent } from '../../src/tensorboard/event-file.js';
import { integerField } from '../../src/tensorboard/protobuf.js';
import { drawExtraction } from '../support/drawn-extraction.js';
import { bapps } from '../support/run-bapps.js';

const text = (value: string) => new TextEncoder().encode(value);

describe('crc32c', () => {
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 times 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['"123456789"', text('123456789'), 0xe3069283],
  ])('is that of RFC 3720 for %s', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it('is rotated and shifted by a constant where it is masked', () => {
    const rotated = ((0xe3069283 >>> 15) | (0xe3069283 << 17)) >>> 0;
    expect(maskedCrc32c(text('123456789'))).toBe((rotated + 0xa282ead8) % 2 ** 32);
  });
});

describe('an event', () => {
  it('has a length, its checksum, fields and their checksum', () => {
    const bytes = Buffer.from(versionEvent(1_500_000_000_250));
    const event = bytes.subarray(12, bytes.length - 4);
    expect(bytes.readBigUInt64LE(0)).toBe(BigInt(event.length));
    expect(bytes.readUInt32LE(8)).toBe(maskedCrc32c(bytes.subarray(0, 8)));
    expect(bytes.readUInt32LE(bytes.length - 4)).toBe(maskedCrc32c(event));
    expect(event.readUInt8(0)).toBe((1 << 3) | 1); // wall_time, 64 bits
    expect(event.readDoubleLE(1)).toBe(1_500_000_000.25);
    expect(event.subarray(9).toString('latin1')).toBe('\x1a\x0dbrain.Event:2'); // file_version, 13 bytes
  });

  it('holds scalars by their tags', () => {
    const event = Buffer.from(scalarsEvent({ step: 300, time: 0 }, { 'a/b': 0.5 })).subarray(12, -4);
    // step 300 as a varint; summary, of which value; tag "a/b", simple_value 0.5
    expect(event.subarray(9).toString('hex')).toBe('10ac022a0c0a0a0a03612f62150000003f');
  });

  it('holds whole numbers beyond 32 bits', () => {
    expect(Buffer.from(integerField(2, 2 ** 40 + 1)).toString('hex')).toBe('10818080808020');
  });
});

describe('bapps train --tensorboard', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'events-'));
    await drawExtraction(join(folder, 'vectors'), { train: 150, val: 60, test: 40 });
    const recipe = ['--learning-rate', '0.01', '--epochs', '2', '--decay-epochs', '0', '--quiet'];
    const events = ['--tensorboard', join(folder, 'events'), '--tensorboard-every', '2'];
    const one = await bapps(
      'train',
      join(folder, 'vectors'),
      '--out',
      join(folder, 'one'),
      ...recipe,
      ...events,
    );
    const several = ['--seeds', '2', '--out', join(folder, 'several')];
    const two = await bapps('train', join(folder, 'vectors'), ...several, ...recipe, ...events);
    expect([one.code, two.code, one.error, two.error]).toEqual([0, 0, '', '']);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('writes a file into a folder for each run', async () => {
    expect((await readdir(join(folder, 'events'))).sort()).toEqual(['one', 'several']);
    expect((await readdir(join(folder, 'events/several'))).sort()).toEqual(['seed-1', 'seed-2']);
    const [file, ...more] = await readdir(join(folder, 'events/several/seed-2'));
    expect(more).toEqual([]);
    expect(file).toMatch(/^events\.out\.tfevents\.\d{15}\./);
    const bytes = await readFile(join(folder, 'events/several/seed-2', file ?? ''));
    let records = 0;
    for (let start = 0; start < bytes.length; records++) {
      const end = start + 12 + Number(bytes.readBigUInt64LE(start));
      expect(bytes.readUInt32LE(end)).toBe(maskedCrc32c(bytes.subarray(start + 12, end)));
      start = end + 4;
    }
    expect(records).toBe(1 + 3 + 2 + 1 + 1); // the version, three of six steps, two epochs, the recipe, the test
  });

  it('is read by TensorBoard', async ({ skip }) => {
    const python = process.env['LPIPS_TENSORBOARD_PYTHON'] ?? 'python3';
    skip(
      !hasTensorBoard(python),
      `${python} has no module "tensorboard" (LPIPS_TENSORBOARD_PYTHON names another)`,
    );
    const program = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1]).Reload()
tags = events.Tags()
scalars = {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags['scalars']}
texts = {tag: events.Tensors(tag)[0].tensor_proto.string_val[0].decode() for tag in tags['tensors']}
print(json.dumps([scalars, texts, events.PluginTagToContent('text') != {}]))`;
    const { stdout } = await promisify(execFile)(python, ['-c', program, join(folder, 'events/one')]);
    const [scalars, texts, isText] = JSON.parse(stdout) as [
      Record<string, [number, number][]>,
      Record<string, string>,
      boolean,
    ];
    expect(scalars['batch/loss']?.map(([step]) => step)).toEqual([2, 4, 6]);
    expect(scalars['loss/train']?.map(([step]) => step)).toEqual([3, 6]);
    const log = JSON.parse(await readFile(join(folder, 'one/training.json'), 'utf8')) as {
      epochs: { heldOut: { drawn: number } }[];
      test: { drawn: number };
    };
    const held = scalars['2AFC_held_out/drawn']?.map(([, value]) => value) ?? [];
    for (const [index, { heldOut }] of log.epochs.entries())
      expect(held[index]).toBeCloseTo(heldOut.drawn, 6);
    expect(scalars['2AFC/test']?.[0]?.[1]).toBeCloseTo(log.test.drawn, 6);
    expect(isText).toBe(true);
    expect(texts['recipe']).toContain('| learning rate | 0.01 |');
  });
});

function hasTensorBoard(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import tensorboard'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
