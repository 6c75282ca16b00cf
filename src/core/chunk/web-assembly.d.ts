/** The part of the WebAssembly interface that the cut scanner uses: the compiler's library knows it only together with the DOM. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  const Module: new (bytes: Uint8Array) => Module;
  const Memory: new (limits: { readonly initial: number }) => Memory;
  const Instance: new (module: Module) => Instance;
}
