/** A person's own version of a conflict: made in an editor or a merge tool on private copies, then put in the place of the file. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { FsyncError } from '../../core/base/errors.js';
import type { Environment } from '../command-context.js';
import type { ConflictSides } from './conflict-sides.js';
import { markedText } from './marked-text.js';

/** The program failed: what it left behind is not taken. Null: it was not run to a good end. */
export type Edited = { readonly text: string } | { readonly failed: string };

/** $VISUAL, else $EDITOR, else vi, on both versions in one text with conflict markers. */
export async function editInEditor(env: Environment, sides: ConflictSides): Promise<Edited> {
  const editor = [env['VISUAL'], env['EDITOR']].find((name) => name !== undefined && name !== '') ?? 'vi';
  return inPrivateFolder(sides, env, `${editor} "$MERGED"`);
}

/** A merge tool as for git: a shell command that finds LOCAL, REMOTE and MERGED in its environment. */
export async function editWithTool(env: Environment, sides: ConflictSides, tool: string): Promise<Edited> {
  return inPrivateFolder(sides, env, tool.includes('$') ? tool : `${tool} "$LOCAL" "$REMOTE" "$MERGED"`);
}

async function inPrivateFolder(sides: ConflictSides, env: Environment, command: string): Promise<Edited> {
  const { ours, theirs } = sides;
  const folder = await mkdtemp(join(tmpdir(), 'fsync-resolve-'));
  try {
    const name = basename(sides.ours.path);
    const file = async (side: string, text: string): Promise<string> => {
      const at = join(folder, `${side}-${name}`.slice(-200));
      await writeFile(at, text, { mode: 0o600, flag: 'wx' });
      return at;
    };
    const text = markedText({ ours: ours.text ?? '', theirs: theirs.text ?? '', ourName: ours.device, theirName: theirs.device });
    const MERGED = await file('merged', text);
    const files = { LOCAL: await file('local', ours.text ?? ''), REMOTE: await file('remote', theirs.text ?? ''), MERGED };
    const child = spawn('/bin/sh', ['-c', command], { stdio: 'inherit', env: { ...env, ...files } });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) return { failed: `the program ended with ${String(code ?? 'a signal')}` };
    return { text: await readFile(MERGED, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Replacement {
  readonly root: string;
  readonly path: string;
  /** What the person saw: with anything else there the file is left alone. */
  readonly expected: string;
  readonly text: string;
}

/** Puts the text in the place of the file, whole. @throws FsyncError unresolved_conflicts when the file was changed meanwhile */
export async function replaceFile({ root, path, expected, text }: Replacement): Promise<void> {
  const target = join(root, path);
  const folder = await mkdtemp(join(root, '.fsync', 'tmp', 'edit-'));
  try {
    const fresh = join(folder, 'file');
    await writeFile(fresh, text, { mode: 0o600, flush: true });
    const found = lstatSync(target, { throwIfNoEntry: false });
    if (found?.isFile() !== true || readFileSync(target, 'utf8') !== expected)
      throw new FsyncError('unresolved_conflicts', `${path} was changed meanwhile`, { hints: ['Run fsync resolve again.'] });
    await chmod(fresh, found.mode & 0o7777);
    await rename(fresh, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
