/**
 * @module
 * The errors that TypeScript without `skipLibCheck` finds in declarations of others. Every one is listed, so that an error
 * in a declaration of ours, or a new one in theirs, is told from them.
 */

/** A kind of error in the declarations of a package. */
interface KnownErrors {
  /** The package, or a file of it. */
  readonly where: RegExp;
  readonly message: RegExp;
}

const GPU = /'(?:GPU|WGSL)\w+'/;
const KNOWN: readonly KnownErrors[] = [
  // It uses the types of `long` without importing them.
  { where: /^@tensorflow\/tfjs-core\/dist\/hash_util\.d\.ts/, message: /TS2304: Cannot find name 'Long'/ },
  {
    where: /^@tensorflow\/tfjs-backend-wasm\/wasm-out\//,
    message: /TS2304: Cannot find name 'EmscriptenModule'/,
  },
  // Its index signatures are narrower than its properties.
  {
    where: /^@tensorflow\/tfjs-layers\/dist\/(?:keras_format\/|layers\/core\.d\.ts)/,
    message: /TS2411: Property/,
  },
  {
    where: /^@tensorflow\/tfjs-layers\/dist\/engine\/training\.d\.ts/,
    message: /TS2420: Class 'LayersModel'/,
  },
  // It imports its package.json, which TypeScript reads by itself with every resolution but Node16.
  { where: /^piscina\/dist\/index\.d\.ts/, message: /TS2732: Cannot find module '\.\.\/package\.json'/ },
  // @webgpu/types, which tfjs-core asks for, declares what TypeScript's own library for the DOM has by now.
  { where: /^@webgpu\/types\//, message: /TS(?:2300|2403|2687|2717|2374|2430|6200):/ },
  { where: /\/lib\/lib\.dom\.d\.ts/, message: GPU },
  { where: /\/lib\/lib\.dom\.d\.ts/, message: /TS2687: All declarations of 'entryPoint'/ },
];

/** The errors that TypeScript prints, without the known ones of others; folders of package managers are left out. */
export function unknownErrors(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => /: error TS\d+: /.test(line))
    .map((line) => line.replace(/^.*?(?=: error)/, (place) => place.replace(/^(?:.*\/)?node_modules\//, '')))
    .filter((line) => !KNOWN.some(({ where, message }) => where.test(line) && message.test(line)));
}
