/** diff: what is different here from the newest or a given version. */
import { lstatSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFsyncError } from '../../core/base/errors.js';
import type { PendingChange } from '../../core/protocol/ipc.js';
import type { VersionQuery } from '../../core/protocol/vault-documents.js';
import type { Arguments } from '../arguments.js';
import { asText, readVersion, withVersion } from '../client/fetch-version.js';
import type { CommandContext } from '../command-context.js';
import { changeText } from '../output/status-text.js';
import { bold, cyan, dim, green, red, type Text } from '../output/text.js';
import { unifiedDiff } from '../output/unified-diff.js';
import { versionOption } from '../version-argument.js';
import { findVault } from '../vault-root.js';

/** Larger files are not compared line by line. */
const TEXT_LIMIT = 8 * 1024 * 1024;
const NETWORK_IDLE_MS = 120_000;

interface Compared extends PendingChange {
  readonly patch: string | null;
}

export async function runDiff(context: CommandContext, args: Arguments): Promise<number> {
  const { cwd, daemon, output, now } = context;
  const { root, path } = findVault(cwd, args.operands[0] ?? '.');
  const version = versionOption(args, now());
  const found = await daemon.call('vault.diff', { root, path, version }, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event });
  const withPatches = !args.flag('stat');
  const changes: Compared[] = [];
  for (const change of found.changes) {
    const patch = withPatches ? await patchOf(context, { root, version: { commit: found.commit }, change }) : null;
    if (args.flag('json')) changes.push({ ...change, patch });
    else print(context, change, patch);
  }
  if (args.flag('json')) output.document({ schema: 'fsync/diff/1', commit: found.commit, changes });
  else if (found.changes.length === 0) output.note(dim(`Nothing is different from commit ${String(found.commit)}.`));
  return 0;
}

interface Comparing {
  readonly root: string;
  readonly version: VersionQuery;
  readonly change: PendingChange;
}

/** Null when a side is no text, or too large to read as one. */
async function patchOf(context: CommandContext, { root, version, change }: Comparing): Promise<string | null> {
  const { path, from = path } = change;
  const young = change.change === 'deleted' ? '' : await readHere(join(root, path));
  const old = change.change === 'added' ? '' : await readThen(context, { root, path: from, version });
  if (old === null || young === null) return null;
  const before = change.change === 'added' ? '/dev/null' : `a/${from}`;
  return unifiedDiff(old, young, { before, after: change.change === 'deleted' ? '/dev/null' : `b/${path}` });
}

async function readHere(file: string): Promise<string | null> {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return '';
  if (found.isSymbolicLink()) return `${readlinkSync(file)}\n`;
  return !found.isFile() || found.size > TEXT_LIMIT ? null : asText(await readFile(file));
}

async function readThen(context: CommandContext, params: { root: string; path: string; version: VersionQuery }): Promise<string | null> {
  try {
    return await withVersion(context, params, async (version, file) => {
      if (version.size > TEXT_LIMIT) return null;
      const bytes = await readVersion(version, file);
      return version.kind === 'symlink' ? `${bytes.toString('utf8')}\n` : asText(bytes);
    });
  } catch (error) {
    // A directory has no content to compare.
    if (isFsyncError(error, 'usage')) return null;
    throw error;
  }
}

function print({ output }: CommandContext, change: PendingChange, patch: string | null): void {
  if (patch === null || patch === '') output.line(changeText(change));
  else for (const line of patch.slice(0, -1).split('\n')) output.line(colored(line));
}

function colored(line: string): Text {
  if (line.startsWith('+++') || line.startsWith('---')) return bold(line);
  if (line.startsWith('@@')) return cyan(line);
  if (line.startsWith('+')) return green(line);
  return line.startsWith('-') ? red(line) : line;
}
