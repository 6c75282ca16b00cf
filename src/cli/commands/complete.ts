/**
 * `fsync __complete KIND WORD…`: what a shell may offer next, one entry a line. Called by the
 * completion scripts while somebody types: it is silent about every trouble, starts no daemon, and
 * answers within two seconds or not at all.
 */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { CommandContext } from '../command-context.js';
import type { DaemonClient } from '../client/daemon-client.js';
import { findVault } from '../vault-root.js';

const DEADLINE_MS = 2_000;
const MOST_VERSIONS = 100;

/** What the words before the cursor say: where, and about which path. */
interface Typed {
  readonly cwd: string;
  /** Absolute; null when no operand is a path of something. */
  readonly path: string | null;
  /** The word at the cursor. */
  readonly current: string;
}

type Call = DaemonClient['callRunning'];
type Source = (call: Call, typed: Typed) => Promise<readonly string[]>;

const SOURCES: Readonly<Record<string, Source>> = {
  vault: vaultNames,
  device: deviceNames,
  conflict: conflictPaths,
  deleted: deletedPaths,
  version: versionsOfTyped,
  'path-version': pathVersions,
};

/** `words`: the kind, the word at the cursor, and the words before it, without the name of the program. */
export async function printCompletions(context: CommandContext, words: readonly string[]): Promise<number> {
  const [kind = '', current = '', ...before] = words;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(DEADLINE_MS)]);
  const call: Call = (method, params) => context.daemon.callRunning(method, params, { signal, idleTimeoutMs: DEADLINE_MS });
  try {
    const source = Object.hasOwn(SOURCES, kind) ? SOURCES[kind] : undefined;
    const found = (await source?.(call, typedIn(context.cwd, before, current))) ?? [];
    // A name with a line break cannot be told on a line.
    for (const entry of new Set(found)) if (!/[\r\n]/.test(entry)) context.output.raw(`${entry}\n`);
  } catch {
    // Whatever it was, the person is typing and has asked for nothing yet.
  }
  return 0;
}

function typedIn(cwd: string, words: readonly string[], current: string): Typed {
  let at = cwd;
  let path: string | null = null;
  for (const [index, word] of words.entries()) {
    if (words[index - 1] === '-C') at = resolve(cwd, word);
    else if (!word.startsWith('-') && existsSync(resolve(at, word))) path = resolve(at, word);
  }
  return { cwd: at, path, current };
}

async function vaultNames(call: Call): Promise<readonly string[]> {
  const here = (await call('daemon.status', {}))?.vaults.map(({ name }) => name) ?? [];
  const all = await call('vault.list', {}).catch(() => null);
  return all?.vaults.map(({ name }) => name) ?? here;
}

async function deviceNames(call: Call): Promise<readonly string[]> {
  const found = await call('device.list', {});
  return found?.devices.map(({ name, id }) => name ?? id) ?? [];
}

async function conflictPaths(call: Call, { cwd }: Typed): Promise<readonly string[]> {
  const { root } = findVault(cwd, '.');
  return ((await call('vault.status', { root }))?.conflicts ?? []).map(({ path }) => asTyped(cwd, root, path));
}

async function deletedPaths(call: Call, { cwd }: Typed): Promise<readonly string[]> {
  const { root } = findVault(cwd, '.');
  const found = await call('vault.ls', { root, path: '', side: 'deleted' });
  return (found?.entries ?? []).map(({ path }) => asTyped(cwd, root, path));
}

function versionsOfTyped(call: Call, { cwd, path }: Typed): Promise<readonly string[]> {
  return versionsOf(call, path ?? cwd);
}

/** Nothing before an @ was typed: until then the shell offers files. */
async function pathVersions(call: Call, { cwd, current }: Typed): Promise<readonly string[]> {
  const cut = current.lastIndexOf('@');
  if (cut <= 0) return [];
  const path = current.slice(0, cut);
  return (await versionsOf(call, resolve(cwd, path))).map((version) => `${path}@${version}`);
}

async function versionsOf(call: Call, absolute: string): Promise<readonly string[]> {
  const { root, path } = findVault('/', absolute);
  const found = await call('vault.log', { root, path: path === '' ? null : path, limit: MOST_VERSIONS, since: null });
  return (found?.entries ?? []).map(({ commit }) => String(commit));
}

/** A path of the vault as it is written from here. */
function asTyped(cwd: string, root: string, path: string): string {
  return relative(cwd, join(root, path));
}
