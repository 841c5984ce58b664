/**
 * @module
 * A server for one person on this machine, whose page accepts images as new snapshots. It listens on the loopback address
 * alone, and answers only who has the token, which is in the address that the command prints.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { cannot, LpipsError } from 'lpips-core';
import { acceptFailure } from './accept-failure.js';
import { findFailures } from './find-failures.js';
import { contentPolicy, galleryPage } from './gallery-page.js';

/** A server that runs. */
export interface ReviewServer {
  /** Address of its page, with the token. */
  readonly address: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Most bytes of a request: an id. */
const LONGEST_BODY = 1024;

/**
 * Starts the server.
 *
 * @param project folder whose failures are shown, outside of which nothing is written
 * @param title what the page calls it
 * @param port 0 takes a free one
 * @param onAccept called with the path of each snapshot that was written
 * @throws LpipsError where it cannot listen
 */
export async function startReviewServer(
  project: string,
  title: string,
  port: number,
  onAccept: (snapshot: string) => void,
): Promise<ReviewServer> {
  const token = randomBytes(24).toString('hex');
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const isKnown = error instanceof LpipsError;
      reply(response, isKnown ? 409 : 500, isKnown ? error.plainMessage : 'Something went wrong.');
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = request.headers;
    // A page of another site may lead a name of its own to this address.
    if (host !== `${HOST}:${portOf(server)}`) return reply(response, 403, 'Another host was asked for.');
    const url = new URL(request.url ?? '/', `http://${host}`);
    if (request.method === 'GET' && url.pathname === '/') {
      if (!isToken(url.searchParams.get('token'), token))
        return reply(response, 403, 'The token is missing.');
      const { failures } = await findFailures(project);
      const page = await galleryPage(failures, { project: title, isServed: true });
      return reply(response, 200, page, 'text/html; charset=utf-8');
    }
    if (request.method === 'POST' && url.pathname === '/accept') {
      if (!isToken(request.headers['x-review-token'], token))
        return reply(response, 403, 'The token is missing.');
      const id = await idIn(request);
      const { failures } = await findFailures(project);
      const failure = failures.find((one) => one.id === id);
      if (!failure) return reply(response, 404, 'There is no such failure any more. Load the page again.');
      const snapshot = await acceptFailure(project, failure);
      onAccept(snapshot);
      return reply(response, 200, `Accepted: ${snapshot}`);
    }
    return reply(response, 404, 'There is nothing here.');
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice = 'Take another --port, or none.';
      reject(cannot('review', `listen on ${HOST}:${port}`, error.code ?? error.message, advice));
    });
    server.listen(port, HOST, resolve);
  });
  return {
    address: `http://${HOST}:${portOf(server)}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-security-policy': `${contentPolicy({ isServed: true })}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  response.end(body);
}

function isToken(given: unknown, token: string): boolean {
  if (typeof given !== 'string' || given.length !== token.length) return false;
  const bytes = Buffer.from(given);
  return bytes.length === token.length && timingSafeEqual(bytes, Buffer.from(token));
}

async function idIn(request: IncomingMessage): Promise<unknown> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > LONGEST_BODY) return undefined;
  }
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  } catch {
    return undefined;
  }
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
