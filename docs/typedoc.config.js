/**
 * The reference of all public entries, made of the doc comments in the sources. A page has the name under which its entry is
 * imported, such as `lpips-core/browser`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Converter, ReflectionKind } from 'typedoc';

const PACKAGES = fileURLToPath(new URL('../packages', import.meta.url));

/** What users of the packages import, by its source file. Entries that only other packages of this repository need are left out. */
const INTERNAL = new Set([
  'lpips-core/remote-files',
  'lpips-node/command-line',
  'lpips-node/metric-options',
  'tfjs-native/beside-us',
  'tfjs-native/interrupts',
  'tfjs-native/platform-cache',
  'tfjs-wasm-kernels/memory-guard',
]);
const entries = new Map(
  readdirSync(PACKAGES)
    .filter((folder) => folder !== 'node_modules')
    .flatMap((folder) => {
      const { name, exports } = JSON.parse(readFileSync(join(PACKAGES, folder, 'package.json'), 'utf8'));
      return Object.entries(exports).flatMap(([path, { source }]) => {
        const entry = join(name, path);
        return source && !INTERNAL.has(entry) ? [[join(PACKAGES, folder, source), entry]] : [];
      });
    }),
);

/** Names modules by their entries. @param {import('typedoc').Application} app */
export function nameModules(app) {
  const rename = (context) => {
    for (const module of context.project.getReflectionsByKind(ReflectionKind.Module)) {
      const file = context.getSymbolFromReflection(module)?.declarations?.[0]?.getSourceFile().fileName;
      module.name = entries.get(file) ?? module.name;
    }
  };
  // After TypeDoc's own, which takes the first words behind @module for a name.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, rename, -1000);
}

export default {
  name: 'API',
  entryPoints: [...entries.keys()],
  tsconfig: 'tsconfig.api.json',
  plugin: ['typedoc-plugin-markdown', nameModules],
  out: 'pages/api',
  readme: 'none',
  entryFileName: 'index',
  outputFileStrategy: 'modules',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  excludePrivate: true,
  excludeInternal: true,
  disableSources: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  sanitizeComments: true,
  // Types are checked by the build of the packages, whose compiler is newer than the one that this needs.
  skipErrorChecking: true,
};
