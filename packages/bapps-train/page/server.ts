/**
 * @module
 * What the page asks its server for. The browser keeps one thing: the random token by which the server knows a rater again.
 */
import { byId, pressed, showSection } from './elements.js';

/** A trial, or the end of them. */
export type Next =
  | {
      readonly isDone?: false;
      readonly trial: string;
      readonly isPractice: boolean;
      readonly pictures: readonly string[];
      readonly width: number;
      readonly height: number;
      readonly pause: boolean;
      readonly done: number;
      readonly total: number;
    }
  | { readonly isDone: true; readonly rater: string; readonly done: number; readonly total: number };

/** An answer that was not taken. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    words: string,
  ) {
    super(words);
  }
}

const KEY = 'bapps-collect';

/** Whether somebody has begun on this device. */
export function isKnown(): boolean {
  return localStorage.getItem(KEY) !== null;
}

/** Forgets who began on this device. */
export function forget(): void {
  localStorage.removeItem(KEY);
}

/** @throws Refused where the code is not known */
export async function join(code: string): Promise<void> {
  const { token } = await persistently<{ token: string }>('join', { code, consent: true });
  localStorage.setItem(KEY, token);
}

/** The trial that this rater has before him, or the next one. */
export function next(): Promise<Next> {
  return persistently('next', {});
}

/** Gives an answer, and gives it again until it is kept: the server counts it once. */
export function answer(said: {
  trial: string;
  said: string;
  ms: number;
  scale: string;
}): Promise<{ isRight?: boolean }> {
  return persistently('answer', said);
}

/** Asks until the server answers; each time it does not, the rater decides when to try again. */
async function persistently<Reply>(what: string, body: object): Promise<Reply> {
  for (;;) {
    try {
      return await ask<Reply>(what, body);
    } catch (error) {
      if (error instanceof Refused && error.status < 500) throw error;
      const words =
        error instanceof Refused
          ? error.message
          : 'The server does not answer. What you have answered is kept.';
      byId('trouble-text', HTMLElement).textContent = words;
      showSection('trouble');
      await pressed('retry');
    }
  }
}

async function ask<Reply>(what: string, body: object): Promise<Reply> {
  const token = localStorage.getItem(KEY);
  const response = await fetch(`/api/${what}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const reply = (await response.json()) as Reply & { error?: string };
  if (!response.ok) throw new Refused(response.status, reply.error ?? `The server says ${response.status}.`);
  return reply;
}
