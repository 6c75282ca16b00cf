/** `fsync members`, `share` and `unshare`: who may read and write a vault. */
import { boxHash } from '../../core/account/user-key.js';
import { safetyWords } from '../../core/account/safety-words.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import type { AccountId } from '../../core/base/ids.js';
import { boxVaultKey } from '../../core/log/vault-key-box.js';
import type { IpcParams, Role } from '../../core/protocol/ipc.js';
import type { MembersDocument, ShareDocument, UnshareDocument } from '../../core/protocol/member-documents.js';
import type { ContactBook, Person } from '../account/contact-book.js';
import type { EngineCallOptions } from '../engine.js';
import type { EngineDeps } from '../engine-deps.js';
import type { KeyBox } from '../ports.js';
import { commitMember, requireOwner, type MemberCommit } from './member-commit.js';
import type { Session } from './session.js';
import { outOfReach } from './vault-role.js';

export interface SharingDeps {
  readonly contacts: ContactBook;
  readonly vaultApi: Pick<EngineDeps['vaultApi'], 'vaultKeys'>;
}

/** @throws FsyncError forbidden, not_found, key_mismatch, behind */
export async function share(
  session: Session,
  { contacts, vaultApi }: SharingDeps,
  { user, role, account: confirmed, verified }: Omit<IpcParams<'vault.share'>, 'root'>,
  { signal }: EngineCallOptions,
): Promise<ShareDocument> {
  const { context } = session;
  requireActive(session);
  requireOwner(context);
  const person = await contacts.lookup(user, { words: null, signal });
  if (person.account !== confirmed) throw new FsyncError('key_mismatch', `the server names another account ${user} than a moment ago`);
  if (verified) contacts.confirm(person.account);
  let before: Role | null = null;
  const commit = await session.exclusively(async () =>
    commitMember(
      context,
      async () => {
        before = context.log.state.members.get(person.account) ?? null;
        return before === role ? null : memberCommit(session, vaultApi, { person, role, signal });
      },
      signal,
    ),
  );
  session.nudge();
  const { vault: id, name } = context.deps.info;
  return { schema: 'fsync/share/1', vault: { id, name }, member: contacts.person(person.account), role, before, commit };
}

/** The key of every epoch, so that the member can read all of the history. */
async function memberCommit(
  { context: { deps, log } }: Session,
  vaultApi: SharingDeps['vaultApi'],
  { person, role, signal }: { readonly person: Person; readonly role: Role; readonly signal: AbortSignal },
): Promise<MemberCommit> {
  const { vault, epoch: current, keyChecks } = log.state;
  const { account, chain } = person;
  const { generation, boxPublicKey } = chain.userKey;
  const keys = await vaultApi.vaultKeys(vault, keyChecks, { signal });
  const keyBoxes: KeyBox[] = [...keys].map(([epoch, key]) => ({
    account,
    epoch,
    generation,
    box: boxVaultKey(deps.random, boxPublicKey, { vault, epoch, account, generation }, key),
  }));
  const newest = keyBoxes.find(({ epoch }) => epoch === current);
  return { body: { account, role, boxHash: newest === undefined ? null : boxHash(newest.box) }, keyBoxes };
}

/** @throws FsyncError forbidden, not_found, behind */
export async function unshare(
  session: Session,
  { contacts }: SharingDeps,
  user: string,
  { signal }: EngineCallOptions,
): Promise<UnshareDocument> {
  const { context } = session;
  requireActive(session);
  const { vault: id, name } = context.deps.info;
  await learnMembers(session, contacts, signal);
  const found: { removed: AccountId | null; before: Role | null } = { removed: null, before: null };
  const commit = await session.exclusively(async () =>
    commitMember(
      context,
      () => {
        const { members } = context.log.state;
        const account = memberCalled(contacts, members, user);
        found.removed = account;
        found.before = members.get(account) ?? null;
        refuseLastOwner(members, found.before);
        return Promise.resolve({ body: { account, role: null, boxHash: null }, keyBoxes: [] });
      },
      signal,
    ),
  );
  session.nudge();
  const { removed, before } = found;
  if (removed === null) throw new FsyncError('internal', 'nobody was removed');
  const member = contacts.person(removed);
  return { schema: 'fsync/unshare/1', vault: { id, name }, member, before, commit, rotationPending: context.log.isRotationPending };
}

async function learnMembers(session: Session, contacts: ContactBook, signal: AbortSignal): Promise<ReadonlyMap<AccountId, number>> {
  const { vault, name } = session.context.deps.info;
  return contacts.learnMembers(vault, { signal }).catch((error: unknown) => {
    throw isFsyncError(error, 'not_found') ? outOfReach(name) : error;
  });
}

const SHORTEST_ID = 6;

/** By login name, or by the beginning of the account id: names are the server's word, and may be missing. */
function memberCalled(contacts: ContactBook, members: ReadonlyMap<AccountId, Role>, wanted: string): AccountId {
  const found = [...members.keys()].filter(
    (account) => contacts.person(account).user === wanted || (wanted.length >= SHORTEST_ID && account.startsWith(wanted)),
  );
  const [first] = found;
  const hints = ['See who is: fsync members'];
  if (first === undefined) throw new FsyncError('not_found', `the vault is not shared with ${wanted}`, { hints });
  if (found.length > 1) throw new FsyncError('invalid_input', `several members are meant by ${wanted}`, { hints });
  return first;
}

function refuseLastOwner(members: ReadonlyMap<AccountId, Role>, removed: Role | null): void {
  if (removed !== 'owner' || [...members.values()].filter((role) => role === 'owner').length > 1) return;
  throw new FsyncError('forbidden', 'a vault keeps at least one owner', {
    hints: ['Make somebody else an owner first: fsync share USER --role owner'],
  });
}

/** Members as the verified log names them; how they are called, the server is asked if it can be reached. */
export async function membersDocument(
  session: Session,
  { contacts }: SharingDeps,
  { signal, onEvent }: EngineCallOptions,
): Promise<MembersDocument> {
  const { deps, log } = session.context;
  const { vault: id, name } = deps.info;
  const since = await learnMembers(session, contacts, signal).catch((error: unknown) => {
    if (!isFsyncError(error) || error.kind.category !== 'network') throw error;
    onEvent?.({ kind: 'warning', text: `as this device last heard: ${error.message}` });
    return new Map<AccountId, number>();
  });
  const own = deps.account.require().account;
  const members = [...log.state.members].map(([account, role]) => {
    const sinceMs = since.get(account);
    return {
      ...contacts.person(account),
      role,
      current: account === own,
      words: safetyWords(account),
      since: sinceMs === undefined ? null : new Date(sinceMs).toISOString(),
    };
  });
  members.sort(
    (a, b) =>
      Number(b.current) - Number(a.current) || RANK[a.role] - RANK[b.role] || (a.user ?? a.account).localeCompare(b.user ?? b.account),
  );
  return { schema: 'fsync/members/1', vault: { id, name, root: deps.root }, rotationPending: log.isRotationPending, members };
}

const RANK: Readonly<Record<Role, number>> = { owner: 0, writer: 1, reader: 2 };

function requireActive(session: Session): void {
  if (session.status(0).state !== 'paused') return;
  throw new FsyncError('paused', `${session.context.deps.info.name} is paused`, { hints: ['Go on with: fsync resume'] });
}
