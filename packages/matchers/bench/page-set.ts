/**
 * @module
 * The pages that thresholds are set and tried on. Half of them were kept out while the thresholds were chosen.
 */
import { componentPage, figuresPage, formPage, galleryPage } from './own-pages.js';

/** A page, and how it is photographed. */
export interface PageSpec {
  readonly name: string;
  /** Made by others. */
  readonly isOthers: boolean;
  /** Not looked at while thresholds were chosen. */
  readonly isKeptOut: boolean;
  /** A whole page, or a component of 120x40. */
  readonly isComponent?: boolean;
  /** HTML, or a path below the packages of others. */
  readonly html?: string;
  readonly path?: string;
  readonly width: number;
  readonly height: number;
  readonly scale?: number;
  /** What is photographed of it; default everything. */
  readonly clipTo?: string;
  /** What is moved as a whole; default the body. */
  readonly moves?: string;
  /** Distance from the top, in pixels. */
  readonly scrollTo?: number;
}

const FLOWER = '/flower.jpg';
const component = { width: 120, height: 40, isComponent: true, isOthers: false } as const;
const others = { isOthers: true, width: 1000, height: 700 } as const;

export const PAGE_SET: readonly PageSpec[] = [
  { name: 'form', isOthers: false, isKeptOut: false, html: formPage(), width: 560, height: 520 },
  {
    name: 'form, dark, 2x',
    isOthers: false,
    isKeptOut: true,
    html: formPage({ dark: true }),
    width: 560,
    height: 520,
    scale: 2,
  },
  { name: 'figures', isOthers: false, isKeptOut: true, html: figuresPage(), width: 760, height: 460 },
  {
    name: 'figures, dark',
    isOthers: false,
    isKeptOut: false,
    html: figuresPage({ dark: true }),
    width: 760,
    height: 460,
  },
  {
    name: 'photographs',
    isOthers: false,
    isKeptOut: false,
    html: galleryPage({ flower: FLOWER }),
    width: 780,
    height: 500,
  },
  {
    name: 'photographs, dark',
    isOthers: false,
    isKeptOut: true,
    html: galleryPage({ flower: FLOWER }, { dark: true }),
    width: 780,
    height: 500,
  },
  { ...component, name: 'button', isKeptOut: false, html: componentPage('button') },
  {
    ...component,
    name: 'button, dark, 2x',
    isKeptOut: true,
    html: componentPage('button', { dark: true }),
    scale: 2,
  },
  { ...component, name: 'tag, dark', isKeptOut: false, html: componentPage('tag', { dark: true }) },
  { ...component, name: 'tag', isKeptOut: true, html: componentPage('tag') },
  { ...component, name: 'switch', isKeptOut: false, html: componentPage('switch') },
  { ...component, name: 'field, 2x', isKeptOut: true, html: componentPage('field'), scale: 2 },
  {
    ...others,
    name: 'dashboard (sb-admin-2)',
    isKeptOut: false,
    path: 'startbootstrap-sb-admin-2/index.html',
  },
  { ...others, name: 'table (sb-admin-2)', isKeptOut: true, path: 'startbootstrap-sb-admin-2/tables.html' },
  {
    ...others,
    name: 'widgets (jquery-ui)',
    isKeptOut: true,
    path: 'jquery-ui-dist/index.html',
    scrollTo: 60,
  },
  {
    ...others,
    name: 'icons (@mdi/font)',
    isKeptOut: false,
    path: '@mdi/font/preview.html',
    width: 800,
    height: 600,
  },
  { ...others, name: 'slides, dark (reveal.js)', isKeptOut: true, path: 'reveal.js/demo.html' },
  {
    ...others,
    name: 'photographs (creative)',
    isKeptOut: true,
    path: 'startbootstrap-creative/dist/index.html',
    width: 900,
    height: 600,
  },
  {
    ...others,
    name: 'coverage (istanbul)',
    isKeptOut: false,
    path: 'coverage/index.html',
    width: 900,
    height: 500,
  },
  {
    ...others,
    name: 'source (istanbul)',
    isKeptOut: true,
    path: 'coverage/file-coverage.js.html',
    width: 900,
    height: 600,
    scrollTo: 120,
  },
  {
    ...others,
    name: 'documentation (swagger-ui)',
    isKeptOut: false,
    path: 'swagger-ui-dist/index.html',
    width: 900,
    height: 600,
  },
  {
    ...others,
    name: 'forms, 2x (spectre.css)',
    isKeptOut: true,
    path: 'spectre.css/docs/elements/forms.html',
    width: 760,
    height: 520,
    scale: 2,
    scrollTo: 400,
  },
  {
    ...others,
    name: 'tables (spectre.css)',
    isKeptOut: false,
    path: 'spectre.css/docs/elements/tables.html',
    width: 900,
    height: 600,
    scrollTo: 200,
  },
  {
    ...others,
    name: 'editor, dark (ace)',
    isKeptOut: false,
    path: 'ace-builds/editor.html',
    width: 700,
    height: 300,
    moves: '#editor',
  },
  {
    name: 'button (sb-admin-2)',
    isOthers: true,
    isKeptOut: true,
    isComponent: true,
    path: 'startbootstrap-sb-admin-2/buttons.html',
    width: 1000,
    height: 1400,
    clipTo: '.btn-circle.btn-sm',
  },
];
