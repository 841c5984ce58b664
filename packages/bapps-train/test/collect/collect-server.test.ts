import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { paint } from 'lpips-pictures';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tempDir, writeInto } from '../../../../test/support/temp-dir.js';
import { type CollectServer, startCollectServer } from '../../src/collect/collect-server.js';
import { HeadsCommittee } from '../../src/committee/heads-committee.js';
import { ItemPool } from '../../src/committee/item-pool.js';
import { readJournal } from '../../src/votes/vote-journal.js';
import { VoteLog } from '../../src/votes/vote-log.js';
import { collectOn } from '../support/collect-study.js';
import { drawExtraction } from '../support/drawn-extraction.js';
import { paintDataSet, png } from '../support/painted-data-set.js';
import { bapps } from '../support/run-bapps.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const CODE = 'K7QM2XYZ';

interface View {
  readonly trial: string;
  readonly pictures: readonly string[];
  readonly isDone?: boolean;
}

/** What a page does. */
function visitorOf(address: string) {
  const ask = (path: string, body: unknown, token = '') =>
    fetch(`${address}/api/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const join = async (code = CODE) => {
    const { token } = (await (await ask('join', { code, consent: true })).json()) as { token: string };
    return token;
  };
  const next = async (token: string) => (await (await ask('next', {}, token)).json()) as View;
  return { ask, join, next };
}

let data = '';
beforeEach(async () => {
  data = join(await tempDir(), 'data');
  await paintDataSet(data, { triplets: { blur: 4 }, pairs: {}, size: 8 });
});

describe('the server of a collection', () => {
  let server: CollectServer | undefined;
  afterEach(() => server?.close());

  async function start(title = 'A study') {
    const study = await collectOn(data, { title });
    const errors: unknown[] = [];
    const own = { code: CODE, host: '127.0.0.1', port: 0, onError: (error: unknown) => errors.push(error) };
    server = await startCollectServer({ ...own, collection: study.collection, plan: study.plan });
    const address = `http://127.0.0.1:${server.port}`;
    return { ...study, errors, address, ...visitorOf(address) };
  }

  it('lets in who has the code and agrees, whatever its letters’ case, and nobody else', async () => {
    const { ask, lines } = await start();
    for (const [body, status] of [
      [{ code: 'wrong', consent: true }, 403],
      [{ consent: true }, 403],
      [{ code: CODE }, 400],
      ['no JSON', 400],
      [{ code: 'x'.repeat(5000), consent: true }, 413],
      [{ code: ' k7qm 2xyz', consent: true }, 200],
    ] as const) {
      expect((await ask('join', body)).status, JSON.stringify(body).slice(0, 40)).toBe(status);
    }
    expect(lines.length).toBe(1);
  });

  it('takes the votes of several raters, and none for a trial that is not the rater’s', async () => {
    const { ask, join, next, lines, items } = await start();
    const tokens = [await join(), await join(), await join()];
    const [first, second] = [await next(tokens[0] ?? ''), await next(tokens[1] ?? '')];
    const answer = { trial: first.trial, said: 'right', ms: 700.4, scale: '3' };
    for (const [body, token, status] of [
      [answer, '', 401],
      [answer, 'ab'.repeat(24), 401],
      [{ ...answer, trial: second.trial }, tokens[0], 410],
      [{ ...answer, trial: 'f'.repeat(48) }, tokens[0], 410],
      [{ ...answer, said: 'p0' }, tokens[0], 400],
      [{ ...answer, ms: -1 }, tokens[0], 400],
      [{ ...answer, scale: '1.5' }, tokens[0], 400],
      [{ trial: first.trial }, tokens[0], 400],
      [answer, tokens[0], 200],
      [answer, tokens[0], 200],
      [{ ...answer, said: 'left' }, tokens[0], 409],
      [answer, tokens[1], 410],
    ] as const) {
      expect((await ask('answer', body, token)).status, JSON.stringify(body)).toBe(status);
    }
    await Promise.all(
      tokens.map(async (token) => {
        for (let view = await next(token); view.isDone !== true; view = await next(token)) {
          await ask('answer', { ...answer, trial: view.trial }, token);
        }
      }),
    );
    const votes = lines.filter(({ kind }) => kind === 'vote');
    expect(votes.length).toBe(2 * items.length);
    expect(votes[0]).toMatchObject({ ms: 700, scale: '3' });
  });

  it('serves the pictures of open trials and its page, and nothing else of the machine', async () => {
    const { address, join, next, ask } = await start();
    const token = await join();
    const { trial, pictures } = await next(token);
    for (const place of pictures) {
      const picture = await fetch(`${address}/picture/${trial}/${place}`);
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect(picture.headers.get('cache-control')).toBe('no-store');
    }
    for (const path of [
      `/picture/${trial}/p0`,
      '/picture/__proto__/constructor',
      '/votes.jsonl',
      '/script/../../../package.json',
      '/script/..%2f..%2fpackage.json',
      '/script/main.js.map',
      '/script/%00',
      '/../../etc/passwd',
      '/2afc/val/blur/ref/000000.png',
      '/api/next',
    ]) {
      expect((await fetch(address + path)).status, path).toBe(404);
    }
    await ask('answer', { trial, said: 'left', ms: 1, scale: '1' }, token);
    expect((await fetch(`${address}/picture/${trial}/left`)).status).toBe(404);
  });

  it('allows its page no other host, no frame and no markup of the researcher’s words', async () => {
    const { address, lines } = await start('<script>alert(1)</script>');
    const page = await fetch(address);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'$/,
    );
    const text = await page.text();
    expect(text).toContain('<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>');
    expect(text.match(/(src|href)="(?!\/|data:,)|<script>|style="|url\(/g)).toBeNull();
    expect(page.headers.get('set-cookie')).toBeNull();
    expect(lines).toEqual([]);
  });

  it('says that it could not keep a vote where the disk is full, and takes it later', async () => {
    const study = await collectOn(data, {}, { journal: { append: async () => await appending() } });
    let appending = async () => undefined;
    const errors: unknown[] = [];
    const own = { code: CODE, host: '127.0.0.1', port: 0, onError: (error: unknown) => errors.push(error) };
    server = await startCollectServer({ ...own, collection: study.collection, plan: study.plan });
    const { ask, join: enter, next } = visitorOf(`http://127.0.0.1:${server.port}`);
    const token = await enter();
    const { trial } = await next(token);
    appending = async () => {
      throw new Error('the disk is full');
    };
    const answer = { trial, said: 'left', ms: 1, scale: '1' };
    expect((await ask('answer', answer, token)).status).toBe(503);
    appending = async () => undefined;
    expect((await ask('answer', answer, token)).status).toBe(200);
    expect(errors.length).toBe(1);
  });
});

