/**
 * @module
 * Changes of a page that mean something, made in the page itself. Which elements change is decided by rule, evenly over
 * all that qualify, so that nobody picks those that a statistic sees.
 */
import type { Page } from 'playwright-core';

/** Part of a page that is photographed, in CSS pixels. */
export interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Finds what can be changed in a part of the page, and keeps it there for `makeChange`.
 *
 * @param most changes of each kind
 * @returns the kind of each change, by its index
 */
export async function findChanges(page: Page, clip: Clip, most: number): Promise<readonly string[]> {
  return await page.evaluate(findInPage, { clip, most });
}

/** Makes a change. */
export async function makeChange(page: Page, index: number): Promise<void> {
  await page.evaluate((index) => (globalThis as unknown as ChangingPage).changes[index]?.make(), index);
}

/** Takes it back. */
export async function undoChange(page: Page, index: number): Promise<void> {
  await page.evaluate((index) => (globalThis as unknown as ChangingPage).changes[index]?.undo(), index);
}

interface Change {
  readonly kind: string;
  readonly make: () => void;
  readonly undo: () => void;
}

interface ChangingPage {
  changes: Change[];
}

/** Runs in the page: it may use nothing of this module. */
function findInPage({ clip, most }: { clip: Clip; most: number }): string[] {
  const isShown = (element: Element, rect: DOMRect): boolean => {
    if (rect.width < 1 || rect.height < 1) return false;
    if (rect.left < clip.x || rect.top < clip.y) return false;
    if (rect.right > clip.x + clip.width || rect.bottom > clip.y + clip.height) return false;
    const top = document.elementFromPoint(rect.left + rect.width / 2, rect.top + rect.height / 2);
    return top !== null && (element.contains(top) || top.contains(element));
  };
  const all = [...document.body.querySelectorAll<HTMLElement | SVGElement>('*')].filter((element) =>
    isShown(element, element.getBoundingClientRect()),
  );
  const within = (element: Element, least: number, width: number, height: number): boolean => {
    const rect = element.getBoundingClientRect();
    return rect.width >= least && rect.height >= least && rect.width <= width && rect.height <= height;
  };
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const isOpaque = (colour: string): boolean => (channels(colour)[3] ?? 1) > 0.5;
  const chroma = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = channels(colour);
    return Math.max(r, g, b) - Math.min(r, g, b);
  };
  const ownText = (element: Element): Text | undefined =>
    [...element.childNodes].find(
      (node): node is Text => node instanceof Text && (node.textContent ?? '').trim().length > 1,
    );
  const ownTextRect = (element: Element): DOMRect => {
    const range = document.createRange();
    range.selectNodeContents(ownText(element) ?? element);
    return range.getBoundingClientRect();
  };
  const styled = (element: HTMLElement | SVGElement, style: Record<string, string>): Omit<Change, 'kind'> => {
    const before = element.getAttribute('style');
    return {
      make: () => {
        for (const [name, value] of Object.entries(style))
          element.style.setProperty(name, value, 'important');
      },
      undo: () => {
        if (before === null) element.removeAttribute('style');
        else element.setAttribute('style', before);
      },
    };
  };
  const texted = (node: Text, after: string): Omit<Change, 'kind'> => {
    const before = node.data;
    return {
      make: () => {
        node.data = after;
      },
      undo: () => {
        node.data = before;
      },
    };
  };
  const isIcon = (element: Element): boolean =>
    within(element, 7, 34, 34) &&
    (element.matches('svg, img, i[class], [class*="icon"], [class*="mdi-"], [class*="bi-"]') ||
      getComputedStyle(element, '::before').fontFamily.includes('Awesome'));
  const texts = all.filter((element) => {
    const rect = ownText(element) && ownTextRect(element);
    return rect && isShown(element, rect) && rect.width <= 600 && rect.height <= 60;
  });
  const isControl = (element: Element): boolean =>
    element.matches('button, a.btn, [role="button"], .button, .ui-button, input[type="submit"], select');
  const dots = all.filter(
    (element) => within(element, 14, 240, 60) && (isControl(element) || isIcon(element)),
  );

  const candidates: Record<
    string,
    { element: HTMLElement | SVGElement; change: () => Omit<Change, 'kind'> }[]
  > = {
    'an icon is missing': all
      .filter(isIcon)
      .map((element) => ({ element, change: () => styled(element, { visibility: 'hidden' }) })),
    'a dot of 8 pixels is missing': (dots.length > 0 ? dots : texts).map((element) => ({
      element,
      change: () => {
        const rect = element.getBoundingClientRect();
        const left = Math.round(Math.min(rect.right, clip.x + clip.width - 6) - 4);
        const top = Math.round(Math.max(rect.top, clip.y + 6) - 4);
        const dot = document.createElement('div');
        dot.style.cssText = `position:fixed;left:${left}px;top:${top}px;width:8px;height:8px;border-radius:4px;background:#d93025;z-index:2147483647`;
        return { make: () => document.documentElement.append(dot), undo: () => dot.remove() };
      },
    })),
    'a label is missing': texts
      .filter((element) => element.children.length === 0 && within(element, 8, 200, 40))
      .map((element) => ({
        element,
        change: () => styled(element, { color: 'transparent', 'text-shadow': 'none' }),
      })),
    'a line is missing': all
      .filter((element) => {
        const style = getComputedStyle(element);
        const background = getComputedStyle(element.parentElement ?? element).backgroundColor;
        const lines = [
          [style.borderBottomWidth, style.borderBottomColor, style.borderBottomStyle],
          [style.borderTopWidth, style.borderTopColor, style.borderTopStyle],
        ];
        return lines.some(
          ([width = '', colour = '', kind]) =>
            kind === 'solid' && Number.parseFloat(width) >= 1 && isOpaque(colour) && colour !== background,
        );
      })
      .map((element) => ({ element, change: () => styled(element, { 'border-color': 'transparent' }) })),
    'another digit': texts
      .filter((element) => /\d/.test(ownText(element)?.data ?? ''))
      .map((element) => ({
        element,
        change: () => {
          const node = ownText(element) ?? new Text();
          return texted(
            node,
            node.data.replace(/\d/, (digit) => String((Number(digit) + 3) % 10)),
          );
        },
      })),
    'another word': texts
      .filter((element) => /[a-z]{4,}/.test(ownText(element)?.data ?? ''))
      .map((element) => ({
        element,
        change: () => {
          const node = ownText(element) ?? new Text();
          return texted(
            node,
            node.data.replace(/[a-z]{4,}/, (word) => word.split('').reverse().join('')),
          );
        },
      })),
    'another background colour': all
      .filter((element) => {
        const { backgroundColor } = getComputedStyle(element);
        return within(element, 8, 420, 240) && isOpaque(backgroundColor) && chroma(backgroundColor) > 40;
      })
      .map((element) => ({
        element,
        change: () => {
          const [r = 0, g = 0, b = 0] = channels(getComputedStyle(element).backgroundColor);
          return styled(element, { 'background-color': `rgb(${g}, ${b}, ${r})` });
        },
      })),
    'a row is selected': all
      .filter((element) => {
        const { display, backgroundColor } = getComputedStyle(element);
        const isPlain = !isOpaque(backgroundColor) || chroma(backgroundColor) <= 40;
        return isPlain && display !== 'inline' && within(element, 16, 1000, 60) && !isIcon(element);
      })
      .map((element) => ({
        element,
        change: () => styled(element, { 'background-image': 'linear-gradient(#2563eb1f, #2563eb1f)' }),
      })),
    'another text colour': texts.map((element) => ({
      element,
      change: () => {
        const [r = 0, g = 0, b = 0] = channels(getComputedStyle(element).color);
        const other =
          chroma(`${r} ${g} ${b}`) > 60 ? `rgb(${g}, ${b}, ${r})` : r + g + b > 384 ? '#ff7b72' : '#b3261e';
        return styled(element, { color: other });
      },
    })),
    'a checkbox is switched': [...document.querySelectorAll<HTMLInputElement>('input')]
      .filter((input) => {
        const part = input.closest('label') ?? input;
        const isSwitch = input.type === 'checkbox' || input.type === 'radio';
        return isSwitch && isShown(part, part.getBoundingClientRect());
      })
      .map((element) => ({
        element,
        change: () => {
          const states = [...document.querySelectorAll('input')].map(
            (input) => [input, input.checked] as const,
          );
          return {
            make: () => {
              element.checked = !element.checked;
            },
            undo: () => {
              for (const [input, isChecked] of states) input.checked = isChecked;
            },
          };
        },
      })),
    'a button is disabled': all
      .filter((element) => isControl(element) && within(element, 12, 400, 70))
      .map((element) => ({ element, change: () => styled(element, { opacity: '0.65' }) })),
    'an element is moved by 4 pixels': all
      .filter(
        (element) =>
          within(element, 8, 220, 60) && (isControl(element) || isIcon(element) || element.matches('input')),
      )
      .map((element) => ({ element, change: () => styled(element, { translate: '4px 0' }) })),
  };
  const changes: Change[] = [];
  for (const [kind, found] of Object.entries(candidates)) {
    const places = new Map(
      found.map((one) => {
        const { left, top } = one.element.getBoundingClientRect();
        return [`${Math.round(left / 4)} ${Math.round(top / 4)}`, one]; // the innermost of those at one place
      }),
    );
    const distinct = [...places.values()];
    const count = Math.min(most, distinct.length);
    for (let i = 0; i < count; i++) {
      const one = distinct[Math.floor(((i + 0.5) / count) * distinct.length)];
      if (one) changes.push({ kind, ...one.change() });
    }
  }
  (globalThis as unknown as ChangingPage).changes = changes;
  return changes.map(({ kind }) => kind);
}
