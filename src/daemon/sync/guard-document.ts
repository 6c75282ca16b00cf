/** `fsync guard show`: what a guard holds back in one vault, why, and what each decision would do. */
import { createHash } from 'node:crypto';
import type { Destruction, GuardedSide, Held } from '../../core/plan/guard.js';
import { countHeld, heldReason } from '../../core/plan/held-reason.js';
import type { GuardCause, GuardDocument, HeldSide } from '../../core/protocol/guard-document.js';
import type { PendingChange } from '../../core/protocol/ipc.js';
import type { HistoryEntry } from '../vault-history.js';
import type { AttachedVault } from '../home/attached-vaults.js';
import type { Session } from './session.js';
import type { Trouble } from './trouble.js';
import type { VaultTrees } from './vault-trees.js';

type Guard = NonNullable<GuardDocument['guard']>;

const SAMPLE = 100;
const NOTHING: HeldSide = { deleted: 0, modified: 0, sample: [] };

const DECISIONS: Readonly<Record<GuardCause, Pick<Guard, 'approve' | 'reject'>>> = {
  'mass-change': {
    approve: 'lets exactly these changes happen',
    reject:
      'puts things back: what was deleted or rewritten here comes again from the server, what others deleted or rewrote is sent again from here',
  },
  'emptied-folder': {
    approve: 'deletes these files on the server and on your other devices',
    reject: 'brings the files back from the server',
  },
  'lost-folder': {
    approve: 'takes the folder that is there now: its files and those on the server are joined, nothing is deleted',
    reject: 'makes the folder again where it was and brings the files back from the server; nothing is deleted',
  },
  'other-history': {
    approve: 'accepts the history that the server has now and sends it what it lacks; nothing is deleted',
    reject: 'is not possible from here: only who runs the server can bring its newer data back',
  },
};

/** `session` is undefined for a folder that could not be opened. */
export function guardDocument(entry: AttachedVault, session: Session | undefined, trouble: Trouble | null): GuardDocument {
  const { vault: id, name, root } = entry;
  return { schema: 'fsync/guard/1', vault: { id, name, root }, guard: guardOf(session, trouble), decision: null };
}

function guardOf(session: Session | undefined, trouble: Trouble | null): Guard | null {
  if (trouble?.state === 'guarded') {
    const cause = trouble.error.code === 'guarded' ? 'lost-folder' : 'other-history';
    const server = cause === 'other-history' && session !== undefined ? lostOnServer(session, trouble) : NOTHING;
    return { id: digest([cause, trouble.reason]), cause, reason: trouble.reason, server, folder: NOTHING, ...DECISIONS[cause] };
  }
  const held = session?.standstill.held ?? null;
  return held === null || session === undefined ? null : heldGuard(held, session.context.trees);
}

function heldGuard(held: Held, trees: VaultTrees): Guard {
  const side = (of: GuardedSide): HeldSide => ({ ...countHeld(held.changes, of), sample: sampleOf(held.changes, of, trees) });
  return {
    id: heldId(held),
    cause: held.cause,
    reason: heldReason(held),
    server: side('server'),
    folder: side('folder'),
    ...DECISIONS[held.cause],
  };
}

/** The same changes have the same name. */
export function heldId({ changes }: Held): string {
  return digest(changes.map(({ id }) => id).sort());
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

function sampleOf(changes: readonly Destruction[], side: GuardedSide, trees: VaultTrees): readonly PendingChange[] {
  const ofSide = changes.filter((change) => change.side === side);
  const files = ofSide.filter(({ counts }) => counts);
  return (files.length > 0 ? files : ofSide)
    .map(({ node, change }) => {
      const path = (side === 'server' ? trees.remotePath(node) : trees.local.pathOf(node)) ?? '';
      const now = side === 'server' ? trees.local.get(node) : trees.remoteState(node);
      return { path, change, size: change === 'deleted' ? null : (now?.content?.size ?? null) };
    })
    .sort(byPath)
    .slice(0, SAMPLE);
}

/** What this device knows to have happened since the commit that the server is at now. */
function lostOnServer({ context }: Session, { error }: Trouble): HeldSide {
  const head = error.details['head'];
  if (typeof head !== 'number') return NOTHING;
  const lost = context.deps.folder.store.history({ limit: SAMPLE }).filter(({ seq }) => seq > head);
  return { ...NOTHING, sample: lost.flatMap(changesOf).sort(byPath).slice(0, SAMPLE) };
}

function changesOf({ changes }: HistoryEntry): readonly PendingChange[] {
  return changes.map(({ path, change, size, from }) => ({ path, change, size, ...(from === null ? {} : { from }) }));
}

function byPath(a: PendingChange, b: PendingChange): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}
