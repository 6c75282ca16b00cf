/** The version of this release, from package.json. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}
