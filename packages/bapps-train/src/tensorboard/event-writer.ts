/**
 * @module
 * An event file of TensorBoard that grows while a run goes on. Each start of a run opens a file of its own in the folder of the
 * run, as TensorBoard expects: it joins them, and drops steps that a killed run had taken beyond its last checkpoint.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkText } from 'lpips-core';
import { makeFolder, translateDiskFault } from 'lpips-node/files';
import { scalarsEvent, textEvent, versionEvent } from './event-file.js';

/** Events of one run. Call `close` when done. */
export class EventWriter {
  readonly #path: string;
  readonly #file: number;

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a new file.
   *
   * @param folder of the run, made if it is missing
   * @throws LpipsError if it cannot be written
   */
  static async open(folder: string): Promise<EventWriter> {
    checkText('EventWriter', 'folder', folder);
    await makeFolder(folder);
    const now = Date.now();
    // TensorBoard reads the files of a run in the order of their names.
    const name = `events.out.tfevents.${String(now).padStart(15, '0')}.${hostname()}.${process.pid}`;
    const path = join(folder, name);
    const file = attempt(path, () => openSync(path, 'wx'));
    const writer = new EventWriter(path, file);
    writer.#write(versionEvent(now));
    return writer;
  }

  /**
   * Writes scalars of one step.
   *
   * @param scalars by their tags: those that begin alike up to a "/" are shown together
   * @throws LpipsError if the file cannot be written
   */
  scalars(step: number, scalars: Readonly<Record<string, number>>): void {
    this.#write(scalarsEvent({ step, time: Date.now() }, scalars));
  }

  /**
   * Writes a text.
   *
   * @param markdown as TensorBoard shows it
   * @throws LpipsError if the file cannot be written
   */
  text(tag: string, markdown: string): void {
    this.#write(textEvent({ step: 0, time: Date.now() }, tag, markdown));
  }

  /** Closes the file. */
  close(): void {
    closeSync(this.#file);
  }

  #write(bytes: Uint8Array): void {
    attempt(this.#path, () => writeSync(this.#file, bytes));
  }
}

function attempt(path: string, act: () => number): number {
  try {
    return act();
  } catch (error) {
    throw translateDiskFault('tensorboard', path, 'Free space, or choose another folder.', error);
  }
}
