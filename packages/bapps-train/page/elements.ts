/**
 * @module
 * The elements of the page by their ids, and its sections, of which one is shown.
 */

/** The element of an id. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${id}`);
}

/**
 * Shows a section and no other, and moves the focus to its button, or its heading, which a screen reader then reads. What was told of
 * another section goes.
 */
export function showSection(id: string): void {
  tell('');
  for (const section of document.querySelectorAll('main > section')) {
    section.toggleAttribute('hidden', section.id !== id);
  }
  byId(id, HTMLElement).querySelector<HTMLElement>('[data-focus]')?.focus();
}

/** Has a screen reader say something. */
export function tell(words: string): void {
  byId('status', HTMLElement).textContent = words;
}

/** Resolves when a button is pressed. */
export function pressed(id: string): Promise<void> {
  return new Promise((resolve) => {
    byId(id, HTMLButtonElement).addEventListener('click', () => resolve(), { once: true });
  });
}
