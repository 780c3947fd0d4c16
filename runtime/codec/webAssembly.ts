// Node's WebAssembly, as far as the codec uses it: TypeScript describes it with the browser's types only.

interface WebAssemblyApi {
  validate: (bytes: Uint8Array) => boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => {exports: Record<string, unknown>};
  Memory: new (size: {initial: number; maximum: number}) => {buffer: ArrayBuffer};
  RuntimeError: new () => Error;
}

/** A module of one function that makes a vector. */
// prettier-ignore
const vectors = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 8, 1, 6, 0, 0x41, 0, 0xfd, 15, 11);

const api = (globalThis as {WebAssembly?: WebAssemblyApi}).WebAssembly ?? null;

/** null in a Node without a compiler (`--jitless`), and on a processor older than 2008: the module needs vectors. */
export const webAssembly = api?.validate(vectors) === true ? api : null;
