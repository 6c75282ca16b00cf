/** Both versions of a conflict as a person compares them: whose, from when, how large, and the content where it is text. */
import { isFsyncError } from '../../core/base/errors.js';
import type { ConflictStatus, StatusDocument } from '../../core/protocol/ipc.js';
import { asText, readVersion, withVersion } from '../client/fetch-version.js';
import type { CommandContext } from '../command-context.js';

/** Larger files are compared by size only. */
const TEXT_LIMIT = 512 * 1024;

export interface ConflictSide {
  readonly path: string;
  readonly device: string;
  /** Null when the name of the account is not known here. */
  readonly user: string | null;
  readonly at: string | null;
  readonly kind: 'file' | 'symlink' | 'directory';
  readonly size: number;
  /** Null for what is no text or too large to compare by eye. */
  readonly text: string | null;
}

export interface ConflictSides {
  readonly ours: ConflictSide;
  readonly theirs: ConflictSide;
}

interface Version extends ConflictSide {
  readonly deviceId: string | null;
}

/** `ours` is the side that the daemon means by it: the version of this device, else the one that kept the name. */
export async function readSides(
  context: CommandContext,
  { vault, device }: Pick<StatusDocument, 'vault' | 'device'>,
  { path, copy, loser, at }: ConflictStatus,
): Promise<ConflictSides> {
  const original = await readSide(context, vault.root, path);
  const other: Version = { ...(await readSide(context, vault.root, copy)), device: loser, at };
  const copyIsOurs = loser === device.name && original.deviceId !== device.id;
  return copyIsOurs ? { ours: other, theirs: original } : { ours: original, theirs: other };
}

async function readSide(context: CommandContext, root: string, path: string): Promise<Version> {
  const user = await authorOf(context, root, path);
  try {
    return await withVersion(context, { root, path, version: null }, async (version, file) => {
      const text = version.size > TEXT_LIMIT ? null : asText(await readVersion(version, file));
      const { device, at, kind, size } = version;
      return { path, user, device: device.name, deviceId: device.id, at, kind, size, text };
    });
  } catch (error) {
    if (!isFsyncError(error, 'usage')) throw error;
    return { path, user, device: '', deviceId: null, at: null, kind: 'directory', size: 0, text: null };
  }
}

async function authorOf({ daemon }: CommandContext, root: string, path: string): Promise<string | null> {
  const { entries } = await daemon.call('vault.log', { root, path, limit: 1, since: null });
  return entries[0]?.author.user ?? null;
}
