/**
 * @module
 * A small page of UI, drawn by Chromium in the ways that a screenshot test meets: as it is, moved by part of a pixel,
 * with the font smoothing of another machine, and with something missing.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from '../../../../test/support/chromium.js';

type Browser = Awaited<ReturnType<typeof launchChromium>>;

/** Size of the screenshots. */
export const PAGE_SIZE = { width: 800, height: 600 } as const;

/** What differs from the reference. */
interface PageVariant {
  /** Offset of everything below the header, in CSS pixels. */
  readonly shift?: readonly [x: number, y: number];
  readonly missing?: 'icon of the third row' | 'icon in the header' | 'dot' | 'button label';
  readonly people?: string;
  readonly accent?: string;
  readonly font?: string;
  /** Offset of the button alone, in CSS pixels. */
  readonly buttonOffset?: number;
  /** What fontconfig says about every font; see `man fonts-conf`. */
  readonly fontconfig?: Readonly<Record<string, string>>;
  readonly dark?: boolean;
}

/** The page as it is. */
const REFERENCE_PAGE = { reference: {} } as const satisfies Record<string, PageVariant>;

/** Screenshots that should look like the reference, since they show the same. */
export const SAME_PAGES = {
  'moved by a quarter of a pixel': { shift: [0.25, 0] },
  'moved by half a pixel': { shift: [0.5, 0] },
  'moved by half a pixel both ways': { shift: [0.5, 0.5] },
  'LCD font smoothing': { fontconfig: { antialias: 'true', rgba: 'rgb', lcdfilter: 'lcddefault' } },
  'fonts without hinting': { fontconfig: { antialias: 'true', hinting: 'false', hintstyle: 'hintnone' } },
} as const satisfies Record<string, PageVariant>;

/** Screenshots that should not, since something is missing or looks different. */
export const OTHER_PAGES = {
  'without the icon of a row': { missing: 'icon of the third row' },
  'without an icon of the header': { missing: 'icon in the header' },
  'without a dot of 8 pixels': { missing: 'dot' },
  'without the label of the button': { missing: 'button label' },
  'another accent colour': { accent: '#b41a5f' },
  'another font': { font: 'monospace' },
  'the button moved by 4 pixels': { buttonOffset: 4 },
} as const satisfies Record<string, PageVariant>;

/** Screenshots whose difference a perceptual distance hardly shows. Text is to be tested as text. */
const NEARLY_SAME_PAGES = {
  'another digit': { people: '13' },
} as const satisfies Record<string, PageVariant>;

const PAGES = { ...REFERENCE_PAGE, ...SAME_PAGES, ...OTHER_PAGES, ...NEARLY_SAME_PAGES };

/** Name of a page. */
export type PageName = keyof typeof PAGES;

const SHAPES = {
  bell: '<path d="M8 1a4 4 0 0 0-4 4v4l-2 3h12l-2-3V5a4 4 0 0 0-4-4zM6 14h4"/>',
  gear: '<circle cx="8" cy="8" r="3"/><path d="M8 0v3M8 13v3M0 8h3M13 8h3M2 2l2 2M12 12l2 2M14 2l-2 2M4 12l-2 2"/>',
  mail: '<path d="M1 3h14v10H1zM1 3l7 6 7-6"/>',
  star: '<path d="M8 1l2 5h5l-4 3 2 6-5-4-5 4 2-6-4-3h5z"/>',
} as const;

const ROWS = [
  ['Annual report', 'mail'],
  ['Quarterly figures', 'star'],
  ['Travel expenses', 'gear'],
  ['Meeting notes', 'bell'],
  ['Press release', 'mail'],
  ['Invoices', 'star'],
] as const;

/**
 * Screenshots of every page, each as a PNG. Font settings belong to a process, so pages with font settings get a Chromium
 * of their own, and the others share one.
 */
export async function renderPages({
  dark = false,
  deviceScaleFactor = 1,
} = {}): Promise<ReadonlyMap<string, Buffer>> {
  const shots = new Map<string, Buffer>();
  const folder = await mkdtemp(join(tmpdir(), 'lpips-fonts-'));
  let shared: Browser | undefined;
  try {
    for (const [name, page] of Object.entries(PAGES)) {
      const variant: PageVariant = { ...page, dark };
      const own =
        variant.fontconfig && (await launchWithFonts(join(folder, `${name}.conf`), variant.fontconfig));
      shared ??= own ? undefined : await launchChromium();
      const browser = own ?? shared;
      if (!browser) throw new Error('no browser was started');
      const tab = await browser.newPage({ viewport: PAGE_SIZE, deviceScaleFactor });
      await tab.setContent(markup(variant));
      shots.set(name, await tab.screenshot());
      await tab.close();
      await own?.close();
    }
  } finally {
    await shared?.close();
    await rm(folder, { recursive: true });
  }
  return shots;
}

