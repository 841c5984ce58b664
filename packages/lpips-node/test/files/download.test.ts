import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LpipsError } from 'lpips-core';
import { DownloadError } from 'lpips-core/remote-files';
import { describe, expect, it } from 'vitest';
import {
  breakingAfter,
  failing,
  ignoringRange,
  sending,
  startFileServer,
} from '../../../../test/support/file-server.js';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { type DownloadOptions, downloadFile } from '../../src/files/download.js';

const BODY = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3);
const SHA256 = createHash('sha256').update(BODY).digest('hex');
const SOON: DownloadOptions = { backoffMs: 1, attempts: 3 };
const NETWORK_ADVICE = 'Check the network and the address.';
const DISK_ADVICE = 'Free some space, or set LPIPS_CACHE to a folder that can be written and has room.';

/** The message of a refused download, with `URL` and `PATH` for what differs from run to run. */
async function refusalOf(url: string, path: string, options: DownloadOptions = SOON, sha256 = SHA256) {
  try {
    await downloadFile(url, path, sha256, options);
  } catch (error) {
    expect(error).toBeInstanceOf(LpipsError);
    return error instanceof Error ? error.message.replace(url, 'URL').replace(path, 'PATH') : '';
  }
  return 'nothing was refused';
}

describe('downloadFile', () => {
  it('brings the file, makes the folders above it, leaves nothing else', async () => {
    const server = await startFileServer(sending(BODY));
    const folder = join(await tempDir(), 'not', 'there yet');
    const path = join(folder, 'net.pth');
    expect(await downloadFile(server.url, path, SHA256)).toBe('fetched');
    expect(new Uint8Array(await readFile(path))).toEqual(BODY);
    expect(await readdir(folder)).toEqual(['net.pth']);
  });

  it('asks for nothing where the file is there', async () => {
    const server = await startFileServer(sending(BODY));
    const path = await writeInto(await tempDir(), 'net.pth', BODY);
    expect(await downloadFile(server.url, path, SHA256)).toBe('present');
    expect(server.requests).toEqual([]);
  });

  it('accepts a digest of which 8 digits are known', async () => {
    const server = await startFileServer(sending(BODY));
    const path = join(await tempDir(), 'net.pth');
    expect(await downloadFile(server.url, path, SHA256.slice(0, 8).toUpperCase())).toBe('fetched');
  });

  it('takes what comes where no digest is known, resumed if the file is still the same, else from the beginning', async () => {
    const server = await startFileServer(breakingAfter(100_000, BODY), sending(BODY));
    const path = join(await tempDir(), 'data.tar.gz');
    expect(await downloadFile(server.url, path, undefined, SOON)).toBe('fetched');
    expect(new Uint8Array(await readFile(path))).toEqual(BODY);
    const other = BODY.map((value) => value ^ 1);
    server.answers = [breakingAfter(100_000, BODY), sending(other, '"two"')];
    const second = join(await tempDir(), 'data.tar.gz');
    await downloadFile(server.url, second, undefined, SOON);
    expect(new Uint8Array(await readFile(second))).toEqual(other);
  });

  it('gives the advice that it is told to', async () => {
    const server = await startFileServer(failing(404));
    const options = { ...SOON, networkAdvice: 'Ask the publisher.' };
    const path = join(await tempDir(), 'data.tar.gz');
    expect(await refusalOf(server.url, path, options)).toBe(
      'download: cannot fetch URL: HTTP 404 Not Found. Ask the publisher.',
    );
  });

  it('reports progress from nothing to all', async () => {
    const server = await startFileServer(sending(BODY));
    const seen: number[] = [];
    await downloadFile(server.url, join(await tempDir(), 'net.pth'), SHA256, {
      file: 'net',
      onProgress: ({ file, receivedBytes, totalBytes }) => {
        expect([file, totalBytes]).toEqual(['net', BODY.length]);
        seen.push(receivedBytes);
      },
    });
    expect(seen.at(0)).toBe(0);
    expect(seen.at(-1)).toBe(BODY.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('resumes where the connection broke, twice, if the file is still the same', async () => {
    const server = await startFileServer(
      breakingAfter(100_000, BODY),
      breakingAfter(50_000, BODY),
      sending(BODY),
    );
    const path = join(await tempDir(), 'net.pth');
    expect(await downloadFile(server.url, path, SHA256, SOON)).toBe('fetched');
    expect(new Uint8Array(await readFile(path))).toEqual(BODY);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(server.requests.map((headers) => headers['if-range'])).toEqual([undefined, '"one"', '"one"']);
  });

  it('resumes what an earlier run left', async () => {
    const server = await startFileServer(sending(BODY));
    const folder = await tempDir();
    await writeInto(folder, 'net.pth.part', BODY.subarray(0, 200_000));
    await writeInto(folder, 'net.pth.part.etag', '"one"');
    const seen: number[] = [];
    const onProgress = ({ receivedBytes }: { receivedBytes: number }) => void seen.push(receivedBytes);
    await downloadFile(server.url, join(folder, 'net.pth'), SHA256, { onProgress });
    expect(seen.at(0)).toBe(200_000);
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=200000-']);
    expect(await readdir(folder)).toEqual(['net.pth']);
  });

  it('takes what is whole, where only the renaming was missed', async () => {
    const server = await startFileServer(sending(BODY));
    const folder = await tempDir();
    await writeInto(folder, 'net.pth.part', BODY);
    expect(await downloadFile(server.url, join(folder, 'net.pth'), SHA256)).toBe('fetched');
    expect(server.requests.length).toBe(1);
  });

  it('begins anew where the server ignores Range', async () => {
    const server = await startFileServer(breakingAfter(100_000, BODY), ignoringRange(BODY));
    const path = join(await tempDir(), 'net.pth');
    await downloadFile(server.url, path, SHA256, SOON);
    expect(new Uint8Array(await readFile(path))).toEqual(BODY);
  });

  it('begins anew where the file on the server changed', async () => {
    const old = BODY.map((byte) => byte ^ 1);
    const server = await startFileServer(breakingAfter(100_000, old, '"old"'), sending(BODY, '"new"'));
    const path = join(await tempDir(), 'net.pth');
    await downloadFile(server.url, path, SHA256, SOON);
    expect(new Uint8Array(await readFile(path))).toEqual(BODY);
  });

  it('begins anew, once, where what was left is of another file and the server cannot tell', async () => {
    const server = await startFileServer(sending(BODY));
    const folder = await tempDir();
    await writeInto(folder, 'net.pth.part', new Uint8Array(1000));
    expect(await downloadFile(server.url, join(folder, 'net.pth'), SHA256, SOON)).toBe('fetched');
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
  });

  it('begins anew where what was left is longer than the file', async () => {
    const server = await startFileServer(sending(BODY));
    const folder = await tempDir();
    await writeInto(folder, 'net.pth.part', new Uint8Array(BODY.length + 1));
    expect(await downloadFile(server.url, join(folder, 'net.pth'), SHA256, SOON)).toBe('fetched');
  });

  it('begins anew where the server resumes at another place', async () => {
    const server = await startFileServer((_, response) => {
      response.writeHead(206, { 'content-range': `bytes 5-9/${BODY.length}`, 'content-length': 5 });
      response.end(BODY.subarray(5, 10));
    }, sending(BODY));
    const folder = await tempDir();
    await writeInto(folder, 'net.pth.part', BODY.subarray(0, 10));
    expect(await downloadFile(server.url, join(folder, 'net.pth'), SHA256, SOON)).toBe('fetched');
  });

  it('tries again after 503, 429 and 500', async () => {
    const server = await startFileServer(failing(503), failing(429), failing(500), sending(BODY));
    const path = join(await tempDir(), 'net.pth');
    expect(await downloadFile(server.url, path, SHA256, { ...SOON, attempts: 4 })).toBe('fetched');
    expect(server.requests.length).toBe(4);
  });

  it('gives up after three 500 in a row', async () => {
    const server = await startFileServer(failing(500));
    const folder = await tempDir();
    expect(await refusalOf(server.url, join(folder, 'net.pth'))).toBe(
      `download: cannot fetch URL: HTTP 500 Internal Server Error. ${NETWORK_ADVICE}`,
    );
    expect(server.requests.length).toBe(3);
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives up at the first 404', async () => {
    const server = await startFileServer(failing(404));
    expect(await refusalOf(server.url, join(await tempDir(), 'net.pth'))).toBe(
      `download: cannot fetch URL: HTTP 404 Not Found. ${NETWORK_ADVICE}`,
    );
    expect(server.requests.length).toBe(1);
  });

  it('gives up where the connection breaks at the same place each time, and keeps the part', async () => {
    const server = await startFileServer(breakingAfter(100_000, BODY), breakingAfter(0, BODY));
    const folder = await tempDir();
    expect(await refusalOf(server.url, join(folder, 'net.pth'))).toMatch(
      /^download: cannot fetch URL: (terminated|other side closed|aborted|socket hang up|read ECONNRESET)/,
    );
    expect((await readdir(folder)).toSorted()).toEqual(['net.pth.part', 'net.pth.part.etag']);
    server.answers = [sending(BODY)];
    expect(await downloadFile(server.url, join(folder, 'net.pth'), SHA256, SOON)).toBe('fetched');
    expect(server.requests.at(-1)?.range).toBe('bytes=100000-');
  });

  it('gives up where no server answers', async () => {
    const error: unknown = await downloadFile(
      'http://127.0.0.1:9/net.pth',
      join(await tempDir(), 'net.pth'),
      SHA256,
      SOON,
    ).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toMatchObject({
      message: `download: cannot fetch http://127.0.0.1:9/net.pth: bad port. ${NETWORK_ADVICE}`,
    });
  });

  it('gives up where the connection is refused', async () => {
    const server = await startFileServer();
    const { url } = server;
    const closed = url.replace(/\d+$/, '1'); // port 1: nobody listens there
    expect(await refusalOf(closed, join(await tempDir(), 'net.pth'))).toMatch(
      /^download: cannot fetch URL: (connect ECONNREFUSED 127\.0\.0\.1:1|bad port)\. /,
    );
  });

  it('refuses wrong bytes, and deletes them', async () => {
    const wrong = BODY.map((byte) => byte ^ 1);
    const server = await startFileServer(sending(wrong));
    const folder = await tempDir();
    const digest = createHash('sha256').update(wrong).digest('hex');
    expect(await refusalOf(server.url, join(folder, 'net.pth'))).toBe(
      `download: expected sha256 ${SHA256} for URL, got ${digest}. ` +
        'It was deleted. Try again, or on another network: something on the way changes the file.',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a body that does not end', async () => {
    const server = await startFileServer((_, response) => {
      response.writeHead(200);
      const more = () => response.write(BODY, () => setImmediate(more));
      more();
    });
    const folder = await tempDir();
    expect(await refusalOf(server.url, join(folder, 'net.pth'), { ...SOON, maxBytes: 1_000_000 })).toBe(
      'download: expected at most 1000000 bytes for URL, got more. Is it the right file?',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells a fault of TLS in one line', async () => {
    const { url } = await startFileServer(sending(BODY)); // which speaks no TLS
    const message = await refusalOf(url.replace('http:', 'https:'), join(await tempDir(), 'net.pth'));
    expect(message).toBe(`download: cannot fetch URL: wrong version number. ${NETWORK_ADVICE}`);
  });

  it('counts a pause in the data as a broken connection', async () => {
    const server = await startFileServer((_, response) => {
      response.writeHead(200, { 'content-length': BODY.length });
      response.write(BODY.subarray(0, 1000));
    }, sending(BODY));
    const path = join(await tempDir(), 'net.pth');
    expect(await downloadFile(server.url, path, SHA256, { ...SOON, idleTimeoutMs: 500 })).toBe('fetched');
    expect(server.requests.length).toBe(2);
  });

  it('gives up on a server that sends a few bytes at a time', async () => {
    const server = await startFileServer((_request, response) => {
      response.writeHead(200, { 'content-length': BODY.length });
      const timer = setInterval(() => response.write(BODY.subarray(0, 3)), 10);
      response.on('close', () => clearInterval(timer));
    });
    const path = join(await tempDir(), 'net.pth');
    const slow = { ...SOON, idleTimeoutMs: 500, leastRate: 10_000, attempts: 2 };
    await expect(downloadFile(server.url, path, SHA256, slow)).rejects.toThrow(
      'the server sent less than 10000 bytes a second',
    );
    expect(server.requests.length).toBe(2);
    expect(existsSync(path)).toBe(false);
  });

  it('stops when it is told to, and keeps the part for later', async () => {
    const server = await startFileServer(breakingAfter(100_000, BODY), sending(BODY));
    const folder = await tempDir();
    const controller = new AbortController();
    const onProgress = ({ receivedBytes }: { receivedBytes: number }) => {
      if (receivedBytes > 0) controller.abort(new Error('enough'));
    };
    const options = { ...SOON, signal: controller.signal, onProgress };
    await expect(downloadFile(server.url, join(folder, 'net.pth'), SHA256, options)).rejects.toThrow(
      'enough',
    );
    expect(existsSync(join(folder, 'net.pth'))).toBe(false);
    expect(existsSync(join(folder, 'net.pth.lock'))).toBe(false);
    expect(await downloadFile(server.url, join(folder, 'net.pth'), SHA256, SOON)).toBe('fetched');
  });
});

describe('a disk that cannot be written', () => {
  const faulty = (code: string): DownloadOptions => ({
    ...SOON,
    openPart: async (path, flags) => {
      const file = await open(path, flags);
      let writes = 0;
      return {
        appendFile: async (bytes) => {
          if (++writes > 1) throw Object.assign(new Error(code), { code });
          await file.appendFile(bytes);
        },
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
  });

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EDQUOT', 'the quota is exhausted'],
    ['EROFS', 'the file system is read-only'],
  ])('%s in the middle is one sentence, and nothing lies under the final name', async (code, words) => {
    const server = await startFileServer(sending(BODY));
    const folder = await tempDir();
    const path = join(folder, 'net.pth');
    expect(await refusalOf(server.url, path, faulty(code))).toBe(
      `download: cannot write PATH: ${words}. ${DISK_ADVICE}`,
    );
    expect(existsSync(path)).toBe(false);
    expect(existsSync(`${path}.lock`)).toBe(false);
    expect(await downloadFile(server.url, path, SHA256, SOON)).toBe('fetched');
  });

  it('is refused where a file stands in place of the folder', async () => {
    const server = await startFileServer(sending(BODY));
    const file = await writeInto(await tempDir(), 'file', 'x');
    expect(await refusalOf(server.url, join(file, 'net.pth'))).toBe(
      `download: cannot write PATH: a file stands where a folder should be. ${DISK_ADVICE}`,
    );
    expect(server.requests).toEqual([]);
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot)(
    `is refused where the folder is read-only${isRoot ? ' (root may write anywhere)' : ''}`,
    async () => {
      const server = await startFileServer(sending(BODY));
      const folder = await tempDir();
      await chmod(folder, 0o500);
      expect(await refusalOf(server.url, join(folder, 'net.pth'))).toBe(
        `download: cannot write PATH: there is no permission. ${DISK_ADVICE}`,
      );
    },
  );
});

describe('two at once', () => {
  it('in one process: one fetches, the other waits and finds the file', async () => {
    const server = await startFileServer(sending(BODY));
    const path = join(await tempDir(), 'net.pth');
    const states = await Promise.all([1, 2].map(() => downloadFile(server.url, path, SHA256, SOON)));
    expect(states.toSorted()).toEqual(['fetched', 'present']);
    expect(server.requests.length).toBe(1);
  });

  it('in two processes: one fetches, the other waits and finds the file', async () => {
    const server = await startFileServer((request, response) => {
      setTimeout(() => sending(BODY)(request, response), 1500); // longer than the second needs to start
    });
    const folder = await tempDir();
    const path = join(folder, 'net.pth');
    const states = await Promise.all([1, 2].map(() => downloadInProcess(server.url, path)));
    expect(states.toSorted()).toEqual(['fetched', 'present']);
    expect(server.requests.length).toBe(1);
    expect(new Uint8Array(await readFile(path))).toEqual(BODY);
    expect(await readdir(folder)).toEqual(['net.pth']);
  });

  it('takes over the lock of a dead process once it is stale', async () => {
    const server = await startFileServer(sending(BODY));
    const folder = await tempDir();
    await mkdir(join(folder, 'net.pth.lock'));
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(folder, 'net.pth.lock'), longAgo, longAgo);
    expect(await downloadFile(server.url, join(folder, 'net.pth'), SHA256, SOON)).toBe('fetched');
    expect(await readdir(folder)).toEqual(['net.pth']);
  });

  it('waits for a lock that is held until it is told to stop', async () => {
    const folder = await tempDir();
    await mkdir(join(folder, 'net.pth.lock'));
    const signal = AbortSignal.timeout(300);
    const waiting = downloadFile('http://127.0.0.1:1', join(folder, 'net.pth'), SHA256, { signal });
    await expect(waiting).rejects.toThrow(/abort|timeout/i);
  });
});

/** Runs `downloadFile` in a process of its own, its TypeScript read by the test runner's own Vite. */
async function downloadInProcess(url: string, path: string): Promise<string> {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const source = fileURLToPath(new URL('../../src/files/download.ts', import.meta.url));
  const script = `
    import { createViteServer } from 'vitest/node';
    const server = await createViteServer({
      root: ${JSON.stringify(root)}, configFile: 'vitest.config.ts', logLevel: 'error',
      server: { middlewareMode: true, watch: null, ws: false }, optimizeDeps: { noDiscovery: true },
    });
    const { downloadFile } = await server.ssrLoadModule(${JSON.stringify(source)});
    process.stdout.write(await downloadFile(${JSON.stringify(url)}, ${JSON.stringify(path)}, '${SHA256}'));
    await server.close();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: root });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(errors);
  return output;
}
