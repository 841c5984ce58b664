/**
 * @module
 * Screenshots of the pages: as they are, in ways that should pass, and with changes that mean something.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import type { Pair } from './measure.js';
import { SWAGGER_START } from './others-pages.js';
import { type Clip, findChanges, makeChange, undoChange } from './page-changes.js';
import type { PageSpec } from './page-set.js';

/** Where things come from and go to. */
export interface DrawOptions {
  /** Folder in which the packages of others are installed. */
  readonly packages: string;
  /** A photograph, as a JPEG file. */
  readonly flower: Buffer;
  /** Folder of the screenshots. */
  readonly folder: string;
  readonly say: (text: string) => void;
}

type Sources = Pick<DrawOptions, 'packages' | 'flower'>;

/** Shots of one page. */
interface DrawnPage {
  readonly reference: Buffer;
  /** What should pass, by its name. */
  readonly same: Map<string, Buffer>;
  /** What should not: its kind, and the shot. */
  readonly other: { readonly kind: string; readonly shot: Buffer }[];
}

const EXECUTABLE = process.env['LPIPS_CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-partial-raster',
];
const SOFTWARE_GPU = [
  '--enable-gpu-rasterization',
  '--ignore-gpu-blocklist',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];
const ORIGIN = 'http://pages.test';
const STILL =
  '*, *::before, *::after { transition: none !important; animation: none !important; caret-color: transparent !important; scroll-behavior: auto !important } ::-webkit-scrollbar { display: none }';
const MOST_OF_A_KIND = 2;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
};

/** A way in which a Chromium draws all pages. */
interface Drawing {
  readonly name: string;
  readonly fontconfig?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Drawn at twice the size and reduced. */
  readonly supersampled?: boolean;
}

/** By how much a page is moved, to the right and down. */
const SHIFTS = {
  'moved by a quarter of a pixel': ['.25px', '0'],
  'moved by half a pixel': ['.5px', '0'],
  'moved by half a pixel both ways': ['.5px', '.5px'],
} as const;

const DRAWINGS: readonly Drawing[] = [
  { name: 'drawn again' },
  { name: 'LCD font smoothing', fontconfig: { antialias: 'true', rgba: 'rgb', lcdfilter: 'lcddefault' } },
  {
    name: 'fonts without hinting',
    fontconfig: { antialias: 'true', hinting: 'false', hintstyle: 'hintnone' },
  },
  { name: 'drawn by a GPU', flags: SOFTWARE_GPU },
  { name: 'drawn at twice the size and reduced', supersampled: true },
];

/** Draws every page in every way, and writes the screenshots with their list, `index.json`. */
export async function drawPairs(specs: readonly PageSpec[], options: DrawOptions): Promise<void> {
  const { folder, say } = options;
  const pairs: Pair[] = [];
  const drawn = await drawPages(specs, options, say);
  for (const [index, spec] of specs.entries()) {
    const page = drawn.get(spec);
    if (!page) continue;
    const reference = `${index}-reference.png`;
    await writeFile(join(folder, reference), page.reference);
    const { name, isKeptOut, isComponent = false, scale = 1 } = spec;
    const common = { page: name, isKeptOut, isComponent, scale, reference };
    const keep = async (what: string, isSame: boolean, shot: Buffer) => {
      const image = `${index}-${pairs.length}.png`;
      await writeFile(join(folder, image), shot);
      pairs.push({ ...common, isSame, what, image });
    };
    for (const [what, shot] of page.same) await keep(what, true, shot);
    for (const { kind, shot } of page.other) await keep(kind, false, shot);
  }
  await writeFile(join(folder, 'index.json'), JSON.stringify(pairs, null, 1));
}

async function drawPages(
  specs: readonly PageSpec[],
  sources: Sources,
  say: (text: string) => void,
): Promise<ReadonlyMap<PageSpec, DrawnPage>> {
  const drawn = new Map<PageSpec, DrawnPage>();
  await withChromium({ name: 'reference' }, async (browser) => {
    for (const spec of specs) {
      drawn.set(spec, await drawChanges(browser, spec, sources));
      say(`${spec.name} is drawn with its changes`);
    }
  });
  for (const drawing of DRAWINGS) {
    await withChromium(drawing, async (browser) => {
      for (const [spec, { same }] of drawn)
        same.set(drawing.name, await drawOnce(browser, spec, drawing, sources));
    });
    say(`all pages are ${drawing.name}`);
  }
  for (const { reference, same } of drawn.values()) {
    same.set('every value off by up to one level', await rounded(reference));
  }
  return drawn;
}