async function launchWithFonts(path: string, properties: Readonly<Record<string, string>>): Promise<Browser> {
  const edits = Object.entries(properties).map(([name, value]) => {
    const type = value === 'true' || value === 'false' ? 'bool' : 'const';
    return `<edit name="${name}" mode="assign" binding="strong"><${type}>${value}</${type}></edit>`;
  });
  const matches = ['pattern', 'font'].map((target) => `<match target="${target}">${edits.join('')}</match>`);
  const include = '<include>/etc/fonts/fonts.conf</include>';
  await writeFile(path, `<?xml version="1.0"?><fontconfig>${include}${matches.join('')}</fontconfig>`);
  const before = process.env['FONTCONFIG_FILE'];
  process.env['FONTCONFIG_FILE'] = path;
  try {
    return await launchChromium();
  } finally {
    if (before === undefined) delete process.env['FONTCONFIG_FILE'];
    else process.env['FONTCONFIG_FILE'] = before;
  }
}

function markup(variant: PageVariant): string {
  const {
    shift = [0, 0],
    missing,
    people = '12',
    accent = '#1a5fb4',
    buttonOffset = 0,
    dark = false,
  } = variant;
  const { font = 'Liberation Sans' } = variant;
  const [paper, sheet, ink, line] = dark
    ? ['#1e1e1e', '#2a2a2a', '#eee', '#444']
    : ['#fafafa', '#fff', '#222', '#ddd'];
  const rows = ROWS.map(([title, shape], index) => {
    const picture = missing === 'icon of the third row' && index === 2 ? gap() : icon(shape, '#77767b');
    const seen = missing === 'dot' && index === 1 ? '' : '<i></i>';
    return `<li>${picture}<b>${title}</b><span>shared with ${index === 3 ? people : '12'} people</span>${seen}<em>${index + 2} days ago</em></li>`;
  });
  return `<!doctype html><style>
    * { box-sizing: border-box }
    body { margin: 0; font: 14px/1.5 '${font}', sans-serif; background: ${paper}; color: ${ink} }
    header { background: ${accent}; color: #fff; height: 48px; display: flex; align-items: center; padding: 0 16px; gap: 12px }
    header b { flex: 1; font-size: 17px }
    main { padding: 16px 24px; position: relative; left: ${shift[0]}px; top: ${shift[1]}px }
    h1 { font-size: 22px; margin: 8px 0 }
    p { max-width: 640px }
    ul { list-style: none; padding: 0; margin: 12px 0; border: 1px solid ${line}; border-radius: 6px; background: ${sheet} }
    li { display: flex; gap: 10px; align-items: center; padding: 9px 12px; border-bottom: 1px solid ${line} }
    li b { width: 180px }
    li span { flex: 1; opacity: .8 }
    li i { width: 8px; height: 8px; border-radius: 4px; background: #e66100 }
    em { opacity: .6 }
    button { font: inherit; height: 33px; width: 121px; border: 0; border-radius: 4px; background: ${accent}; color: #fff; position: relative; left: ${buttonOffset}px }
    svg, u { width: 16px; height: 16px; flex: none }
  </style>
  <header><b>Documents</b>${icon('bell', '#fff')}${missing === 'icon in the header' ? gap() : icon('gear', '#fff')}</header>
  <main><h1>Shared with you</h1><p>Files that others have shared appear here. Open one to see its comments, or choose
  several to move them together. Removed files stay in the bin for thirty days.</p><ul>${rows.join('')}</ul>
  <button>${missing === 'button label' ? '' : 'New document'}</button></main>`;
}

function icon(shape: keyof typeof SHAPES, colour: string): string {
  return `<svg viewBox="0 0 16 16" fill="none" stroke="${colour}" stroke-width="2">${SHAPES[shape]}</svg>`;
}

function gap(): string {
  return '<u></u>';
}
