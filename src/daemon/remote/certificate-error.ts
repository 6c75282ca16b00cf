/** What is wrong with a server's certificate, in words, and what mends it. */
import { FsyncError } from '../../core/base/errors.js';
import { errnoOf } from '../home/errno.js';

const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED|CRL_)|^EPROTO$/;

interface Refusal {
  /** After "the certificate of HOST". */
  readonly what: string;
  readonly mend: string;
}

const GIVE_AUTHORITY =
  'If it is meant to be so, give its authority: fsync config set network.ca-file FILE && fsync daemon restart (or --ca-file FILE when signing in)';
const UNKNOWN: Refusal = { what: 'is of an authority that is not known here', mend: GIVE_AUTHORITY };
const SELF_SIGNED: Refusal = { what: 'is signed by itself, not by an authority that is known here', mend: GIVE_AUTHORITY };
const OTHER_NAME: Refusal = {
  what: 'is for another name',
  mend: 'Use the name that the certificate is for, or have one made for this name.',
};

const REFUSALS: Readonly<Record<string, Refusal>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN,
  CERT_UNTRUSTED: UNKNOWN,
  CERT_HAS_EXPIRED: { what: 'has expired', mend: 'Renew it on the server; if it is new there, look at the clock of this machine: date' },
  CERT_NOT_YET_VALID: { what: 'is not valid yet', mend: 'Look at the clock of this machine and of the server: date' },
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_NAME,
  HOSTNAME_MISMATCH: OTHER_NAME,
};
const NO_TLS = 'Is the address right, and does the server speak https on that port?';

/** Null for what has nothing to do with certificates and encryption. */
export function certificateError(error: unknown, host: string): FsyncError | null {
  const code = errnoOf(error) ?? '';
  if (!TLS_CODE.test(code)) return null;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new FsyncError('tls_refused', `${host} does not speak TLS as it should (${code})`, { cause: error, hints: [NO_TLS] });
  const { what, mend } = REFUSALS[code] ?? { what: 'is refused', mend: GIVE_AUTHORITY };
  return new FsyncError('tls_refused', `the certificate of ${host} ${what} (${code})`, { cause: error, hints: [mend] });
}
