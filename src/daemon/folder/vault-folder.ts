/**
 * The private folder `.fsync` of a vault: what is where in it, and the marker `vault.json` that says
 * which vault this is and which directory it was attached to.
 */
import { lstatSync, mkdirSync, readdirSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { parseAccountId, parseCredentialId, parseVaultId, type AccountId, type CredentialId, type VaultId } from '../../core/base/ids.js';
import { makeDirectories } from '../../core/home/make-directories.js';
import { errnoOf } from '../home/errno.js';
import { makePrivateDirectory, readJsonFile, writeJsonFile } from '../home/json-file.js';
import { typeOf } from './fingerprint.js';
import { readRootIdentity, type RootIdentity } from './root-identity.js';
import { storageError } from './storage-error.js';

export interface VaultFolder {
  readonly vault: VaultId;
  readonly name: string;
  readonly server: string;
  readonly account: AccountId;
  readonly device: CredentialId;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** The directory that was attached. */
  readonly identity: RootIdentity;
}

export interface PrivatePaths {
  readonly folder: string;
  readonly marker: string;
  readonly state: string;
  readonly lock: string;
  readonly prompt: string;
  readonly tmp: string;
  readonly stash: string;
}

/** Absolute paths of what belongs to the daemon in the vault at `root`. */
export function privatePaths(root: string): PrivatePaths {
  const folder = `${root}/.fsync`;
  return {
    folder,
    marker: `${folder}/vault.json`,
    state: `${folder}/state.db`,
    lock: `${folder}/lock`,
    prompt: `${folder}/prompt`,
    tmp: `${folder}/tmp`,
    stash: `${folder}/stash`,
  };
}

const SCHEMA = 1;

const markerDocument = z.object({
  schema: z.number(),
  vault: z.string().transform((text) => parseVaultId(text)),
  name: z.string(),
  server: z.string(),
  account: z.string().transform((text) => parseAccountId(text)),
  device: z.string().transform((text) => parseCredentialId(text)),
  dev: z.string(),
  ino: z.string(),
  createdAt: z.number(),
});

/**
 * Makes `root` the folder of a vault; the directory is made if need be. A folder of the same vault, as a copy is or one that was
 * attached by another installation, is taken over: nothing is known about it then, and its files are joined with those of the vault.
 * @throws FsyncError already_exists when it is the folder of another vault or lies inside one; io_error, disk_full
 */
export function createVaultFolder(root: string, description: Omit<VaultFolder, 'identity'>): VaultFolder {
  try {
    makeDirectories(root, 0o777, { mkdirSync, statSync });
    if (isFolderOf(root, description.vault)) forgetState(root);
    else refuseNesting(root);
    const identity = readRootIdentity(root);
    if (identity === null) throw new FsyncError('io_error', `${root} is not a directory (a link to one has to be resolved first)`);
    const folder = { ...description, identity };
    makePrivateFolders(root);
    writeMarker(root, folder);
    return folder;
  } catch (error) {
    throw storageError(error, root);
  }
}

/** Also when the marker cannot be read: nobody else can claim the folder by it. */
function isFolderOf(root: string, vault: VaultId): boolean {
  if (enclosingVault(root) !== root) return false;
  try {
    return readVaultFolder(root).vault === vault;
  } catch (error) {
    if (isFsyncError(error, 'io_error')) return true;
    throw error;
  }
}

function forgetState(root: string): void {
  const { folder, state, tmp } = privatePaths(root);
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`;
    if (path === tmp || path.startsWith(state)) rmSync(path, { recursive: true, force: true });
  }
}

function refuseNesting(root: string): void {
  const around = enclosingVault(root);
  if (around === null) return;
  throw new FsyncError('already_exists', around === root ? `${root} is a vault already` : `${root} lies inside the vault ${around}`, {
    hints: ['One vault cannot hold another: choose a folder outside of it.'],
  });
}

/**
 * Reads the marker of an attached folder.
 * @throws FsyncError not_a_vault, unsupported_version, io_error
 */
export function readVaultFolder(root: string): VaultFolder {
  const paths = privatePaths(root);
  const document = isDirectory(paths.folder) ? readJsonFile(paths.marker, markerDocument) : null;
  if (document === null) throw new FsyncError('not_a_vault', `${root} is not a vault`, { hints: ['Make it one: fsync init'] });
  if (document.schema !== SCHEMA) {
    throw new FsyncError('unsupported_version', `${paths.marker} was written by a newer fsync (schema ${String(document.schema)})`, {
      hints: ['Update fsync on this machine.'],
    });
  }
  const { vault, name, server, account, device, dev, ino, createdAt } = document;
  return { vault, name, server, account, device, createdAt, identity: { dev, ino } };
}

/**
 * 'ok': the marker is there, names this vault, and the root is the directory it was attached to.
 * 'missing': no folder or no marker. 'replaced': another vault, another directory, or a marker that cannot be read.
 */
export function checkRoot(root: string, vault: VaultId): 'ok' | 'missing' | 'replaced' {
  try {
    const identity = readRootIdentity(root);
    if (identity === null) return 'missing';
    const marker = readVaultFolder(root);
    const same = marker.vault === vault && marker.identity.dev === identity.dev && marker.identity.ino === identity.ino;
    return same ? 'ok' : 'replaced';
  } catch (error) {
    if (isFsyncError(error, 'not_a_vault')) return 'missing';
    if (isFsyncError(error) || errnoOf(error) !== null) return 'replaced';
    throw error;
  }
}

/** Makes an ordinary folder of a vault. Files are left alone, and so is a stash that holds something. */
export function removeVaultFolder(root: string): void {
  const paths = privatePaths(root);
  if (!isDirectory(paths.folder)) return;
  rmSync(paths.marker, { force: true });
  for (const name of readdirSync(paths.folder)) {
    if (name !== 'stash') rmSync(`${paths.folder}/${name}`, { recursive: true, force: true });
  }
  for (const path of [paths.stash, paths.folder]) {
    try {
      rmdirSync(path);
    } catch (error) {
      const code = errnoOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }
}

/** The root of the vault that holds `path` (or is it); null outside of vaults. */
export function enclosingVault(path: string): string | null {
  for (let at = path; ; at = dirname(at)) {
    if (lstatSync(privatePaths(at).marker, { throwIfNoEntry: false }) !== undefined) return at;
    if (dirname(at) === at) return null;
  }
}

function makePrivateFolders(root: string): void {
  const paths = privatePaths(root);
  for (const path of [paths.folder, paths.tmp, paths.stash]) makePrivateDirectory(path);
}

function writeMarker(root: string, folder: VaultFolder): void {
  const { identity, ...rest } = folder;
  writeJsonFile(privatePaths(root).marker, { schema: SCHEMA, ...rest, ...identity });
}

/** A link in place of the private folder is not followed. */
function isDirectory(path: string): boolean {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat !== undefined && typeOf(stat) === 'directory';
}
