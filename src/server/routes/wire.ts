/** Between the JSON of the interface and what the services take: bytes are base64url text on the wire. */
import { fromBase64Url, toBase64Url } from '../../core/base/bytes.js';
import type { AccountId, CredentialId } from '../../core/base/ids.js';
import type { UserKeyBox } from '../store/account-store.js';
import type { KeyBox } from '../store/vault-store.js';

interface WireBox {
  readonly credential: CredentialId;
  readonly generation: number;
  readonly box: string;
}

interface WireKeyBox {
  readonly account: AccountId;
  readonly epoch: number;
  readonly generation: number;
  readonly box: string;
}

export function boxFromWire({ credential, generation, box }: WireBox): UserKeyBox {
  return { credential, generation, box: fromBase64Url(box) };
}

export function boxToWire({ credential, generation, box }: UserKeyBox): WireBox {
  return { credential, generation, box: toBase64Url(box) };
}

export function keyBoxFromWire({ account, epoch, generation, box }: WireKeyBox): KeyBox {
  return { account, epoch, generation, box: fromBase64Url(box) };
}
