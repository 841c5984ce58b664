/**
 * @module
 * The page on which people judge, as one document. Its script (`page/` of this package) shows one of its sections at a time.
 * The researcher's own words become text, never markup.
 */
import { type Html, html } from 'lpips-pictures/page';
import { MOST_CODE_LETTERS, type StudyPlan } from './study-plan.js';

/** Draws the page. */
export function collectPage(plan: StudyPlan): string {
  const { task, title, question, consent, shownMs, gapMs, pauseEvery, practice } = plan;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><meta name="robots" content="noindex"><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css">
<script type="module" src="/script/main.js"></script></head>
<body data-task="${task}" data-shown="${shownMs}" data-gap="${gapMs}">
<main>
<section id="welcome"><h1>${title}</h1>
${paragraphs(consent)}
<form id="join"><p><label for="code">Code</label><br><input id="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="${MOST_CODE_LETTERS}"></p>
<p><button type="submit" class="primary">I agree, and begin</button></p></form></section>
<section id="return" hidden><h1>${title}</h1><p>You have begun already on this device.</p>
<p class="row"><button type="button" id="go-on" class="primary" data-focus>Go on</button><button type="button" id="other-person">I am somebody else</button></p></section>
<section id="instructions" hidden><h1 tabindex="-1" data-focus>What to do</h1>${instructions(plan)}
${practice > 0 ? html`<p>We begin with ${practice === 1 ? 'one example' : `${practice} examples`}, and tell you after each whether we saw the same.</p>` : undefined}
<p><button type="button" id="start" class="primary">Begin</button></p></section>
<section id="trial" hidden>
<h1 id="question" tabindex="-1" data-focus>${question}</h1>
<p id="practice-note" class="soft" hidden>An example</p>
<div id="pictures">${task === '2afc' ? triplet() : pair()}</div>
<div id="answers" role="group" aria-labelledby="question">${task === '2afc' ? sides() : sameness()}</div>
<div class="progress"><progress id="progress" value="0" max="1" aria-label="Progress"></progress><span id="progress-text"></span></div>
</section>
<section id="feedback" hidden><h1 id="feedback-text"></h1>
<p><button type="button" id="after-feedback" class="primary" aria-describedby="feedback-text" data-focus>Go on</button></p></section>
<section id="pause" hidden><h1 id="pause-text">Time for a break</h1><p>Look out of the window for a moment${pauseEvery > 0 ? html`. There is a break every ${pauseEvery} pictures` : undefined}.</p>
<p id="pause-progress"></p><p><button type="button" id="after-pause" class="primary" aria-describedby="pause-text pause-progress" data-focus>Go on</button></p></section>
<section id="finish" hidden><h1 tabindex="-1" data-focus>Thank you</h1><p id="finish-text"></p><p class="soft">Your number, should you want to ask about your answers: <code id="rater"></code></p>
<p><button type="button" id="next-person">Let somebody else begin</button></p></section>
<section id="trouble" hidden><h1>Something went wrong</h1><p id="trouble-text"></p>
<p><button type="button" id="retry" class="primary" aria-describedby="trouble-text" data-focus>Try again</button></p></section>
</main>
<p id="status" class="unseen" role="status" aria-live="polite"></p>
<noscript><p>This page needs JavaScript.</p></noscript>
</body></html>
`.toString();
}

function paragraphs(text: string): Html[] {
  const parts = text.split(/\n\s*\n/).map((part) => part.trim());
  return parts.filter((part) => part !== '').map((part) => html`<p class="words">${part}</p>`);
}

function instructions({ task, shownMs, gapMs }: StudyPlan): Html {
  if (task === '2afc') {
    const time = shownMs === 0 ? 'They stay until you answer.' : `They are shown for ${seconds(shownMs)}.`;
    return html`<p>You will see three pictures. Say which of the outer two is closer to the one in the middle; on a narrow screen that one stands above them. ${time} There is no need to hurry; if you cannot tell, guess.</p>
<p>Touch or click that picture<span class="keys">, or press the arrow key of its side, <kbd>←</kbd> or <kbd>→</kbd></span>.</p>`;
  }
  const time =
    shownMs === 0
      ? 'Two pictures are shown until you answer.'
      : `Two pictures are shown one after the other, for ${seconds(shownMs)} each, with ${seconds(gapMs)} between them.`;
  return html`<p>${time} Say whether they were the same or different. If you cannot tell, guess.</p>
<p>Touch or click an answer<span class="keys">, or press <kbd>S</kbd> for the same and <kbd>D</kbd> for different</span>.</p>`;
}

function seconds(ms: number): string {
  return ms === 1000 ? 'one second' : `${ms / 1000} seconds`;
}

function triplet(): Html {
  return html`<figure class="side"><img data-place="left" alt="The left picture"></figure>
<figure class="middle"><img data-place="middle" alt="The picture in the middle"></figure>
<figure class="side"><img data-place="right" alt="The right picture"></figure>`;
}

function pair(): Html {
  return html`<figure><img data-place="first" alt="The first picture"><img data-place="second" alt="The second picture"></figure>`;
}

function sides(): Html {
  return html`<button type="button" data-says="left" aria-keyshortcuts="ArrowLeft 1"><kbd aria-hidden="true">←</kbd> Left</button>
<button type="button" data-says="right" aria-keyshortcuts="ArrowRight 2">Right <kbd aria-hidden="true">→</kbd></button>`;
}

function sameness(): Html {
  return html`<button type="button" data-says="same" aria-keyshortcuts="S 1">Same <kbd aria-hidden="true">S</kbd></button>
<button type="button" data-says="different" aria-keyshortcuts="D 2">Different <kbd aria-hidden="true">D</kbd></button>`;
}
