/** Which devices have this vault, and how far: what the server keeps of their signed positions, as far as it can be believed. */
import type { AccountState } from '../../core/account/chain.js';
import { isFsyncError } from '../../core/base/errors.js';
import type { AccountId, CommitHash, CredentialId } from '../../core/base/ids.js';
import { decodePosition, openPositionName, verifyPosition, type DecodedPosition, type Position } from '../../core/log/position.js';
import type { DeviceHolding } from '../../core/protocol/device-holding.js';
import type { SessionDeps } from './session-ports.js';

/** What positions are held against: the verified log and the verified chains. */
export interface PositionWitness {
  readonly members: ReadonlyMap<AccountId, unknown> | null;
  /** Of the commit of that number in the own log; null when it is not known there. */
  hashOf(seq: number): CommitHash | null;
}

export interface PositionContext {
  readonly deps: Pick<SessionDeps, 'account' | 'contacts' | 'device' | 'info' | 'remote' | 'verifyAuthor'>;
  readonly log: PositionWitness;
}

interface Believed {
  readonly position: Position;
  /** Null for a commit that the own log does not have: what the device holds is not known then. */
  readonly seq: number | null;
}

/** What this device knows of itself is newer than what the server may say. */
export type OwnPosition = { readonly seq: number; readonly atMs: number } | null;

/**
 * Whether each device that has the vault holds commit `wanted`; this device comes first. A device that
 * cannot be believed to hold anything counts as one that does not have it.
 * @throws FsyncError what the server answers; not_found when it keeps no positions
 */
export async function deviceHoldings(
  context: PositionContext,
  { wanted, own }: { readonly wanted: number; readonly own: OwnPosition },
  signal: AbortSignal,
): Promise<readonly DeviceHolding[]> {
  const { contacts, device, info, account } = context.deps;
  const holding = (name: string, of: AccountId, seq: number | null, atMs: number): DeviceHolding => ({
    name,
    user: contacts.person(of).user,
    commit: seq,
    at: new Date(atMs).toISOString(),
    hasIt: seq !== null && seq >= wanted,
  });
  const believed = await believedPositions(context, signal);
  const mine = believed.get(device.id);
  believed.delete(device.id);
  const others = [...believed.values()]
    .map(({ position, seq }) => {
      const name = openPositionName(info.keyring, position) ?? position.device.slice(0, SHOWN_ID);
      return holding(name, position.account, seq, position.time);
    })
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const here = own ?? (mine === undefined ? null : { seq: mine.seq, atMs: mine.position.time });
  const keys = account.current();
  return here === null || keys === null || keys.scope !== null
    ? others
    : [holding(device.name, keys.account, here.seq, here.atMs), ...others];
}

const SHOWN_ID = 12;

/** The newest of each device. */
async function believedPositions(context: PositionContext, signal: AbortSignal): Promise<Map<CredentialId, Believed>> {
  const { deps, log } = context;
  const believed = new Map<CredentialId, Believed>();
  for (const signed of await deps.remote.positions({ signal })) {
    const decoded = await verified(context, signed, signal);
    if (decoded === null) continue;
    const { position } = decoded;
    const seq = log.hashOf(position.seq) === position.hash ? position.seq : null;
    const before = believed.get(position.device);
    if (before === undefined || (before.seq ?? 0) < (seq ?? 0)) believed.set(position.device, { position, seq });
  }
  return believed;
}

/** Null unless a device of a member signed it in this vault. */
async function verified({ deps, log }: PositionContext, signed: Uint8Array, signal: AbortSignal): Promise<DecodedPosition | null> {
  try {
    const decoded = decodePosition(signed);
    const { vault, account, chainSeq } = decoded.position;
    if (vault !== deps.info.vault || log.members?.has(account) !== true) return null;
    const author: AccountState = await deps.verifyAuthor(account, chainSeq, { signal });
    verifyPosition(decoded, author);
    return decoded;
  } catch (error) {
    // One bad entry says nothing about the others; a server that cannot be asked does.
    if (!isFsyncError(error) || error.kind.category === 'network') throw error;
    return null;
  }
}
