/**
 * @module
 * Pages of this project's own: a form, a dense table with charts, photographs, and components of 120x40 pixels.
 */

/** Where photographs are served from. */
interface Photographs {
  readonly flower: string;
}

const DARK = {
  paper: '#14171c',
  sheet: '#1d2128',
  ink: '#e3e6ea',
  faint: '#9aa3ad',
  line: '#39404a',
  accent: '#5b9dff',
};
const LIGHT = {
  paper: '#f5f6f8',
  sheet: '#ffffff',
  ink: '#1c2127',
  faint: '#667079',
  line: '#d9dde2',
  accent: '#1a62d6',
};

const SHAPES = [
  '<path d="M8 1a4 4 0 0 0-4 4v4l-2 3h12l-2-3V5a4 4 0 0 0-4-4zM6 14h4"/>',
  '<circle cx="8" cy="8" r="3"/><path d="M8 0v3M8 13v3M0 8h3M13 8h3M2 2l2 2M12 12l2 2M14 2l-2 2M4 12l-2 2"/>',
  '<path d="M1 3h14v10H1zM1 3l7 6 7-6"/>',
  '<path d="M2 8l4 4 8-9"/>',
  '<circle cx="7" cy="7" r="5"/><path d="M11 11l4 4"/>',
];

function icon(index: number, size = 16): string {
  return `<svg width="${size}" height="${size}" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6">${SHAPES[index % SHAPES.length]}</svg>`;
}

function page(theme: typeof DARK, style: string, body: string): string {
  return `<!doctype html><meta charset="utf-8"><style>
    * { box-sizing: border-box }
    body { margin: 0; font: 14px/1.45 'Liberation Sans', sans-serif; background: ${theme.paper}; color: ${theme.ink} }
    button { font: inherit; height: 32px; padding: 0 12px; border: 0; border-radius: 5px; background: ${theme.accent}; color: #fff }
    ${style}</style>${body}`;
}

/** Fields, switches and buttons. */
export function formPage({ dark = false } = {}): string {
  const theme = dark ? DARK : LIGHT;
  const field = (label: string, value: string) =>
    `<label class="field">${label}<input value="${value}"></label>`;
  const option = (label: string, type: string, isOn: boolean) =>
    `<label class="option"><input type="${type}" name="${type}" ${isOn ? 'checked' : ''}>${label}</label>`;
  return page(
    theme,
    `main { width: 460px; margin: 20px auto; padding: 18px 22px; background: ${theme.sheet}; border: 1px solid ${theme.line}; border-radius: 8px }
    h1 { font-size: 20px; margin: 0 0 10px } hr { border: 0; border-top: 1px solid ${theme.line}; margin: 14px 0 }
    .field { display: block; margin: 8px 0; color: ${theme.faint}; font-size: 13px }
    .field input { display: block; width: 100%; height: 30px; font: 14px 'Liberation Sans'; padding: 0 8px; border: 1px solid ${theme.line}; border-radius: 4px; background: ${theme.paper}; color: ${theme.ink} }
    .option { display: flex; gap: 6px; align-items: center; margin: 5px 0 } footer { display: flex; gap: 8px; align-items: center }
    .plain { background: none; border: 1px solid ${theme.line}; color: ${theme.ink} } .error { color: #c9372c; font-size: 13px }`,
    `<main><h1>Delivery address</h1><p class="error">${icon(0, 14)} The postcode is not known.</p>
    ${field('Name', 'Maria Lindqvist')}${field('Street and number', 'Storgatan 48')}${field('Postcode', '113 57')}
    <hr>${option('Leave it at the door', 'checkbox', true)}${option('Wrap it as a present', 'checkbox', false)}
    ${option('Today between 17 and 20', 'radio', false)}${option('Tomorrow between 8 and 12', 'radio', true)}
    <hr><footer><button>${icon(3, 13)} Save</button><button class="plain">Cancel</button><span>Step 2 of 3</span></footer></main>`,
  );
}

