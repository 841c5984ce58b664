import { describe, expect, it } from 'vitest';
import { html } from '../../src/page/html.js';

describe('html', () => {
  it('escapes text, keeps markup, joins lists, drops undefined', () => {
    const item = (text: string) => html`<li>${text}</li>`;
    const list = html`<ul title="${'"a" & \'b\''}">${['<1>', '2'].map(item)}${undefined}${3}</ul>`;
    expect(list.toString()).toBe(
      '<ul title="&quot;a&quot; &amp; &#39;b&#39;"><li>&lt;1&gt;</li><li>2</li>3</ul>',
    );
  });
});
