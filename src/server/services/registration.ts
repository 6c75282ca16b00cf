/** New accounts. */
import { verifyChain, type AccountState } from '../../core/account/chain.js';
import { FsyncError } from '../../core/base/errors.js';
import type { AccountId, CredentialId } from '../../core/base/ids.js';
import type { Session } from '../../core/protocol/http.js';
import { appendLinks, insertAccount, insertBoxes, upsertDevice, type UserKeyBox } from '../store/account-store.js';
import { inTransaction, isDuplicateKey } from '../store/database.js';
import { activeCredential, checkBoxes } from './chains.js';
import type { Opaque } from './opaque.js';
import type { ServiceContext } from './service-context.js';
import type { Sessions } from './sessions.js';

export interface RegisterRequest {
  readonly user: string;
  readonly record: string;
  readonly links: readonly Uint8Array[];
  readonly boxes: readonly UserKeyBox[];
  readonly cards: { readonly password: Uint8Array; readonly paper: Uint8Array };
  readonly device: { readonly id: CredentialId; readonly nameSealed: Uint8Array };
}

export interface Registration {
  start(user: string, request: string): string;
  /** Throws already_exists, forbidden, and what verifyChain throws. */
  finish(request: RegisterRequest): Promise<{ readonly accountId: AccountId; readonly session: Session }>;
}

/** The chain must have a password to sign in with later, and the device that registers. */
function checkNewChain(request: RegisterRequest): AccountState {
  const state = verifyChain(request.links);
  const passwords = [...state.credentials.values()].filter((one) => one.kind === 'password' && one.revokedAtSeq === null);
  if (passwords.length !== 1) throw new FsyncError('invalid_input', 'a new account needs one password credential');
  if (activeCredential(state, request.device.id).kind !== 'device') {
    throw new FsyncError('invalid_input', 'the credential that registers is not a device');
  }
  checkBoxes(state, request.boxes);
  return state;
}

export function createRegistration(
  deps: ServiceContext & { readonly opaque: Opaque; readonly sessions: Sessions; readonly open: boolean },
): Registration {
  const { database, clock, opaque, sessions, metrics } = deps;

  function checkOpen(): void {
    if (deps.open) return;
    throw new FsyncError('forbidden', 'this server takes no new accounts', { hints: ['ask the person who runs it'] });
  }

  return {
    start(user, request) {
      checkOpen();
      return opaque.registrationResponse(user, request);
    },

    async finish(request) {
      checkOpen();
      const { accountId } = checkNewChain(request);
      const now = clock.now();
      const { id, nameSealed } = request.device;
      try {
        const session = await inTransaction(database, async (trx) => {
          await insertAccount(trx, {
            id: accountId,
            user: request.user,
            opaqueRecord: request.record,
            cards: request.cards,
            createdAt: now,
          });
          await appendLinks(trx, accountId, 0, request.links);
          await insertBoxes(trx, accountId, request.boxes);
          await upsertDevice(trx, { account: accountId, id, nameSealed, now });
          return sessions.create(trx, accountId, id);
        });
        metrics.authAttempts.inc({ outcome: 'registered' });
        return { accountId, session };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        throw new FsyncError('already_exists', `the name ${request.user} is taken`, { hints: ['choose another with --user'] });
      }
    },
  };
}
