/**
 * @module
 * One writer per folder, across processes, for runs of hours. Such a run may compute for minutes without yielding to the
 * event loop, so a lock that has to be touched would go stale under it. Here a file names the process that writes, and
 * counts for as long as that process lives.
 */
import { randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { copyFile, link, mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { cannot, checkOptions, checkText, invalid, kindOf } from 'lpips-core';
import { codeOf } from '../errors/foreign-error.js';
import { translateDiskFault } from './disk-faults.js';
import { STALE_MS, withFileLock } from './file-lock.js';

/** The process that writes. */
interface Writer {
  readonly pid: number;
  readonly host: string;
  /** When it started, in ticks since the machine did; undefined where the system does not tell. */
  readonly started: string | undefined;
}

/**
 * Runs `work` unless another process, or another call of this one, writes at the same place. What a killed run left does not
 * count. The folder is made if it is missing, and deleted again if the work fails and has left nothing in it.
 *
 * @param record file that names the writer
 * @param about.where function that refuses, as its caller knows it
 * @param about.what what is written, in messages
 * @throws LpipsError at once if there is another writer, or if the record cannot be written
 */
export async function asOnlyWriter<Result>(
  record: string,
  about: { readonly where: string; readonly what: string },
  work: () => Promise<Result>,
): Promise<Result> {
  checkText('asOnlyWriter', 'record', record);
  checkOptions('asOnlyWriter', about, ['where', 'what']);
  if (typeof work !== 'function') throw invalid('asOnlyWriter', 'a function', 'work', kindOf(work));
  const { where, what } = about;
  const folder = resolve(dirname(record));
  let made: string | undefined;
  try {
    made = await mkdir(folder, { recursive: true });
    if (!(await claim(record))) await withFileLock(record, () => takeOver(record, where, what));
  } catch (error) {
    await removeEmpty(folder, made);
    throw translateDiskFault(where, what, 'Choose another folder.', error);
  }
  try {
    return await work();
  } catch (error) {
    await rm(record, { force: true });
    await removeEmpty(folder, made);
    throw error;
  } finally {
    await rm(record, { force: true });
  }
}

/** Deletes an empty folder and those above it, up to the first that was made. */
async function removeEmpty(folder: string, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  try {
    for (let each = folder; ; each = dirname(each)) {
      await rmdir(each);
      if (each === made) return;
    }
  } catch {
    // something is in it
  }
}

/** Makes the record, unless there is one. A link makes it whole at once, whenever this process is killed. */
async function claim(record: string): Promise<boolean> {
  const { pid } = process;
  const writer: Writer = { pid, host: hostname(), started: lookUp(pid)?.started };
  const temporary = `${record}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, JSON.stringify(writer), { flag: 'wx' });
    await link(temporary, record).catch(async (error: unknown) => {
      if (codeOf(error) === 'EEXIST') throw error;
      await copyFile(temporary, record, constants.COPYFILE_EXCL); // a file system without links
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Replaces the record of a dead process. Under a lock: two that find it at once would delete each other's. */
async function takeOver(record: string, where: string, what: string): Promise<void> {
  const writer = await readWriter(record);
  if (writer === undefined ? await isOld(record) : !isAlive(writer)) {
    await rm(record, { force: true });
    if (await claim(record)) return;
  }
  const who = writer === undefined ? '' : ` (process ${writer.pid} on ${writer.host})`;
  const advice = `Wait until it has ended, or choose another folder. If there is no such process, delete ${record}.`;
  throw cannot(where, `write ${what}`, `another run writes there${who}`, advice);
}

/** @returns undefined of a record that is not whole: it is being written, or its process was killed meanwhile */
async function readWriter(record: string): Promise<Writer | undefined> {
  const text = await readFile(record, 'utf8').catch(() => '');
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Record<keyof Writer, unknown>>;
    if (!Number.isSafeInteger(pid) || Number(pid) < 1 || typeof host !== 'string') return undefined;
    return { pid: Number(pid), host, started: typeof started === 'string' ? started : undefined };
  } catch {
    return undefined;
  }
}

async function isOld(record: string): Promise<boolean> {
  const found = await stat(record).catch(() => undefined);
  return found === undefined || Date.now() - found.mtimeMs > STALE_MS;
}

/** Whether a process still runs. That of another machine is taken to. */
function isAlive({ pid, host, started }: Writer): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false; // any other fault: it runs, and belongs to someone else
  }
  const found = lookUp(pid);
  // Numbers are given again, most of all to the first processes of a container.
  return found === undefined || (!found.isZombie && (started === undefined || found.started === started));
}

/** What Linux tells of a process: proc(5), `/proc/pid/stat`. */
function lookUp(pid: number): { isZombie: boolean; started: string | undefined } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces
    return { isZombie: fields[0] === 'Z', started: fields[19] };
  } catch {
    return undefined;
  }
}
