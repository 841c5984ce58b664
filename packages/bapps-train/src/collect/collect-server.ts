/**
 * @module
 * The server of a collection. It serves one page, the pictures of trials that are under way, and what the page asks for. Nothing
 * of a request becomes a path: files are known by name from the start, pictures by the random id of their trial. A page of another
 * site cannot ask in a rater's name, since the token travels in a header of its own and no other origin is allowed.
 */
import { timingSafeEqual } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cannot } from 'lpips-core';
import { STYLE } from 'lpips-pictures/page';
import { parseJson } from '../files/parse-json.js';
import { collectPage } from './collect-page.js';
import { COLLECT_STYLE } from './collect-style.js';
import { type Collection, raterOf } from './collection.js';
import { Refusal } from './refusal.js';
import type { StudyPlan } from './study-plan.js';

/** A server that runs. */
export interface CollectServer {
  readonly port: number;
  close(): Promise<void>;
}

/** How it listens, and to whom. */
export interface CollectServerOptions {
  readonly collection: Collection;
  readonly plan: StudyPlan;
  /** Who has it may take part. */
  readonly code: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Called with what went wrong in the server itself. */
  readonly onError: (error: unknown) => void;
}

/** The script of the page, which TypeScript compiled beside this package's own code. */
const SCRIPTS = fileURLToPath(new URL('../../dist/page/', import.meta.url));
const MOST_BODY_BYTES = 4096;
const REQUEST_MS = 30_000;
/** What a wrong code waits for, so that codes cannot be tried by the thousand. */
const WRONG_CODE_MS = 500;
/** An answer cannot have taken longer than a day. */
const MOST_MS = 86_400_000;
const SCALE = /^(1\/)?[1-9]\d{0,2}$/;
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

interface Reply {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/**
 * Starts the server.
 *
 * @throws LpipsError where it cannot listen, or its page was not built
 */
export async function startCollectServer(options: CollectServerOptions): Promise<CollectServer> {
  const { host, port, onError } = options;
  const files = await pageFiles(options.plan);
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      answer(request, files, options).then(
        (reply) => send(response, 200, reply),
        (error: unknown) => {
          if (error instanceof Refusal) return send(response, error.status, json({ error: error.message }));
          onError(error);
          return send(response, 503, json({ error: 'The server could not keep this. Please try again.' }));
        },
      );
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice = 'Take another --port, or --host.';
      reject(cannot('collect', `listen on ${host}:${port}`, error.code ?? error.message, advice));
    });
    server.listen(port, host, resolve);
  });
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), WRONG_CODE_MS).unref();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  files: ReadonlyMap<string, Reply>,
  options: CollectServerOptions,
): Promise<Reply> {
  const [path = ''] = (request.url ?? '').split('?');
  if (request.method === 'GET' || request.method === 'HEAD') {
    const file = files.get(path) ?? pictureAt(path, options.collection);
    if (file) return file;
  } else if (request.method === 'POST') {
    if (path === '/api/join') return json(await letIn(await bodyOf(request), options));
    if (path === '/api/next')
      return json(await nextOf(raterIn(request, options.collection), options.collection));
    if (path === '/api/answer') {
      const rater = raterIn(request, options.collection);
      return json(await options.collection.answer(rater, answerIn(await bodyOf(request))));
    }
  }
  throw new Refusal(404, 'There is nothing here.');
}

async function letIn(body: Readonly<Record<string, unknown>>, { code, collection }: CollectServerOptions) {
  if (!isCode(body['code'], code)) {
    await sleep(WRONG_CODE_MS);
    throw new Refusal(403, 'This code is not known here.');
  }
  if (body['consent'] !== true) throw new Refusal(400, 'Nobody takes part without consent.');
  return { token: await collection.join() };
}

async function nextOf(rater: string, collection: Collection) {
  const trial = await collection.next(rater);
  return trial ?? { ...collection.standing(rater), rater, isDone: true };
}

function pictureAt(path: string, collection: Collection): Reply | undefined {
  const [, trial = '', place = ''] = /^\/picture\/([0-9a-f]+)\/([a-z]+)$/.exec(path) ?? [];
  const body = collection.picture(trial, place);
  return body && { type: 'image/png', body };
}

/** @throws Refusal unless the request has the token of somebody who was let in */
function raterIn(request: IncomingMessage, collection: Collection): string {
  const [, token = ''] = /^Bearer ([0-9a-f]{16,128})$/.exec(request.headers.authorization ?? '') ?? [];
  const rater = raterOf(token);
  if (token !== '' && collection.knows(rater)) return rater;
  throw new Refusal(401, 'You are not known here. Please begin again.');
}

/** @throws Refusal unless it is an answer */
function answerIn(body: Readonly<Record<string, unknown>>) {
  const { trial, said, ms, scale } = body;
  const isTime = typeof ms === 'number' && ms >= 0 && ms <= MOST_MS;
  if (
    typeof trial === 'string' &&
    typeof said === 'string' &&
    isTime &&
    typeof scale === 'string' &&
    SCALE.test(scale)
  )
    return { trial, said, ms: Math.round(ms), scale };
  throw new Refusal(400, 'This is no answer.');
}

/** @throws Refusal unless it is a JSON object of a few bytes */
async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) throw new Refusal(413, 'This is too long.');
    chunks.push(chunk);
  }
  const value = parseJson(Buffer.concat(chunks).toString());
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw new Refusal(400, 'This is no JSON object.');
}

/** Letters count alike, small or large, and blanks do not count. */
function isCode(given: unknown, code: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [given, code].map((text) => Buffer.from(text.replaceAll(/\s/g, '').toUpperCase()));
  return a !== undefined && b !== undefined && a.length === b.length && timingSafeEqual(a, b);
}

async function pageFiles(plan: StudyPlan): Promise<Map<string, Reply>> {
  const files = new Map<string, Reply>([
    ['/', { type: 'text/html; charset=utf-8', body: collectPage(plan) }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: `${STYLE.toString()}${COLLECT_STYLE}` }],
  ]);
  const names = await readdir(SCRIPTS).catch((): string[] => []);
  for (const name of names.filter((each) => each.endsWith('.js'))) {
    const body = await readFile(join(SCRIPTS, name));
    files.set(`/script/${name}`, { type: 'text/javascript; charset=utf-8', body });
  }
  if (files.has('/script/main.js')) return files;
  throw cannot(
    'collect',
    'serve its page',
    `there is no ${join(SCRIPTS, 'main.js')}`,
    'Build or install it again.',
  );
}

function json(value: unknown): Reply {
  return { type: 'application/json', body: JSON.stringify(value) };
}

function send(response: ServerResponse, status: number, { type, body }: Reply): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type });
  response.end(body);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
