/** What a commit says beside its operations, by type. Only data commits change nodes. */
import { fromHex, toHex } from '../base/bytes.js';
import { bytesOf, integerOf, listOf, mapOf, misfit, nullOr, oneOf } from '../base/cbor-fields.js';
import type { CborValue } from '../base/cbor.js';
import { parseAccountId, type AccountId } from '../base/ids.js';
import type { Role } from '../protocol/ipc.js';

export const COMMIT_TYPES = ['genesis', 'data', 'member', 'rotate', 'checkpoint'] as const;

/** Fixes what can never change in a vault. */
export interface GenesisBody {
  readonly owner: AccountId;
  /** Hash (hex) of the owner's account chain at the header's `chainSeq`. */
  readonly ownerChainHead: string;
  /** Primitives, 1: see the protocol document. */
  readonly suite: number;
  /** How files are cut, 1: see CutClass. */
  readonly chunker: number;
  /** When two names are one, 1: equal in NFC. */
  readonly nameRule: number;
  /** Commitment to the vault key of epoch 1, hex. */
  readonly keyCheck: string;
}

/** Adds a member, changes a role, or removes one (`role` null). */
export interface MemberBody {
  readonly account: AccountId;
  readonly role: Role | null;
  /** SHA-256 (hex) of the box with the vault key; null when no box goes with it. */
  readonly boxHash: string | null;
}

/** Begins the epoch that the header names. */
export interface RotateBody {
  /** Commitment to the new vault key, hex. */
  readonly keyCheck: string;
  /** Exactly the members, each with the box that gives it the new key. */
  readonly members: readonly { readonly account: AccountId; readonly generation: number; readonly boxHash: string }[];
}

export type CommitBody =
  | { readonly type: 'genesis'; readonly body: GenesisBody }
  | { readonly type: 'data'; readonly body: null }
  | { readonly type: 'member'; readonly body: MemberBody }
  | { readonly type: 'rotate'; readonly body: RotateBody }
  /** Reserved: a signed snapshot from which a new device may start. */
  | { readonly type: 'checkpoint'; readonly body: null };

/** Most members of a vault. */
export const MEMBER_LIMIT = 10_000;
export const ROLES = ['owner', 'writer', 'reader'] as const satisfies readonly Role[];

export function bodyToCbor(commit: CommitBody): CborValue {
  switch (commit.type) {
    case 'data':
    case 'checkpoint':
      return null;
    case 'genesis': {
      const { owner, ownerChainHead, suite, chunker, nameRule, keyCheck } = commit.body;
      return { owner: fromHex(owner), ownerChainHead: fromHex(ownerChainHead), suite, chunker, nameRule, keyCheck: fromHex(keyCheck) };
    }
    case 'member': {
      const { account, role, boxHash } = commit.body;
      return { account: fromHex(account), role, boxHash: boxHash === null ? null : fromHex(boxHash) };
    }
    case 'rotate': {
      const members = commit.body.members.map(({ account, generation, boxHash }) => ({
        account: fromHex(account),
        generation,
        boxHash: fromHex(boxHash),
      }));
      return { keyCheck: fromHex(commit.body.keyCheck), members };
    }
  }
}

/** Throws integrity when the body does not fit the type. */
export function bodyFromCbor(type: CommitBody['type'], value: CborValue): CommitBody {
  const what = `the body of a ${type} commit`;
  switch (type) {
    case 'data':
    case 'checkpoint':
      if (value !== null) throw misfit(what);
      return { type, body: null };
    case 'genesis':
      return { type, body: genesisFromCbor(value, what) };
    case 'member': {
      const map = mapOf(value, ['account', 'role', 'boxHash'], what);
      return {
        type,
        body: {
          account: parseAccountId(hex32(map.account, what)),
          role: nullOr(map.role, (role) => oneOf(role, ROLES, what)),
          boxHash: nullOr(map.boxHash, (hash) => hex32(hash, what)),
        },
      };
    }
    case 'rotate': {
      const map = mapOf(value, ['keyCheck', 'members'], what);
      const members = listOf(map.members, MEMBER_LIMIT, what).map((entry) => rotateMemberFromCbor(entry, what));
      return { type, body: { keyCheck: hex32(map.keyCheck, what), members } };
    }
  }
}

function genesisFromCbor(value: CborValue, what: string): GenesisBody {
  const map = mapOf(value, ['owner', 'ownerChainHead', 'suite', 'chunker', 'nameRule', 'keyCheck'], what);
  return {
    owner: parseAccountId(hex32(map.owner, what)),
    ownerChainHead: hex32(map.ownerChainHead, what),
    suite: integerOf(map.suite, what, 1),
    chunker: integerOf(map.chunker, what, 1),
    nameRule: integerOf(map.nameRule, what, 1),
    keyCheck: hex32(map.keyCheck, what),
  };
}

function rotateMemberFromCbor(value: CborValue, what: string): RotateBody['members'][number] {
  const map = mapOf(value, ['account', 'generation', 'boxHash'], what);
  return {
    account: parseAccountId(hex32(map.account, what)),
    generation: integerOf(map.generation, what, 1),
    boxHash: hex32(map.boxHash, what),
  };
}

function hex32(value: CborValue | undefined, what: string): string {
  return toHex(bytesOf(value, 32, what));
}
