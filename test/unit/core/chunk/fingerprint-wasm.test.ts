import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import createWabt from 'wabt';

import { FINGERPRINT_WASM } from '../../../../src/core/chunk/fingerprint-wasm.js';

describe('the embedded WebAssembly module', () => {
  it('is what its source assembles to', async () => {
    const source = new URL('../../../../src/core/chunk/fingerprint.wat', import.meta.url);
    const wabt = await createWabt();
    const module = wabt.parseWat('fingerprint.wat', readFileSync(source, 'utf8'));
    module.validate();
    expect(Buffer.from(module.toBinary({}).buffer).toString('base64')).toBe(FINGERPRINT_WASM);
    module.destroy();
  });
});
