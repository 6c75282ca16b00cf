/** Reads where stash entries came from. Apart from stash.ts, because only a sweep needs it and the schema library is slow to load. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { errnoOf } from '../home/errno.js';
import type { StashOrigin } from './stash.js';

const origin = z.object({
  path: z.string(),
  why: z.enum(['replaced', 'removed', 'displaced', 'parked']),
  at: z.number(),
  bytes: z.object({ size: z.number(), mtimeNs: z.string() }).nullable(),
});
const sidecar = z.object({ schema: z.literal(1), entries: z.record(z.string(), origin) });

/** What `writeOrigins` wrote; nothing when the file is not there or was torn by a crash. @throws errors of the file calls */
export function readOrigins(path: string): ReadonlyMap<string, StashOrigin> {
  try {
    const document = sidecar.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return new Map(document.success ? Object.entries(document.data.entries) : []);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return new Map();
    throw error;
  }
}
