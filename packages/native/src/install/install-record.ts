/**
 * @module
 * What an install says of itself: `install.json` in its folder.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What was installed. */
export interface NativeInstall {
  /** Name and version of the npm package. */
  readonly package: string;
  readonly version: string;
  readonly tensorflow: string;
  readonly platform: string;
  /** Revision of the binding, which rises when this package's C++ changes. */
  readonly binding: number;
  readonly wheel: string;
  readonly sha256: string;
  /** Size of all files. */
  readonly bytes: number;
  /** By how much a convolution differed from WASM's. */
  readonly difference: number;
}

const RECORD = 'install.json';
const FIELDS: Readonly<Record<keyof NativeInstall, 'string' | 'number'>> = {
  package: 'string',
  version: 'string',
  tensorflow: 'string',
  platform: 'string',
  binding: 'number',
  wheel: 'string',
  sha256: 'string',
  bytes: 'number',
  difference: 'number',
};

/** The record in a folder, or undefined where there is none or it is damaged. */
export async function readRecord(folder: string): Promise<NativeInstall | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(join(folder, RECORD), 'utf8'));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRecord(folder: string, record: NativeInstall): Promise<void> {
  await writeFile(join(folder, RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
}

function isRecord(value: unknown): value is NativeInstall {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(FIELDS).every(([name, type]) => typeof Reflect.get(value, name) === type);
}
