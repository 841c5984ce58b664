/**
 * @module
 * A page in one file: head, header, sections, footer. It loads nothing, and brings no script of its own.
 */
import { checkList, checkParts, checkType } from './check-parts.js';
import { type Html, html } from './html.js';
import { STYLE } from './style.js';

/** The parts of a page. */
export interface PageDocument {
  readonly title: string;
  /** one sentence for search engines and previews */
  readonly description: string;
  /** small line above the heading */
  readonly eyebrow: string;
  readonly heading: string;
  /** what stands under the heading, before the sections */
  readonly lead: Html;
  readonly sections: readonly (Html | undefined)[];
  readonly footer: Html;
  /** elements of the head of this page alone, such as a `meta` */
  readonly head?: Html;
  /** rules of this page alone, which follow the shared style sheet */
  readonly style?: Html;
}

const PARTS = [
  'title',
  'description',
  'eyebrow',
  'heading',
  'lead',
  'sections',
  'footer',
  'head',
  'style',
] as const satisfies (keyof PageDocument)[];

/**
 * Renders the document as the text of an `.html` file.
 *
 * @throws LpipsError for parts that are missing, misspelt or of another kind
 */
export function renderDocument(page: PageDocument): string {
  checkParts('renderDocument', 'page', page, PARTS);
  const { title, description, eyebrow, heading, lead, sections, footer, head, style } = page;
  for (const [name, text] of Object.entries({ title, description, eyebrow, heading })) {
    checkType('renderDocument', name, text, 'string');
  }
  checkList('renderDocument', 'sections', sections);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><meta name="description" content="${description}">
${head}<link rel="icon" href="data:,"><style>${STYLE}${style}</style></head>
<body><header><p class="eyebrow">${eyebrow}</p><h1>${heading}</h1>
${lead}</header><main>${sections}</main>
<footer>${footer}</footer></body></html>
`.toString();
}
