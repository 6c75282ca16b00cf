/**
 * Assembles src/core/chunk/fingerprint.wat and embeds it in src/core/chunk/fingerprint-wasm.ts.
 * Run it after every change of the source; a unit test compares the two.
 */
import { readFile, writeFile } from 'node:fs/promises';

import createWabt from 'wabt';

const source = new URL('../src/core/chunk/fingerprint.wat', import.meta.url);
const target = new URL('../src/core/chunk/fingerprint-wasm.ts', import.meta.url);

const wabt = await createWabt();
const module = wabt.parseWat('fingerprint.wat', await readFile(source, 'utf8'));
module.validate();
const { buffer } = module.toBinary({});
module.destroy();

await writeFile(
  target,
  `/** fingerprint.wat, assembled: made by scripts/build-fingerprint.mjs, never edited by hand. */
export const FINGERPRINT_WASM =
  '${Buffer.from(buffer).toString('base64')}';
`,
);
process.stdout.write(`fingerprint-wasm.ts: ${String(buffer.length)} bytes of WebAssembly\n`);