async function withChromium(drawing: Drawing, use: (browser: Browser) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lpips-fonts-'));
  try {
    const env = drawing.fontconfig ? { FONTCONFIG_FILE: await fontsFile(folder, drawing.fontconfig) } : {};
    const gpu = drawing.flags ?? ['--disable-gpu'];
    const inherited = Object.fromEntries(
      Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
    const browser = await chromium.launch({
      executablePath: EXECUTABLE,
      args: [...FLAGS, ...gpu],
      env: { ...inherited, ...env },
    });
    try {
      await use(browser);
    } finally {
      await browser.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function fontsFile(folder: string, properties: Readonly<Record<string, string>>): Promise<string> {
  const edits = Object.entries(properties).map(([name, value]) => {
    const type = value === 'true' || value === 'false' ? 'bool' : 'const';
    return `<edit name="${name}" mode="assign" binding="strong"><${type}>${value}</${type}></edit>`;
  });
  const matches = ['pattern', 'font'].map((target) => `<match target="${target}">${edits.join('')}</match>`);
  const path = join(folder, 'fonts.conf');
  await writeFile(
    path,
    `<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>${matches.join('')}</fontconfig>`,
  );
  return path;
}

async function drawChanges(browser: Browser, spec: PageSpec, sources: Sources): Promise<DrawnPage> {
  const open = async () => await openPage(browser, spec, {}, sources);
  const most = spec.isComponent ? 1 : MOST_OF_A_KIND;
  let { page, clip } = await open();
  const shoot = () => page.screenshot({ clip, animations: 'disabled' });
  const reference = await shoot();
  const same = new Map<string, Buffer>();
  for (const [name, [left, top]] of Object.entries(SHIFTS)) {
    const sheet = await page.addStyleTag({
      content: spec.moves
        ? `${spec.moves} { translate: ${left} ${top} }`
        : `body { position: relative; left: ${left}; top: ${top} }`,
    });
    same.set(name, await shoot());
    await sheet.evaluate((element) => (element as HTMLElement).remove());
  }
  const other: { kind: string; shot: Buffer }[] = [];
  const kinds = await findChanges(page, clip, most);
  for (const [index, kind] of kinds.entries()) {
    await makeChange(page, index);
    const shot = await shoot();
    await undoChange(page, index);
    if (shot.equals(reference)) continue;
    other.push({ kind, shot });
    if ((await shoot()).equals(reference)) continue;
    await page.context().close(); // what was composited once may be drawn otherwise from then on
    ({ page, clip } = await open());
    await findChanges(page, clip, most);
  }
  await page.context().close();
  return { reference, same, other };
}

async function drawOnce(
  browser: Browser,
  spec: PageSpec,
  drawing: Drawing,
  sources: Sources,
): Promise<Buffer> {
  const { page, clip } = await openPage(browser, spec, drawing, sources);
  const shot = await page.screenshot({ clip, animations: 'disabled' });
  await page.context().close();
  if (!drawing.supersampled) return shot;
  const { width, height } = await sharp(shot).metadata();
  return await sharp(shot)
    .resize(width / 2, height / 2, { kernel: 'linear' })
    .removeAlpha()
    .png()
    .toBuffer();
}

async function openPage(
  browser: Browser,
  spec: PageSpec,
  { supersampled = false }: Partial<Drawing>,
  { packages, flower }: Sources,
): Promise<{ page: Page; clip: Clip }> {
  const { width, height, scale = 1 } = spec;
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale * (supersampled ? 2 : 1),
  });
  const page = await context.newPage();
  await page.route('**/*', async (route) => {
    const url = new URL(route.request().url());
    if (url.origin !== ORIGIN) return await route.abort();
    if (url.pathname === '/flower.jpg')
      return await route.fulfill({ body: flower, contentType: 'image/jpeg' });
    if (url.pathname === '/own.html')
      return await route.fulfill({ body: spec.html ?? '', contentType: 'text/html' });
    if (url.pathname.endsWith('/swagger-initializer.js')) {
      return await route.fulfill({ body: SWAGGER_START, contentType: 'text/javascript' });
    }
    const body = await readFile(join(packages, 'node_modules', decodeURIComponent(url.pathname))).catch(
      () => undefined,
    );
    const contentType = TYPES[extname(url.pathname)] ?? 'application/octet-stream';
    return body ? await route.fulfill({ body, contentType }) : await route.abort();
  });
  await page.goto(`${ORIGIN}/${spec.path ?? 'own.html'}`, { waitUntil: 'load' });
  await page.addStyleTag({ content: STILL });
  if (spec.path) await page.waitForTimeout(1500);
  if (spec.scrollTo) await page.evaluate((top) => scrollTo(0, top), spec.scrollTo);
  await page.waitForTimeout(150);
  return { page, clip: await clipOf(page, spec) };
}

async function clipOf(page: Page, { clipTo, width, height }: PageSpec): Promise<Clip> {
  if (!clipTo) return { x: 0, y: 0, width, height };
  const box = await page.locator(clipTo).first().boundingBox();
  if (!box) throw new Error(`there is no ${clipTo}`);
  const x = Math.round(box.x + box.width / 2 - 60);
  const y = Math.round(box.y + box.height / 2 - 20);
  return { x: Math.max(0, x), y: Math.max(0, y), width: 120, height: 40 };
}

/** Every value off by -1, 0 or 1, by a seed. */
async function rounded(png: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = Math.min(255, Math.max(0, (data[i] ?? 0) + Math.floor((state / 2 ** 32) * 3) - 1));
  }
  const { width, height } = info;
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
