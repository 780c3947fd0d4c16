// Node's WebAssembly, as far as the codec uses it: TypeScript describes it with the browser's types only.

interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => {exports: Record<string, unknown>};
  Memory: new (size: {initial: number; maximum: number}) => {buffer: ArrayBuffer};
  RuntimeError: new () => Error;
}

/** null in a Node without a compiler (`--jitless`). */
export const webAssembly = (globalThis as {WebAssembly?: WebAssemblyApi}).WebAssembly ?? null;
