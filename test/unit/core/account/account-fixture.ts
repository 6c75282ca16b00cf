/** A founded account with device, password and paper, for tests. Everything follows from the name. */
import {
  buildAddLink,
  buildEldestLink,
  buildUserKeyLink,
  headAfter,
  proveEnrolment,
  verifyChain,
  type AccountState,
} from '../../../../src/core/account/chain.js';
import { createCredential, type Credential } from '../../../../src/core/account/credential.js';
import { boxUserKey, createUserKey, type UserKey, type UserKeyBox } from '../../../../src/core/account/user-key.js';
import type { RandomBytes } from '../../../../src/core/base/effects.js';
import { seededRandom } from '../crypto/seeded-random.js';

export interface TestAccount {
  readonly random: RandomBytes;
  readonly device: Credential;
  readonly password: Credential;
  readonly paper: Credential;
  readonly userKey: UserKey;
  readonly links: readonly Uint8Array[];
  readonly boxes: readonly UserKeyBox[];
  readonly state: AccountState;
}

export const TEST_TIME = 1_790_000_000_000;

export function foundTestAccount(name: string): TestAccount {
  const random = seededRandom(`account ${name}`);
  const device = createCredential('device', random(32));
  const password = createCredential('password', random(32));
  const paper = createCredential('paper', random(32));
  const userKey = createUserKey(random, 1);
  const links = [buildEldestLink(device, TEST_TIME)];
  const head = (): ReturnType<typeof headAfter> => headAfter(links.at(-1) ?? new Uint8Array(0));
  for (const added of [password, paper]) {
    const enrolment = proveEnrolment(added, head().account);
    links.push(buildAddLink({ head: head(), signer: device, at: TEST_TIME, enrolment, boxHash: null }));
  }
  const boxes = [device, password, paper].map((holder) => boxUserKey(random, userKey, head().account, holder));
  const boxHashes = new Map(boxes.map(({ credential, hash }) => [credential, hash]));
  const { generation, boxPublicKey } = userKey;
  links.push(buildUserKeyLink({ head: head(), signer: device, at: TEST_TIME, generation, boxPublicKey, boxHashes }));
  return { random, device, password, paper, userKey, links, boxes, state: verifyChain(links) };
}