describe('bapps collect', () => {
  /** Starts the built command, and resolves once it has said where its page is. */
  async function serve(...more: readonly string[]) {
    const args = [
      CLI,
      'collect',
      data,
      '--port',
      '0',
      ...(more.includes('--code') ? [] : ['--code', CODE]),
      '--practice',
      '0',
      '--catch-every',
      '0',
      ...more,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const [address = ''] = line.toString().split('/#');
    const end = async (signal: NodeJS.Signals) => {
      child.kill(signal);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return { said, signal: child.signalCode };
    };
    return { line: line.toString(), address, end, said: () => said, ...visitorOf(address) };
  }

  it('keeps every vote that it acknowledged when it is killed, counts it once, and goes on with the same raters', async () => {
    const first = await serve();
    expect(first.line).toBe(`${first.address}/#${CODE}\n`);
    const token = await first.join();
    const view = await first.next(token);
    const answer = { trial: view.trial, said: 'left', ms: 1, scale: '1' };
    expect((await first.ask('answer', answer, token)).status).toBe(200);
    expect((await first.end('SIGKILL')).said).not.toContain('going on');
    await appendFile(join(data, 'votes.jsonl'), '{"kind":"vote","item":"2afc/val/bl'); // cut off by the kill
    const again = await serve('--code', 'Wald & Wiese, 50 %');
    expect(again.line).toBe(`${again.address}/#Wald%20%26%20Wiese%2C%2050%20%25\n`);
    expect(await again.join('wald & wiese, 50 %')).toMatch(/^[0-9a-f]+$/);
    expect((await again.ask('answer', answer, token)).status).toBe(200);
    expect((await again.next(token)).trial).not.toBe(view.trial);
    const { said, signal } = await again.end('SIGINT');
    expect(signal).toBe('SIGINT');
    expect(said).toMatch(/the last line of .*votes\.jsonl was cut off, and is dropped\.\n/);
    expect(said).toMatch(/^bapps: going on from 1 of 20 votes, of 1 rater, in .*votes\.jsonl\.$/m);
    expect(said).toMatch(/\n1 of 20 votes, of 1 rater, in .*votes\.jsonl\n$/);
    const { records, torn } = await readJournal(data);
    expect([records.map(({ kind }) => kind), torn]).toEqual([['rater', 'vote', 'rater'], 0]);
    expect(await readFile(join(data, 'votes.jsonl'), 'utf8')).not.toContain(token);
  });

  it('names the pairs that are not asked about where the folder has triplets too', async () => {
    await paintDataSet(data, { triplets: {}, pairs: { haze: 3 }, size: 16 });
    const { said } = await (await serve()).end('SIGINT');
    expect(said).toMatch(/^bapps: 3 items are pairs, which --task jnd asks about\.$/m);
    const { said: chosen } = await (await serve('--task', 'jnd')).end('SIGINT');
    expect(chosen).not.toContain('--task');
  });

  it('says so where another program listens on its port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await bapps('collect', data, '--port', `${port}`)).toEqual({
      code: 1,
      out: '',
      error: `collect: cannot listen on 127.0.0.1:${port}: EADDRINUSE. Take another --port, or --host.\n`,
    });
  });

  it('takes vectors of the triplets with --choose uncertain, and says how many have none', async () => {
    const folder = await tempDir();
    const vectors = join(folder, 'vectors');
    await drawExtraction(vectors, { train: 2, val: 2, distortion: 'leaves' });
    data = join(folder, 'own');
    const picture = await png(paint(8, 8, () => [0.2, 0.6, 0.3]));
    for (const name of ['0', '1', '2'])
      for (const part of ['ref', 'p0', 'p1']) await writeInto(data, `leaves/${name}/${part}.png`, picture);
    const { ask, join: enter, next, end } = await serve('--choose', 'uncertain', '--extraction', vectors);
    const token = await enter();
    const { trial } = await next(token);
    expect((await ask('answer', { trial, said: 'right', ms: 1, scale: '1' }, token)).status).toBe(200);
    const { said, signal } = await end('SIGINT');
    expect(signal).toBe('SIGINT');
    expect(said).toMatch(/^bapps: 1 of 3 triplets have no vectors, and come last\.$/m);
    expect(said).toMatch(/\n1 of 6 votes, of 1 rater, in /);
  });

  it('shows first with --choose uncertain what heads disagree on that know all votes, after a training and a restart', async () => {
    const folder = await tempDir();
    const vectors = join(folder, 'vectors');
    await drawExtraction(vectors, { train: 60, val: 2 });
    data = join(folder, 'own');
    for (let item = 0; item < 60; item++) {
      for (const [part, green] of Object.entries({ ref: 0.5, p0: 0, p1: 1 })) {
        const picture = await png(paint(8, 8, () => [item / 255, green, 0.5])); // red and green tell which it is
        await writeInto(data, `2afc/train/drawn/${part}/${item}.png`, picture);
      }
    }
    const lines = Array.from({ length: 50 }, (_, item) => `drawn/${item},ann,${item % 3 === 0 ? 1 : 0}`);
    const votes = await writeInto(folder, 'votes.csv', ['item,rater,answer', ...lines].join('\n'));
    expect((await bapps('votes', data, '--import', votes)).code).toBe(0);
    const pool = await ItemPool.open(vectors);
    onTestFinished(() => pool.close());

    /** The triplet on which heads disagree most that were trained on the votes of the journal. */
    const expected = async () => {
      const log = new VoteLog((await readJournal(data)).records);
      const known = log.votes.map(({ item, answer }) => ({
        row: pool.rowOf(item) ?? -1,
        yes: answer === 'p1',
      }));
      const heads = await HeadsCommittee.train(pool, known, { seed: known.length });
      const values = heads.disagreement(Array.from({ length: 60 }, (_, row) => row));
      return values.indexOf(Math.max(...values));
    };
    const start = () => serve('--choose', 'uncertain', '--extraction', vectors, '--votes', '100');
    type Server = Awaited<ReturnType<typeof start>>;
    /** What a rater has before him. */
    const seen = async ({ address, next }: Server, token: string) => {
      const { trial } = await next(token);
      const left = await fetch(`${address}/picture/${trial}/left`);
      const { data: levels } = await sharp(Buffer.from(await left.arrayBuffer()))
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { trial, item: levels[0], isP0Left: levels[1] === 0 };
    };
    /** What three raters are shown who have just come: the same triplet, once there is an order. */
    const shown = async (server: Server) => {
      const tokens = [await server.join(), await server.join(), await server.join()];
      return await Promise.all(tokens.map(async (token) => (await seen(server, token)).item));
    };
    const TRAINING = { timeout: 30_000, interval: 200 };

    const first = await start();
    const before = await expected();
    await expect.poll(() => shown(first), TRAINING).toEqual([before, before, before]);
    const token = await first.join();
    for (let vote = 0; vote < 25; vote++) {
      const { trial, isP0Left } = await seen(first, token);
      const said = isP0Left === (vote % 2 === 0) ? 'left' : 'right';
      await first.ask('answer', { trial, said, ms: 1, scale: '1' }, token);
    }
    const after = await expected();
    expect(after).not.toBe(before);
    await expect.poll(() => shown(first), TRAINING).toEqual([after, after, after]);
    await first.end('SIGKILL');
    const again = await start();
    await expect.poll(() => shown(again), TRAINING).toEqual([after, after, after]);
    expect((await again.end('SIGINT')).said).toMatch(
      /^bapps: going on from 75 of 6000 votes, of 2 raters, in /m,
    );
  });

  it('does not start beside another server of the folder, and leaves the lock of none', async () => {
    const consent = await writeInto(
      await tempDir(),
      'consent.txt',
      'Plants only.\n\n<b>Stop</b> at any time.\n',
    );
    const first = await serve('--consent', consent, '--title', 'Leaves');
    expect(await (await fetch(first.address)).text()).toContain(
      '<p class="words">Plants only.</p><p class="words">&lt;b&gt;Stop&lt;/b&gt; at any time.</p>',
    );
    const second = spawn(process.execPath, [CLI, 'collect', data, '--port', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [text] = (await once(second.stderr, 'data')) as [Buffer];
    expect(text.toString()).toMatch(
      /^collect: cannot write .*votes\.jsonl: another run writes there \(process \d+ on /,
    );
    await first.end('SIGTERM');
    const { records } = await readJournal(data);
    expect(records).toEqual([]);
  });
});
