import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isOlderVersion, VERSION } from '../../../../src/core/base/version.js';

it('is the version of the package', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: VERSION });
});

it.each([
  ['0.1.0', '0.1.1', true],
  ['0.9.0', '0.10.0', true],
  ['0.1.0', '1.0.0', true],
  ['1.0.0', '0.9.9', false],
  ['0.1.0', '0.1.0', false],
  ['0.1.0-beta', '0.1.0', false],
  ['x', '1.0.0', false],
])('%s is older than %s: %s', (a, b, older) => {
  expect(isOlderVersion(a, b)).toBe(older);
});