/** Figures in small print, bars and lines. */
export function figuresPage({ dark = false } = {}): string {
  const theme = dark ? DARK : LIGHT;
  const cell = (row: number, column: number) => ((row * 7919 + column * 104_729) % 9973) / 10;
  const rows = Array.from({ length: 15 }, (_, row) => {
    const cells = Array.from({ length: 8 }, (_, column) => `<td>${cell(row, column).toFixed(1)}</td>`);
    const change = cell(row, 9) - 500;
    return `<tr><th>${icon(row, 12)} Region ${row + 1}</th>${cells.join('')}<td class="${change > 0 ? 'up' : 'down'}">${change > 0 ? '▲' : '▼'} ${Math.abs(change).toFixed(0)}</td></tr>`;
  });
  const bars = Array.from({ length: 18 }, (_, i) => {
    const height = 10 + ((i * 37) % 70);
    return `<rect x="${i * 16 + 4}" y="${90 - height}" width="11" height="${height}" fill="${i % 5 === 0 ? '#e0663a' : theme.accent}"/>`;
  });
  const points = Array.from(
    { length: 30 },
    (_, i) => `${i * 10},${45 + Math.round(35 * Math.sin(i * 0.7) * Math.cos(i * 0.21))}`,
  );
  return page(
    theme,
    `body { padding: 10px 14px } h1 { font-size: 17px; margin: 0 0 8px } table { border-collapse: collapse; font-size: 11px; width: 100%; background: ${theme.sheet} }
    td, th { border-bottom: 1px solid ${theme.line}; padding: 2px 6px; text-align: right } th { text-align: left; font-weight: normal; color: ${theme.faint} }
    .up { color: #1f9d55 } .down { color: #d64545 } figure { display: inline-block; margin: 10px 20px 0 0 }`,
    `<h1>Deliveries by region</h1><table>${rows.join('')}</table>
    <figure><svg width="300" height="92">${bars.join('')}<path d="M0 90.5H300" stroke="${theme.line}"/></svg></figure>
    <figure><svg width="300" height="92"><polyline points="${points.join(' ')}" fill="none" stroke="#c2255c" stroke-width="1.5"/><path d="M0 90.5H300M.5 0V90" stroke="${theme.line}"/></svg></figure>`,
  );
}

/** Photographs with captions and controls over them. */
export function galleryPage({ flower }: Photographs, { dark = false } = {}): string {
  const theme = dark ? DARK : LIGHT;
  const pieces = Array.from({ length: 6 }, (_, i) => {
    const place = `${(i * 37) % 100}% ${(i * 61) % 100}%`;
    return `<figure><div class="photo" style="background-position:${place}"><span class="badge">${i + 2}</span>${i === 4 ? `<i class="play">${icon(3, 22)}</i>` : ''}</div><figcaption>${icon(i, 14)} Photograph ${i + 1}<small>${20 + i} May</small></figcaption></figure>`;
  });
  return page(
    theme,
    `body { padding: 14px } section { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px } figure { margin: 0; background: ${theme.sheet}; border: 1px solid ${theme.line} }
    .photo { height: 180px; background: url(${flower}); background-size: 300%; position: relative } .badge { position: absolute; right: 8px; top: 8px; background: #000a; color: #fff; padding: 1px 7px; border-radius: 9px; font-size: 12px }
    .play { position: absolute; left: 12px; bottom: 10px; color: #fff } figcaption { padding: 6px 8px; display: flex; gap: 6px; align-items: center } small { margin-left: auto; color: ${theme.faint} }`,
    `<section>${pieces.join('')}</section>`,
  );
}

/** A component alone: a button with an icon, a tag, a switch, a field. */
export function componentPage(kind: 'button' | 'tag' | 'switch' | 'field', { dark = false } = {}): string {
  const theme = dark ? DARK : LIGHT;
  const bodies = {
    button: `<button>${icon(4, 14)} Search 24</button>`,
    tag: `<span class="tag"><i class="dot"></i>Online</span> <b>7</b> ${icon(2)}`,
    switch: '<label class="row"><input type="checkbox" checked> Notify me</label>',
    field: `<span class="row box">${icon(4, 14)} <span>Order 1042</span></span>`,
  };
  return page(
    theme,
    `body { padding: 4px 6px; background: ${theme.sheet} } .tag { border: 1px solid ${theme.line}; border-radius: 10px; padding: 1px 8px; font-size: 12px } .dot { display: inline-block; width: 8px; height: 8px; border-radius: 4px; background: #1f9d55; margin-right: 5px }
    .row { display: flex; gap: 6px; align-items: center; height: 30px } .box { border: 1px solid ${theme.line}; border-radius: 4px; padding: 0 8px; width: 108px; font-size: 13px } svg { vertical-align: -3px }`,
    bodies[kind],
  );
}
