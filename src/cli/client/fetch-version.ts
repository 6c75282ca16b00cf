/** A version of a file as bytes: the daemon brings it into the vault's private folder, and here it is read and removed. */
import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { IpcParams } from '../../core/protocol/ipc.js';
import type { VersionDocument } from '../../core/protocol/vault-documents.js';
import type { CommandContext } from '../command-context.js';

/** The daemon says something at least this often while it downloads. */
const NETWORK_IDLE_MS = 600_000;

export type FetchedVersion = Omit<VersionDocument, 'staged'>;

/** Calls `use` while the staged file is there. */
export async function withVersion<Result>(
  { daemon, output }: CommandContext,
  params: IpcParams<'vault.show'>,
  use: (version: FetchedVersion, file: string | null) => Promise<Result>,
): Promise<Result> {
  const { staged, ...version } = await daemon.call('vault.show', params, { idleTimeoutMs: NETWORK_IDLE_MS, onEvent: output.event });
  try {
    return await use(version, staged);
  } finally {
    if (staged !== null) await rm(staged, { force: true });
  }
}

/** All of it; for a link, where it points. */
export async function readVersion(version: FetchedVersion, file: string | null): Promise<Buffer> {
  return file === null ? Buffer.from(version.target ?? '') : readFile(file);
}

export function streamVersion(file: string): AsyncIterable<Buffer> {
  return createReadStream(file) as AsyncIterable<Buffer>;
}

/** Null for what is no text: not UTF-8, or with a NUL byte. */
export function asText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
