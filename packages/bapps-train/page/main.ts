/**
 * @module
 * The way of a rater through the page: consent, instructions, trials with breaks, thanks.
 */
import { byId, pressed, showSection, tell } from './elements.js';
import { imageAt, layOut, loadPictures, showPictures } from './pictures.js';
import { answer, forget, isKnown, join, type Next, next, Refused } from './server.js';

type Trial = Extract<Next, { trial: string }>;

const { task, shown, gap } = document.body.dataset;
const timing = { shownMs: Number(shown), gapMs: Number(gap) };
const KEYS: Readonly<Record<string, string>> =
  task === 'jnd'
    ? { s: 'same', d: 'different', '1': 'same', '2': 'different' }
    : { ArrowLeft: 'left', ArrowRight: 'right', '1': 'left', '2': 'right' };

void begin();

async function begin(): Promise<void> {
  try {
    if (isKnown() && !(await isSomebodyElse())) await judge();
    else await welcome();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401) forget(); // the server has another journal
    byId('trouble-text', HTMLElement).textContent = error.message;
    showSection('trouble');
    await pressed('retry');
    await begin();
  }
}

async function isSomebodyElse(): Promise<boolean> {
  showSection('return');
  const isOther = await Promise.race([
    pressed('go-on').then(() => false),
    pressed('other-person').then(() => true),
  ]);
  if (isOther) forget();
  return isOther;
}

async function welcome(): Promise<void> {
  const code = byId('code', HTMLInputElement);
  const fromLink = codeOfLink();
  if (fromLink !== '') code.value = fromLink;
  showSection('welcome');
  await new Promise<void>((resolve) => {
    byId('join', HTMLFormElement).addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        resolve();
      },
      { once: true },
    );
  });
  await join(code.value);
  showSection('instructions');
  await pressed('start');
  await judge();
}

/** The code in the address of the page, as it stands where somebody has shortened it. */
function codeOfLink(): string {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function judge(): Promise<void> {
  let paused = -1;
  for (;;) {
    const found = await next();
    if (found.isDone) return await finish(found);
    if (found.pause && paused !== found.done) {
      paused = found.done;
      byId('pause-progress', HTMLElement).textContent = `${found.done} of ${found.total} are done.`;
      showSection('pause');
      await pressed('after-pause');
    }
    await judgeOne(found);
  }
}

async function judgeOne(trial: Trial): Promise<void> {
  if (!(await loadPictures(trial))) return; // given back meanwhile: the next one is fetched
  const ended = new AbortController();
  tellProgress(trial);
  enableAnswers(false);
  showSection('trial');
  const { scale } = layOut(trial, ended.signal);
  await showPictures(trial, timing, ended.signal);
  const start = performance.now();
  enableAnswers(true);
  tell(`${trial.isPractice ? 'An example' : `${trial.done + 1} of ${trial.total}`}. You may answer now.`);
  const said = await choice(ended.signal);
  const ms = performance.now() - start;
  ended.abort();
  enableAnswers(false);
  try {
    const { isRight } = await answer({ trial: trial.trial, said, ms, scale: scale() });
    if (isRight !== undefined) await feedback(isRight);
  } catch (error) {
    // Given back meanwhile, or answered in another window: the next one is fetched.
    if (!(error instanceof Refused) || (error.status !== 410 && error.status !== 409)) throw error;
  }
}

/** What the rater says, by a button, a key or a picture. */
function choice(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    for (const button of answerButtons()) {
      button.addEventListener('click', () => resolve(button.dataset['says'] ?? ''), { signal });
    }
    if (task !== 'jnd') {
      for (const side of ['left', 'right']) {
        imageAt(side).addEventListener('click', () => resolve(side), { signal });
      }
    }
    window.addEventListener(
      'keydown',
      (event) => {
        const says = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
        if (says === undefined || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        resolve(says);
      },
      { signal },
    );
  });
}

async function feedback(isRight: boolean): Promise<void> {
  const expected =
    task === 'jnd'
      ? 'Look for noise: one of the two pictures may have it.'
      : 'One of the two is nearly the same as the middle one, the other is blurred and noisy.';
  byId('feedback-text', HTMLElement).textContent = isRight
    ? 'Yes, that is what we see too.'
    : `We see it otherwise. ${expected}`;
  showSection('feedback');
  await pressed('after-feedback');
}

async function finish({ rater, done }: Extract<Next, { isDone: true }>): Promise<void> {
  byId('finish-text', HTMLElement).textContent =
    done === 0
      ? 'There is nothing left to judge.'
      : `You have judged ${done} ${done === 1 ? 'time' : 'times'}. You may close the page now.`;
  byId('rater', HTMLElement).textContent = rater;
  showSection('finish');
  await pressed('next-person');
  forget();
  await welcome();
}

function tellProgress({ done, total, isPractice }: Trial): void {
  byId('practice-note', HTMLElement).toggleAttribute('hidden', !isPractice);
  const bar = byId('progress', HTMLProgressElement);
  bar.max = total;
  bar.value = done;
  byId('progress-text', HTMLElement).textContent = `${done} of ${total}`;
}

function answerButtons(): NodeListOf<HTMLButtonElement> {
  return document.querySelectorAll<HTMLButtonElement>('#answers button');
}

function enableAnswers(isEnabled: boolean): void {
  for (const button of answerButtons()) button.disabled = !isEnabled;
}
