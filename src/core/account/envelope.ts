/**
 * How a structure is signed: CBOR([payload, signature]) where payload is the CBOR of the structure
 * as bytes, and the signature covers the domain, a zero byte and the payload.
 */
import { bytesOf, tupleOf } from '../base/cbor-fields.js';
import { decodeCbor, encodeCbor, type CborValue } from '../base/cbor.js';
import type { Credential, SignatureDomain } from './credential.js';

export interface Envelope {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export function signEnvelope(credential: Credential, domain: SignatureDomain, structure: CborValue): Uint8Array {
  const payload = encodeCbor(structure);
  return encodeCbor([payload, credential.sign(domain, payload)]);
}

/** Checks the shape only, not the signature. Throws integrity. */
export function decodeEnvelope(bytes: Uint8Array, what: string): Envelope {
  const [payload, signature] = tupleOf(decodeCbor(bytes), 2, what);
  return { payload: bytesOf(payload, null, what), signature: bytesOf(signature, 64, what) };
}
