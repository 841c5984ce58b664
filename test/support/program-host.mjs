/**
 * @module
 * A process that runs programs one after another, for `ask-program.ts`: what they import is loaded once. Each begins with arguments,
 * environment, folder and exit code of its own, and what it writes is sent to the parent.
 */
import { pathToFileURL } from 'node:url';

const written = { out: '', error: '' };
/** @param {'out' | 'error'} name */
const record = (name) => (text, encoding, done) => {
  written[name] += text;
  (typeof encoding === 'function' ? encoding : done)?.();
  return true;
};
for (const [stream, name] of [
  [process.stdout, 'out'],
  [process.stderr, 'error'],
]) {
  stream.write = record(name);
  stream.isTTY = false;
  stream.setMaxListeners(0); // every program adds its own
}

let runs = 0;

/** Runs a program and sends what came of it. */
async function answer({ path, args, env, cwd }) {
  Object.assign(written, { out: '', error: '' });
  process.argv = [process.execPath, path, ...args];
  process.env = env;
  process.chdir(cwd);
  process.exitCode = 0;
  runs++;
  try {
    await import(`${pathToFileURL(path).href}?run=${runs}`);
  } catch (error) {
    process.exitCode = 1;
    written.error += error instanceof Error ? error.stack : String(error);
  }
  process.send({ ...written, code: process.exitCode });
  process.exitCode = 0;
}

process.on('disconnect', () => process.exit());
process.on('message', (request) => void answer(request));
