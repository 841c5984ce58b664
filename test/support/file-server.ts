/**
 * @module
 * A local web server for downloads, good or bad: each request is answered by a function that the test can replace.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Time between the last bytes and the break. A client drops what it has not read by then, and a busy machine reads late. */
export const BREAK_MS = 150;

/** What a test sees of its server. */
export interface FileServer {
  /** Address without a slash at the end. */
  url: string;
  /** Headers of all requests so far. */
  requests: IncomingMessage['headers'][];
  /** Answers from now on; while it is a list, one request each, the last for all further ones. */
  answers: Answer[];
}

/** Starts a server that is gone when the test is over. */
export async function startFileServer(...answers: Answer[]): Promise<FileServer> {
  const server: FileServer = { url: '', requests: [], answers };
  const http = createServer((request, response) => {
    server.requests.push(request.headers);
    const answer = server.answers.length > 1 ? server.answers.shift() : server.answers[0];
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => {
      http.close(resolve);
    });
  });
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  server.url = `http://127.0.0.1:${address.port}`;
  return server;
}

/** Sends `body`, honouring Range and If-Range as a good server does. */
export function sending(body: Uint8Array, etag = '"one"'): Answer {
  return (request, response) => {
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'content-length': body.length, etag }).end();
      return;
    }
    const { range, 'if-range': ifRange } = request.headers;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const start = Number(from ?? 0);
    if (from === undefined || (ifRange !== undefined && ifRange !== etag)) {
      response.writeHead(200, { 'content-length': body.length, etag }).end(body);
    } else if (start >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    } else {
      const part = body.subarray(start, to ? Number(to) + 1 : body.length);
      const contentRange = `bytes ${start}-${start + part.length - 1}/${body.length}`;
      response
        .writeHead(206, { 'content-length': part.length, 'content-range': contentRange, etag })
        .end(part);
    }
  };
}

/** Sends `body` whole, whatever Range asks for. */
export function ignoringRange(body: Uint8Array): Answer {
  return (_, response) => void response.writeHead(200, { 'content-length': body.length }).end(body);
}

/** Behaves like `sending`, but the connection breaks after `count` bytes of the body. */
export function breakingAfter(count: number, body: Uint8Array, etag = '"one"'): Answer {
  return (request, response) => {
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const rest = body.subarray(Number(from ?? 0));
    const contentRange = `bytes ${from}-${body.length - 1}/${body.length}`;
    const resumed = from === undefined ? {} : { 'content-range': contentRange };
    response.writeHead(from === undefined ? 200 : 206, { 'content-length': rest.length, etag, ...resumed });
    response.write(rest.subarray(0, count), () => {
      setTimeout(() => response.destroy(), BREAK_MS);
    });
  };
}

/** Sends half of a range and breaks off, at every third request. */
export function cutting(body: Uint8Array): Answer {
  let count = 0;
  return (request, response) => {
    if (count++ % 3 !== 1) return sending(body)(request, response);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = body.subarray(Number(from), Number(to) + 1);
    const contentRange = `bytes ${from}-${to}/${body.length}`;
    const headers = { 'content-length': part.length, 'content-range': contentRange, etag: '"one"' };
    response.writeHead(206, headers).write(part.subarray(0, Math.ceil(part.length / 2)), () => {
      setTimeout(() => response.destroy(), BREAK_MS);
    });
  };
}

/** Lets pages of every origin read what `answer` sends, which they may not ask beforehand. */
export function allowingPages(answer: Answer): Answer {
  return (request, response) => {
    if (request.method === 'OPTIONS') return void response.writeHead(403).end();
    response.setHeader('access-control-allow-origin', '*');
    answer(request, response);
  };
}

/** Answers with a status alone. */
export function failing(status: number): Answer {
  return (_, response) => void response.writeHead(status).end('no');
}
