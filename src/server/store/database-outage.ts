/** Tells an outage of PostgreSQL, which ends by itself, from a fault of a query. */
import { FsyncError } from '../../core/base/errors.js';

/** admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, and the connection exceptions of class 08. */
const OUTAGE_STATES = /^(57P0[123]|53300|08...)$/;
/** What the system says of a connection; of one that a client of the server cut, node:http speaks without a system call. */
const OUTAGE_CALLS: ReadonlySet<unknown> = new Set(['connect', 'read', 'write', 'getaddrinfo']);
/** Of a connection, and not of a disk, which is read and written as well. */
const OUTAGE_ERRORS = /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** Errors of the driver and of the pool that have no code. */
const OUTAGE_WORDS = /(^|- )(Connection terminated|timeout expired|Query read timeout|Client has encountered a connection error)/;

/** null for what is no outage. */
export function outageOf(error: unknown): FsyncError | null {
  if (!(error instanceof Error) || error instanceof FsyncError || !isOutage(error)) return null;
  return new FsyncError('unavailable', 'the database of the server does not answer', { cause: error });
}

function isOutage(error: Error & { readonly code?: unknown; readonly syscall?: unknown }): boolean {
  const { code, syscall, name, message } = error;
  if (name === 'KnexTimeoutError' || OUTAGE_WORDS.test(message)) return true;
  if (typeof code !== 'string') return false;
  return OUTAGE_STATES.test(code) || (OUTAGE_CALLS.has(syscall) && OUTAGE_ERRORS.test(code));
}
