/**
 * @module
 * The script of the gallery, which the page holds itself. It shows two pictures over each other, and where a server has
 * made the page, asks it to accept an image. Without it, the pictures stand side by side.
 */

/** Its text, without a word of the failures. */
export const GALLERY_SCRIPT = `
'use strict';
document.documentElement.classList.add('scripted');
for (const viewer of document.querySelectorAll('.viewer')) {
  const buttons = viewer.querySelectorAll('.modes button');
  for (const button of buttons) {
    button.addEventListener('click', () => {
      viewer.dataset.mode = button.dataset.mode;
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
    });
  }
  const split = viewer.querySelector('.split');
  if (split) split.addEventListener('input', () => viewer.style.setProperty('--split', split.value + '%'));
}
const token = new URLSearchParams(location.search).get('token') || '';
const accept = async (failure) => {
  const button = failure.querySelector('.accept');
  const status = failure.querySelector('.status');
  if (!button || button.disabled) return;
  button.disabled = true;
  status.textContent = '';
  try {
    const answer = await fetch('/accept', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-review-token': token },
      body: JSON.stringify({ id: failure.id.slice(1) }),
    });
    status.textContent = await answer.text();
    failure.classList.toggle('accepted', answer.ok);
    button.disabled = answer.ok;
  } catch {
    status.textContent = 'The server does not answer. Start lpips-matchers review again.';
    button.disabled = false;
  }
};
for (const failure of document.querySelectorAll('.failure')) {
  const button = failure.querySelector('.accept');
  if (button) button.addEventListener('click', () => void accept(failure));
}
const all = document.querySelector('.accept-all');
if (all) {
  all.addEventListener('click', async () => {
    all.disabled = true;
    for (const failure of document.querySelectorAll('.failure')) await accept(failure);
    all.disabled = document.querySelector('.accept:enabled') === null;
  });
}
`;
