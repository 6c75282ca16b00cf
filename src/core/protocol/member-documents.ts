/** Documents about who a vault is shared with: `fsync members`, `share`, `unshare`. */
import type { Role } from './ipc.js';

/** An account as this device knows it. */
export interface PersonDocument {
  readonly account: string;
  /** Login name; null when it is not known here. */
  readonly user: string | null;
  /** Its safety words were compared on this device, or it is the own account. Else the name is the server's word. */
  readonly verified: boolean;
}

/** What is to be compared before a vault is shared. */
export interface LookupDocument {
  readonly me: { readonly user: string; readonly words: string };
  readonly person: PersonDocument & { readonly user: string; readonly words: string };
}

export interface MemberEntry extends PersonDocument {
  readonly role: Role;
  /** The account that was asked. */
  readonly current: boolean;
  readonly words: string;
  /** By the server's word; null when it was not reached. */
  readonly since: string | null;
}

export interface MembersDocument {
  readonly schema: 'fsync/members/1';
  readonly vault: { readonly id: string; readonly name: string; readonly root: string };
  /** Someone who was removed has held the key that the vault still uses. */
  readonly rotationPending: boolean;
  readonly members: readonly MemberEntry[];
}

interface MemberChange {
  readonly vault: { readonly id: string; readonly name: string };
  readonly member: PersonDocument;
  /** The role until now; null for one who was no member. */
  readonly before: Role | null;
  /** The commit that says so; null when nothing had to be changed. */
  readonly commit: number | null;
}

export interface ShareDocument extends MemberChange {
  readonly schema: 'fsync/share/1';
  readonly role: Role;
}

export interface UnshareDocument extends MemberChange {
  readonly schema: 'fsync/unshare/1';
  readonly rotationPending: boolean;
}
