/** The fields of documents about who a vault is shared with. */
import { flag, group, list, number, person, text, type DocumentShape } from './document-shape.js';

const memberChange: DocumentShape = {
  vault: group('the vault'),
  'vault.id': text('vault id'),
  'vault.name': text('name'),
  member: group('whom it is about'),
  ...person('member'),
  before: text('role until now; null for one who was no member', 'nullable'),
  commit: number('the commit that says so; null when nothing had to be changed', 'nullable'),
};

export const SHARING_SHAPES = {
  'fsync/members/1': {
    vault: group('the vault'),
    'vault.id': text('vault id'),
    'vault.name': text('name'),
    'vault.root': text('folder on this device'),
    rotationPending: flag('somebody who was removed has held the key that the vault still uses'),
    members: list('members, the own account first'),
    ...person('members[]'),
    'members[].role': text('owner, writer or reader'),
    'members[].current': flag('the own account'),
    'members[].words': text('safety words'),
    'members[].since': text('by the word of the server; null when it was not reached', 'nullable'),
  },
  'fsync/share/1': { ...memberChange, role: text('role from now on') },
  'fsync/unshare/1': { ...memberChange, rotationPending: flag('the key that the removed member has held is still in use') },
} as const satisfies Record<string, DocumentShape>;
