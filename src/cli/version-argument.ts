/** How a version is typed: --version V, --at TIME, or PATH@V, with V the number of a commit or a time. */
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { FsyncError } from '../core/base/errors.js';
import type { VersionQuery } from '../core/protocol/vault-documents.js';
import type { Arguments } from './arguments.js';
import { parseMoment } from './output/quantities.js';

/** @throws FsyncError usage for what is neither a number nor a time */
export function parseVersion(text: string, now: number): VersionQuery {
  return /^\d{1,15}$/.test(text) ? { commit: Number(text) } : { at: parseMoment(text, now) };
}

/** Null when neither option was given. @throws FsyncError usage */
export function versionOption(args: Arguments, now: number): VersionQuery | null {
  const [version, at] = [args.text('version'), args.text('at')];
  if (version !== null && at !== null) throw new FsyncError('usage', 'only one of --version and --at can be');
  if (version !== null) return parseVersion(version, now);
  return at === null ? null : { at: parseMoment(at, now) };
}

/** 'a.txt@412' → 'a.txt' and commit 412. A file whose name ends like that is taken by its name. */
export function splitVersion(cwd: string, text: string, now: number): { readonly path: string; readonly version: VersionQuery | null } {
  const cut = text.lastIndexOf('@');
  if (cut <= 0 || lstatSync(resolve(cwd, text), { throwIfNoEntry: false }) !== undefined) return { path: text, version: null };
  return { path: text.slice(0, cut), version: parseVersion(text.slice(cut + 1), now) };
}
